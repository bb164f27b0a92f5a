/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kv_server.h - redis-server from the applications' root file system, for as long as the workload kv lasts.
 *
 * The root is the same files wherever an arm shows it ($ISOCOST_ROOT), which is checked, and the server maps nothing else. Functions
 * return 0 or -errno with the reason said. */
#ifndef ISOCOST_KV_SERVER_H
#define ISOCOST_KV_SERVER_H

#include "load.h"

#include <netinet/in.h>
#include <sys/types.h>

#define KV_ROOT_VARIABLE "ISOCOST_ROOT"

struct kv_server {
	char root[4096];                /* without links in it; "" is "/" */
	pid_t pid;                      /* 0: none */
	struct sockaddr_in at;
	int log;                        /* what it says; ends with it. -1: none */
	int64_t start, up;              /* when it was asked for, and when it had answered PING */
};

/* Look at every file that the server maps and make them part of the check value. Reads them all, so that what follows finds
 * them in the page cache. */
int kv_root_check(struct load *l, struct kv_server *ret);

/* Start it, wait until it answers, and see that it is the one and maps the root's files only. */
int kv_server_start(struct load *l, struct kv_server *s);

/* A connection to it, as netpeer_connect() gives one. */
int kv_server_connect(struct load *l, const struct kv_server *s, int *ret_fd);

/* When something failed: if the server has ended, say that, with its last words, in place of what was said. r is passed on. */
int kv_server_failed(struct load *l, struct kv_server *s, int r);

/* Nothing in it is to be kept. */
void kv_server_stop(struct kv_server *s);

#endif
