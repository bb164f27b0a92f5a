/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netpeer.h - whom a network workload talks to: a child of its own over loopback, or the peer outside of the arm.
 *
 * Functions return 0 or -errno with the reason said by load_failf(). */
#ifndef ISOCOST_NETPEER_H
#define ISOCOST_NETPEER_H

#include "load.h"
#include "serve.h"

#include <sys/types.h>

/* The parameter that netpeer_start() reads. */
#define NETPEER_PARAM                                                                                                \
	{ "peer", PARAM_CHOICE, "inside", "inside outside",                                                          \
	  "inside: a process of the arm's own, over loopback; outside: on the other side of the arm's boundary, at $ISOCOST_PEER" }

#define NETPEER_VARIABLE "ISOCOST_PEER" /* "10.111.0.1:4711" */

struct netpeer {
	struct sockaddr_in at;
	pid_t child;                    /* 0: none */
	int life;                       /* the child ends when this is closed, by our end too; -1: none */
};

int netpeer_start(struct load *l, struct netpeer *ret);
void netpeer_stop(struct netpeer *p);

/* A socket connected to it, SOCK_STREAM without Nagle's delay or SOCK_DGRAM. Whoever waits on it is told after ten seconds
 * in vain: netpeer_failed() puts that into words. */
int netpeer_connect(struct load *l, const struct netpeer *p, int type, int *ret_fd);

/* Why nothing can be had at 127.0.0.1. What a place without a network answers is a fact of that place; anything else went wrong. */
int netpeer_no_loopback(struct load *l, int error);

/* Why connecting to it failed; returns -error. */
int netpeer_unreachable(struct load *l, const struct netpeer *p, int error);

/* What a send or receive on it came to: n is what it returned, and less than what was asked for. */
int netpeer_failed(struct load *l, const char *doing, ssize_t n);

int netpeer_send(struct load *l, int fd, const void *data, size_t len);
int netpeer_receive(struct load *l, int fd, void *data, size_t len);
/* The magic number is put in. */
int netpeer_request(struct load *l, int fd, struct serve_request q);

#endif
