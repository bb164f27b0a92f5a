/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virt.h - a thin wrapper of libvirt: one connection, one event thread, transient domains.
 *
 * libvirt's embedded driver allows one root directory a process, so connections to the same URI are shared. All times
 * are the host's CLOCK_MONOTONIC in ns. Nothing is printed; libvirt's own words go into err. */
#ifndef ISOCOST_VIRT_H
#define ISOCOST_VIRT_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct virt;
struct virt_dom;

/* Connect. uri NULL: the embedded driver with its root in work/virt; what it learns of QEMU is kept in cache between
 * runs, since probing takes seconds; it stays open until the process ends, and all of a process must use the same work
 * directory. Every virt_open needs its virt_close. */
int virt_open(const char *uri, const char *work, const char *cache, struct virt **ret, struct err *err);
void virt_close(struct virt *v);

/* Before a domain is started: 0. If a daemon has hung up since, connect again, and wait some seconds for one that is being restarted: 1
 * when that took time; -EIO when it is not back by then or by the deadline (0: none), -EINTR. */
int virt_ready(struct virt *v, int64_t deadline_ns, struct err *err);
bool virt_is_embedded(const struct virt *v);
/* libvirt.version, libvirt.uri, qemu.version; and what of this libvirt gets into the figures. */
void virt_facts(struct virt *v, struct kvs *facts, struct strv *warnings);
/* Whether libvirt's QEMU has the machine type. */
bool virt_has_machine(struct virt *v, const char *machine);
/* Whether a CPU model of libvirt has a feature: 1 or 0; -EIO: there is no such model, and more that libvirt says of it; -EOPNOTSUPP:
 * this libvirt can't tell. */
int virt_cpu_has(struct virt *v, const char *model, const char *feature, struct err *err);
/* QEMU's command line for the domain as libvirt would start it; malloc'd, NULL when libvirt can't tell. */
char *virt_command_line(struct virt *v, const char *xml);

/* Would libvirt start it? Nothing is started. -ENOTSUP with libvirt's reason. */
int virt_check(struct virt *v, const char *xml, struct err *err);

/* Start a transient domain. With a daemon it is destroyed by the daemon when the connection ends.
 * state: NULL, or a file with a saved state of it (savedstate.h), which has the XML in it; the daemon does not destroy such a one. */
int virt_dom_start(struct virt *v, const char *name, const char *xml, const char *state, struct virt_dom **ret, struct err *err);
/* Stop its vCPUs and write all of it into a file; it is gone then, but for virt_dom_stop(). */
int virt_dom_save(struct virt_dom *d, const char *file, struct err *err);

/* What is known of its life so far; 0: did not happen. */
struct virt_times {
	int64_t created_ns;             /* virDomainCreateXML returned */
	int64_t loading_ns, loaded_ns;  /* QEMU began to read a saved state, and had it: its own stamps of its MIGRATION events */
	int64_t running_ns;             /* the vCPUs were let run: QEMU's own stamp of its RESUME event */
	int64_t shutdown_ns;            /* the guest powered off: QEMU's own stamp of SHUTDOWN */
	int64_t stopped_ns;             /* libvirt has reaped QEMU: receipt of STOPPED */
	bool lost;                      /* the daemon hung up: nothing more will be known */
	const char *why;                /* of the last of them, in libvirt's terms ("shutdown", "crashed", …), or NULL */
};
struct virt_times virt_dom_times(struct virt_dom *d);
/* Wait until one of its end's events has come: false if none has by the deadline. */
bool virt_dom_await_end(struct virt_dom *d, int64_t deadline_ns);
/* QEMU's resident memory and CPU time as the daemon sees them; -EIO. */
int virt_dom_usage(struct virt_dom *d, uint64_t *ret_memory, double *ret_cpu_s);
/* Polls readable from the first SHUTDOWN, CRASHED or STOPPED event on, and when the daemon goes away. Owned by d. */
int virt_dom_end_fd(const struct virt_dom *d);

/* Make sure it is gone: destroyed, QEMU reaped and the domain not listed any more. Frees d; NULL is a no-op. Returns the
 * time at which libvirt had it gone. */
int64_t virt_dom_stop(struct virt_dom *d);

/* Destroy every domain whose name begins with session and '-'. Returns how many there were, or -errno. uri as a user gives
 * it; NULL: LIBVIRT_DEFAULT_URI, and without that there is nothing to sweep (an embedded driver dies with its process). */
int virt_sweep(const char *uri, const char *session, struct err *err);

#endif
