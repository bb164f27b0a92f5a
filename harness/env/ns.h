/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ns.h - start one process as planned: namespaces, cgroup, mounts, capabilities, filter, exec.
 *
 * Plan first, then act: everything in struct ns_child is made before the clone. The child only makes system calls with it
 * (it runs in the memory of a program with threads, so that nothing else is safe) and says on a page when it ended each step, or
 * why it could not. */
#ifndef ISOCOST_NS_H
#define ISOCOST_NS_H

#include "base/err.h"
#include "env/caps.h"
#include "env/netahead.h"

#include <linux/filter.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One step on the way to the new root. Paths are as seen before the root is changed, relative ones from mounts_dir. */
enum mount_kind {
	MOUNT_NEW,                      /* mount(2), then mount_setattr(2) when there are attributes */
	MOUNT_MOVE,                     /* move_mount(2) of tree, a detached clone made for this launch, to target */
	MOUNT_DIR,                      /* mkdir(2) of target */
	MOUNT_NET,                      /* no mount: join the network namespace of ns_child.door, which what follows needs */
};
struct mount_op {
	enum mount_kind kind;
	char *source, *target, *type, *data;
	unsigned long flags;            /* MS_… */
	uint64_t attr;                  /* MOUNT_ATTR_… to set afterwards: needs no knowledge of the flags that are there */
	int tree;                       /* of MOUNT_MOVE; the plan's owner closes it */
	bool optional;                  /* go on when it fails; bit n of ns_report.skipped */
};

enum ns_step {
	NS_CLONE, NS_NAMESPACES, NS_NETWORK, NS_CGROUP, NS_MOUNTS, NS_ROOT, NS_STREAMS, NS_PRIVILEGES, NS_SECCOMP, NS_CPU, NS_EXEC, NS_STEPS
};
extern const char *const ns_step_names[NS_STEPS];       /* as the phases are named */

enum ns_enter { NS_PIVOT_ROOT, NS_CHROOT };             /* the second is weak: who has CAP_SYS_CHROOT gets out again */

/* What is to be done between clone and exec. Zeroed fields mean: don't; descriptors are close-on-exec and the caller's. */
struct ns_child {
	uint64_t namespaces;            /* CLONE_NEW…; CLONE_NEWCGROUP is unshared after the cgroup was joined */
	const char *uid_map, *gid_map;  /* lines for /proc/self; NULL: none */
	const char *hostname;           /* NULL: keep */
	bool loopback;                  /* bring lo up */
	const struct netahead_door *door;       /* of MOUNT_NET */
	int cgroup_dir;                 /* v2 directory to be born in; -1: none */
	const int *cgroup_tasks;        /* v1: write "0" to each */
	size_t n_cgroup_tasks;
	size_t n_cpus_tasks;            /* that follow them in cgroup_tasks: cpusets */
	cpu_set_t cpus;
	const char *root;               /* becomes the root; NULL: keep the root of the harness */
	enum ns_enter enter;
	const char *mounts_dir;         /* NULL: mounts have absolute paths */
	const struct mount_op *mounts;  /* with CLONE_NEWNS; done in order, before the root is changed */
	size_t n_mounts;
	bool drop_groups;               /* the supplementary groups; an ordinary user may not */
	bool keyring;                   /* a session keyring of its own: keys know no namespace */
	const struct caps *caps;        /* NULL: keep them */
	bool no_new_privs;
	const struct sock_fprog *filter;        /* NULL: none */
	int stdio[3];                   /* -1: /dev/null, opened inside */
	bool terminal;                  /* stdio[0] becomes the controlling terminal */
	bool inherit;                   /* leave every descriptor open that is not close-on-exec: weak on purpose */
	uint64_t ignored;               /* ns_spawn's own: signals to reset, by bit */
	char *const *files;             /* paths that are tried in turn, NULL-terminated */
	char *const *argv, *const *envp;
};

/* Filled in by the child; on a page of its own, so that it is the parent's too where memory is not shared. */
struct ns_report {
	int64_t end_ns[NS_STEPS];       /* 0: not reached, or nothing to do */
	int error;                      /* errno of the step that failed; 0: none */
	const char *what;               /* what it was doing: a literal */
	size_t mount;                   /* the mount that is being done */
	bool mounting;
	uint64_t skipped;               /* optional mounts that failed */
};
struct ns_report *ns_report_new(void);          /* never NULL; ns_report_free */
void ns_report_free(struct ns_report *r);

/* Clone, and wait until the child has exec'd or failed. *ret_pidfd polls readable at its end. A child that fails before
 * exec exits with 125 and fills in the report; one whose program can't be run says so on its standard error and exits with 127 or 126, as a shell's does. */
int ns_spawn(const struct ns_child *c, struct ns_report *report, pid_t *ret_pid, int *ret_pidfd, struct err *err);

/* The child is over: 0 when it got as far as exec, or what kept it, with a message. */
int ns_report_check(const struct ns_child *c, const struct ns_report *report, struct err *err);

/* Bring lo up in the network namespace of the calling thread: system calls only. 0, or -1 with errno. */
int ns_loopback_up(void);

/* The paths to try for a program: itself when it has a slash, else one for each directory. Owner frees with strv_free. */
void ns_candidates(const char *program, const char *path, struct strv *ret);

#endif
