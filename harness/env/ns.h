/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ns.h - start one process as planned: namespaces, cgroup, mounts, capabilities, filter, exec.
 *
 * Plan first, then act: everything in struct ns_child is made before clone3. The child only makes system calls with it
 * (the harness has threads, so that nothing else is safe) and says on a shared page when it ended each step, or why it
 * could not. */
#ifndef ISOCOST_NS_H
#define ISOCOST_NS_H

#include "base/err.h"
#include "env/caps.h"

#include <linux/filter.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One mount(2), then mount_setattr(2) when there are attributes. Paths are as seen before pivot_root. */
struct mount_op {
	char *source, *target, *type, *data;
	unsigned long flags;            /* MS_… */
	uint64_t attr;                  /* MOUNT_ATTR_… to set afterwards: needs no knowledge of the flags that are there */
	bool optional;                  /* go on when it fails; bit n of ns_report.skipped */
};

enum ns_step { NS_CLONE, NS_NAMESPACES, NS_CGROUP, NS_MOUNTS, NS_SECCOMP, NS_EXEC, NS_STEPS };
extern const char *const ns_step_names[NS_STEPS];       /* as the phases are named */

/* What is to be done between clone and exec. Zeroed fields mean: don't; descriptors are close-on-exec and the caller's. */
struct ns_child {
	uint64_t namespaces;            /* CLONE_NEW…; CLONE_NEWCGROUP is unshared after the cgroup was joined */
	const char *uid_map, *gid_map;  /* lines for /proc/self; NULL: none */
	const char *hostname;           /* NULL: keep */
	bool loopback;                  /* bring lo up */
	int cgroup_dir;                 /* v2 directory to be born in; -1: none */
	const int *cgroup_tasks;        /* v1: write "0" to each */
	size_t n_cgroup_tasks;
	cpu_set_t cpus;
	const char *root;               /* becomes the root; NULL: keep the root of the harness */
	const struct mount_op *mounts;  /* done in order, before the root is changed */
	size_t n_mounts;
	const struct caps *caps;        /* NULL: keep them */
	bool no_new_privs;
	const struct sock_fprog *filter;        /* NULL: none */
	int stdio[3];                   /* [0] may be -1: /dev/null, opened inside */
	bool terminal;                  /* stdio[0] becomes the controlling terminal */
	char *const *files;             /* paths that are tried in turn, NULL-terminated */
	char *const *argv, *const *envp;
};

/* Filled in by the child; on a page of its own. */
struct ns_report {
	int64_t end_ns[NS_STEPS];       /* 0: not reached */
	int error;                      /* errno of the step that failed; 0: none */
	int step;                       /* enum ns_step that is being done */
	const char *what;               /* what it was doing: a literal */
	size_t mount;                   /* the mount that is being done */
	uint64_t skipped;               /* optional mounts that failed */
};
struct ns_report *ns_report_new(void);          /* never NULL; ns_report_free */
void ns_report_free(struct ns_report *r);

/* Clone. *ret_pidfd polls readable at the child's end. A child that fails before exec exits with 125 and fills in
 * the report; one whose program can't be run says so on its standard error and exits with 127 or 126, as a shell's does. */
int ns_spawn(const struct ns_child *c, struct ns_report *report, pid_t *ret_pid, int *ret_pidfd, struct err *err);

/* The child is over: 0 when it got as far as exec, or what kept it, with a message. */
int ns_report_check(const struct ns_child *c, const struct ns_report *report, struct err *err);

/* The paths to try for a program: itself when it has a slash, else one for each directory. Owner frees with strv_free. */
void ns_candidates(const char *program, const char *path, struct strv *ret);

#endif
