/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestvm.h - what runs the virtual machine below a guest: libvirt, or QEMU's own command line without libvirt. The guest above
 * it (guest.h) is the same for both.
 *
 * Life: prepare -> start -> … -> stop. All times are the host's CLOCK_MONOTONIC in ns. */
#ifndef ISOCOST_GUESTVM_H
#define ISOCOST_GUESTVM_H

#include "env/domxml.h"
#include "env/nethub.h"
#include "env/savedstate.h"
#include "env/virt.h"
#include "model/launch.h"

/* Borrowed; outlives the machine, but for the descriptors, which prepare takes over whatever it returns. */
struct guestvm_plan {
	struct virt *virt;
	const struct dom_spec *dom;
	const char *name, *xml;
	const char *dir;                /* the guest's private directory; there is room for files of the machine's own */
	struct nethub *hub;             /* in whose namespace it is born; NULL: in the caller's */
	const struct savedstate *state; /* it starts from there; NULL: it boots. With libvirt only */
	bool helper;                    /* virtiofsd serves it */
	bool trace;                     /* see more than launches that are compared have to pay for */
	int link_listen, marks_listen;  /* sockets to which QEMU connects; link_listen -1: there is no link */
	struct phases *phases;          /* moved, and marked, by those below */
};

struct guestvm_ops;
struct guestvm {
	const struct guestvm_ops *ops;
	/* Set by start; -1: QEMU has not connected. Who takes one leaves -1. */
	int link_fd, marks_fd;
	char mark;                      /* the first byte over the marks, if it came before start returned */
	int64_t mark_ns;                /* its receipt; 0: it is still to be read */
};

struct guestvm_ops {
	/* All that can be done before the start request; if it takes more than that, the request (phases.start_ns) is moved behind it. */
	int (*prepare)(const struct guestvm_plan *p, struct guestvm **ret, struct err *err);
	/* Make it run; its vCPUs are let run when this returns 0. Marks the phases until QEMU is connected to the link. When it fails
	 * nothing runs: -EINTR, -ETIMEDOUT, -EIO, with what QEMU or libvirt said. */
	int (*start)(struct guestvm *vm, int64_t deadline_ns, struct err *err);
	struct virt_times (*times)(struct guestvm *vm);
	/* Wait until times() can tell why it ended: false if it can't by the deadline. */
	bool (*await_end)(struct guestvm *vm, int64_t deadline_ns);
	/* Memory and CPU time of a QEMU whose process is not seen from here; -EIO. */
	int (*usage)(struct guestvm *vm, uint64_t *ret_memory, double *ret_cpu_s);
	/* Stop its vCPUs and write all of it into a file; only stop is left to be called then. NULL: it can't be saved. */
	int (*save)(struct guestvm *vm, const char *file, struct err *err);
	/* Polls readable once it is ending. */
	int (*end_fd)(const struct guestvm *vm);
	/* Make sure that nothing of it runs, reap it, free it. Returns when that was so; 0 when it never ran. NULL is a no-op. */
	int64_t (*stop)(struct guestvm *vm);
};

extern const struct guestvm_ops guestvm_libvirt;
extern const struct guestvm_ops guestvm_qemu;

#endif
