/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virt_priv.h - what virt.c (domains) and virtconn.c (the connection) share. */
#ifndef ISOCOST_VIRT_PRIV_H
#define ISOCOST_VIRT_PRIV_H

#include "env/virt.h"

#include <libvirt/libvirt.h>
#include <pthread.h>

struct virt {
	char *uri, *root, *cache;
	bool embedded;
	unsigned users;
	struct virt *next;
	double reprobe_s;               /* what the daemon takes to probe QEMU again for every call; 0: it remembers */
	/* Under virt_lock. */
	virConnectPtr conn;
	bool lost;                      /* the daemon hung up; conn is dead until virt_ready() */
	bool given_up;                  /* the last virt_ready() waited for it in vain */
	struct virt_dom *doms;
	struct strv orphans;            /* domains that could not be destroyed because the daemon was away */
	int lifecycle_id, monitor_id;
};

struct virt_dom {
	struct virt *v;
	virDomainPtr dom;
	char *name;
	int end_fd;
	struct virt_times t;
	struct virt_dom *next;
};

/* Guards the lists of a virt and what the event thread writes: virt_dom.t. virt_changed: of the latter. */
extern pthread_mutex_t virt_lock;
extern pthread_cond_t virt_changed;

int virt_err(struct err *err, const char *what);
/* The connection, the caller's to virConnectClose; NULL: it is lost. */
virConnectPtr virt_conn(struct virt *v);

/* virt.c: listen to the events of a new connection. Under no lock. */
int virt_listen(struct virt *v, virConnectPtr conn, struct err *err);
/* Its end was seen, for that reason: wakes who waits. With the lock held. */
void virt_note_end(struct virt_dom *d, const char *why);
/* Destroy what could not be destroyed before. */
void virt_destroy_orphans(struct virt *v);

#endif
