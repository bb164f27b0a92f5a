/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtloop.h - libvirt's event thread, and connections accepted in it. */
#ifndef ISOCOST_VIRTLOOP_H
#define ISOCOST_VIRTLOOP_H

#include <stdint.h>

/* Keep libvirt from writing to standard error by itself. Before its first call. */
void virtloop_quiet(void);
/* Start the thread that runs libvirt's event loop for as long as the process lives. Once a process; -errno. */
int virtloop_start(void);

/* Accept one connection on a listening socket in the event thread, so that its time is known even while virt_dom_start
 * blocks. listen_fd is taken over. */
struct virt_accept;
struct virt_accept *virt_accept_new(int listen_fd);             /* NULL: libvirt's event loop refused */
int virt_accept_take(struct virt_accept *a, int64_t *ret_ns);   /* the connection, now the caller's; -1: none came yet */
/* Also read the first byte that comes over the connection there. Before anyone connects. */
void virt_accept_want_byte(struct virt_accept *a);
int64_t virt_accept_byte(struct virt_accept *a, char *ret);     /* its receipt, or 0: it is still to be read from the connection taken */
/* While libvirt starts QEMU nothing else can stop it, and it waits for QEMU without an end: kill whoever connected, or does
 * later, when sig_fd becomes readable or the deadline passes. Unguard tells whether that happened: -EINTR, -ETIMEDOUT or 0. */
void virt_accept_guard(struct virt_accept *a, int sig_fd, int64_t deadline_ns);
int virt_accept_unguard(struct virt_accept *a);
void virt_accept_free(struct virt_accept *a);

/* When a descriptor became readable, also while virt_dom_stop blocks. It must stay open until the watch is freed. */
struct virt_watch;
struct virt_watch *virt_watch_new(int fd);                      /* NULL: libvirt's event loop refused */
int64_t virt_watch_ns(struct virt_watch *w);                    /* 0: it has not */
void virt_watch_free(struct virt_watch *w);                     /* NULL is a no-op */

#endif
