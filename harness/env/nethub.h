/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nethub.h - a network of the harness's own: a bridge with an address, in a namespace that no other network reaches.
 *
 * Addresses are 10.111.0.0/16, the hub has the first; there is no IPv6. There is no route out of it and none into it: it can't meet a network
 * of the host that has the same addresses. Ports are veth pairs and taps; a pair dies with either of its ends' namespaces, and the
 * hub's namespace with its descriptor, so that nothing is left however the harness ends.
 *
 * One thread at a time. */
#ifndef ISOCOST_NETHUB_H
#define ISOCOST_NETHUB_H

#include "base/err.h"

#include <stddef.h>

#define NETHUB_ADDRESS "10.111.0.1"
#define NETHUB_PORTS_MAX 1022           /* at once: the kernel lets a bridge have 1023, one is the hub's own */

struct nethub;

/* -EPERM without CAP_SYS_ADMIN here, -EOPNOTSUPP where the kernel has no bridge: err says so. */
int nethub_open(struct nethub **ret, struct err *err);
void nethub_close(struct nethub *hub);                  /* NULL is a no-op */

/* The hub's namespace, to run something beside the bridge; the hub's to close. */
int nethub_ns(const struct nethub *hub);

/* A fresh namespace with lo up and eth0: an address of its own in the hub's network, up, the other end a port of the bridge.
 * *ret_fd is close-on-exec and the caller's. When this returns eth0 can send. */
int nethub_netns_new(struct nethub *hub, int *ret_fd, struct err *err);

/* The same for a namespace that is there already, a container's own or a user namespace's: eth0 must not exist in it. Needs
 * CAP_NET_ADMIN and CAP_SYS_ADMIN over it. */
int nethub_join(struct nethub *hub, int netns, struct err *err);

/* ---- taps, for guests ---- */

/* The other end of a guest's network card: a port of the bridge, in the hub's namespace. */
struct nethub_tap {
	int ifindex;
	char name[16];
	char mac[18];                   /* the guest's, "02:02:0a:6f:00:02": the hub knows it */
	char net[64];                   /* what the guest is told, as GUEST_ARG_NET has it */
};

/* Can there be one here? -EACCES or -ENOENT, with the way to mend it. */
int nethub_tap_probe(struct err *err);

/* It lives until it is removed, or the hub's namespace is gone; nobody holds it. These may be called from several threads. */
int nethub_tap_new(struct nethub *hub, struct nethub_tap *ret, struct err *err);
void nethub_tap_remove(struct nethub *hub, const struct nethub_tap *tap);
/* Wait until its port forwards: some time after it was opened. */
int nethub_tap_wait(struct nethub *hub, const struct nethub_tap *tap, struct err *err);

/* ---- prepared namespaces ---- */

/* Namespaces made beforehand, so that a start need not wait for one. Each is used once: what has been somebody's is never
 * handed on. */
struct netpool;

/* hub NULL: lo only. Makes n of them. The hub must outlive the pool. */
int netpool_open(size_t n, struct nethub *hub, struct netpool **ret, struct err *err);
void netpool_close(struct netpool *pool);               /* NULL is a no-op */

/* One of them; *ret_fd is then the caller's. When none is left one is made here and now, and counted. */
int netpool_take(struct netpool *pool, int *ret_fd, struct err *err);
size_t netpool_missed(const struct netpool *pool);      /* how often none was left */

/* Make as many as were taken: to be called where no clock runs. */
int netpool_refill(struct netpool *pool, struct err *err);

#endif
