/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env.h - a place where a workload can run. One driver = env_<name>.c and one row in env.c.
 *
 * Life: open (once an arm: can it run here? prepare what all launches share) -> start -> exec … -> stop (each launch)
 * -> close. Functions return 0 or -errno; on failure *err says what failed, on what, and what to do about it.
 *
 * Many instances of an arm may be alive at once, each with a thread of its own that waits in exec and then calls stop. Only
 * one of them is between start and the first output of its command at a time; ends may fall together. */
#ifndef ISOCOST_ENV_H
#define ISOCOST_ENV_H

#include "base/err.h"
#include "base/str.h"
#include "env/body.h"
#include "model/launch.h"
#include "model/opts.h"
#include "registry.h"

#include <stdbool.h>
#include <stdint.h>

enum accel_choice { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };

/* What every arm gets alike, and no more. */
struct envelope {
	char *cpu_list;                 /* host CPUs, "1" or "0,2-3" */
	unsigned cpus;                  /* how many these are */
	uint64_t memory;                /* bytes */
	unsigned pids;                  /* tasks */
};

/* What the drivers get from the command line and the place they run in. Lives longer than every arm. */
struct env_ctx {
	const char *load_dir;           /* directory that holds isoload and isoinit */
	const char *cache;              /* directory for what may be kept between runs (guest kernel, libvirt's probes); exists */
	const char *work;               /* this session's private directory on a disk: absolute, short, exists; removed at its end */
	const char *id;                 /* this session's id, unique on this host: "isocost-1f3a9c"; names cgroups and domains */
	const char *keep;               /* directory for what explains a figure later (domain XML, console log …), or NULL */
	const char *uri;                /* libvirt URI, or NULL for the embedded driver */
	enum accel_choice accel;
	const char *guest_kernel;       /* bzImage or vmlinux, or NULL to find one */
	struct envelope envelope;
	int stdin_fd;                   /* -1, or where an interactive exec reads */
};

/* What open() found out. Values are copied into run.json. */
struct env_facts {
	char *label;                    /* name to show, malloc'd: the arm's, with the accelerator where there is one */
	char *accel;                    /* as in run_arm.accel, malloc'd; NULL for host and container */
	char *note;                     /* what was chosen and why, malloc'd; may be NULL */
	struct kvs facts;
	struct strv warnings;           /* what can't be kept equal here: "the memory limit is not enforced: …" */
};
void env_facts_free(struct env_facts *f);

struct env_arm;                         /* what open() made; the driver's own */
struct env;                             /* what start() made */

struct env_spec {
	bool scratch;                   /* give it a scratch directory on the disk of ctx->work, its path in $ISOCOST_SCRATCH */
	bool root;                      /* show it the applications' root file system (approot.h), its place in $ISOCOST_ROOT, or -ENOTSUP */
	bool peer;                      /* the workload talks to a peer outside of the arm: its place in $ISOCOST_PEER, or -ENOTSUP */
	struct phases *phases;          /* the caller sets start_ns just before start(); a driver that must prepare what is
	                                 * no part of starting moves it behind that. Outlives the env; may be NULL */
	struct calls *calls;            /* filled in by stop, by a driver that traces them. Outlives the env; may be NULL */
	int64_t deadline_ns;            /* CLOCK_MONOTONIC by which start, exec and stop must be done; 0: none */
};

struct env_call {
	char *const *argv;              /* looked up in the arm's PATH; isoload is in it */
	int64_t deadline_ns;            /* 0: none. Passed: the command is killed, exec returns -ETIMEDOUT */
	/* What the command writes to fd 1 and 2, with the host's clock at its receipt. NULL: the command is connected to
	 * the harness's own standard input, output and error; through a pty of its own when those are terminals. */
	void (*output)(void *arg, int fd, const char *buf, size_t len, int64_t t_ns);
	void *arg;
	bool overcommits;               /* it goes for the memory limit on purpose: no warning when the kernel kills for it */
	/* NULL, or a descriptor that another thread makes readable to end the command: it is killed, exec returns -ECANCELED.
	 * For calls with an output function; the descriptor is only polled. */
	const int *stop_fd;
	int status;                     /* out: exit status, or 128 + the signal */
};

struct env_ops {
	const char *name;               /* driver name as written in suites and results */
	const char *what;               /* one line for `list` */
	const struct optdef *options;   /* ends at name == NULL */
	/* No other thread uses a descriptor that start or exec opens, so that the thread which runs an instance may have a table of its
	 * own for them. A child is born with a copy of its parent's table: with one table for all, each start would take longer than
	 * the one before. */
	bool own_files;

	/* It has no operating system and runs no programs. exec takes no command (argv is empty): it waits for the first byte that the
	 * instance's own code says, gives it to the output function with the host's clock at its receipt, and returns. open() sets the
	 * fact RUN_FACT_SYSTEM (model/run.h). */
	bool bare;

	/* Do these options, resolved against the table, go together? -EINVAL and why. Pure; NULL: any do. */
	int (*check)(const struct kvs *options, struct err *err);

	/* Can it run here? Prepare what launches share. options: resolved against the table. -ENOTSUP: it can't, err says
	 * why and how to mend it. *ret_facts is filled as far as known, on failure too; the caller frees it. */
	int (*open)(const struct env_ctx *ctx, const char *arm_name, const struct kvs *options, struct env_facts *ret_facts,
	            struct env_arm **ret, struct err *err);

	/* Can this arm run the workload with these parameters (all of them, given or default)? -ENOTSUP: it can't, and what it lacks. That
	 * is a fact of the arm and no failure: the workload is not launched in it, and the report states the reason. Makes nothing. What
	 * only a launch can find out, the workload says itself (load_cannotf()). NULL: whatever the others can. */
	int (*suits)(const struct env_arm *arm, const struct workload *w, const struct kvs *params, struct err *err);

	/* Make one fresh instance. All or nothing. A driver may leave what is cheapest made together with the command's
	 * process (a container's clone) to exec; phases say when things happened. */
	int (*start)(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err);

	/* Run one command in it to its end. -ETIMEDOUT, -EINTR (sig_fd polled readable; the command is killed), -ECANCELED
	 * (stop_fd), -EPIPE (the environment died, err has its last words) or 0 with call->status. May be called again after it returned 0. */
	int (*exec)(struct env *env, struct env_call *call, struct err *err);

	/* What it is on the host while a command runs in it: which processes, which files. From that command's output function, or from
	 * another thread once the command has written something. *ret is an empty one, and the caller's body_free. May be NULL. */
	int (*body)(struct env *env, struct env_body *ret, struct err *err);

	/* CPU seconds that the host has spent for it so far, with those of its processes that have ended: from the command's output function,
	 * and quick, for the command may be at work. -ENOTSUP: it can't be told, and why. May be NULL. */
	int (*cpu)(struct env *env, double *ret_s, struct err *err);

	/* What it took of the host, just before stop: the peak and the CPU time. May be NULL. */
	int (*footprint)(struct env *env, struct footprint *ret, struct err *err);

	/* Undo start(), wait until all is gone, mark the last phases. NULL is a no-op. Failures are logged. */
	void (*stop)(struct env *env);

	/* Undo open(). NULL is a no-op. */
	void (*close)(struct env_arm *arm);
};

extern const struct env_ops *const env_drivers[];       /* NULL-terminated */
const struct env_ops *env_find(const char *driver);     /* by exact name; NULL when there is none */

/* -ENOTSUP, and why, when arms of this driver run no commands. */
int env_runs_commands(const struct env_ops *ops, const char *arm, struct err *err);

/* Remove what sessions that no longer live have left outside their work directory (cgroups, domains of a daemon).
 * session is the id of the dead one, uri the libvirt URI that it used or NULL. Returns how many things were removed; each
 * is logged. */
int env_sweep(const char *session, const char *uri, struct err *err);

/* Remove what is empty and belongs to none of the known sessions: for `clean`, which may look beyond the work directory. */
int env_sweep_strays(const struct strv *known, struct err *err);

#endif
