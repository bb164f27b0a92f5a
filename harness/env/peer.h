/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peer.h - the other side of the network workloads: `isoload serve`, run by the harness outside of every arm.
 *
 * It stands in the hub's namespace, for arms with a port there, or on the host's loopback. It has the harness's CPU affinity,
 * and so stays off the measured CPUs; it ends with the harness, however that ends: its standard input is a pipe that only the
 * harness holds. */
#ifndef ISOCOST_PEER_H
#define ISOCOST_PEER_H

#include "env/env.h"
#include "env/nethub.h"

struct peer;

/* Start isoload from load_dir in the namespace netns (-1: here), at an address that is there; the port is any free one. */
int peer_start(const char *load_dir, int netns, const char *address, struct peer **ret, struct err *err);
void peer_stop(struct peer *p);                         /* NULL is a no-op */
const char *peer_address(const struct peer *p);         /* "10.111.0.1:4711" */

/* Call it from a thread that stands in no cgroup of a launch and on no measured CPU: the peer stays where it was born.
 *
 * For start(): when the launch wants a peer, see that *peer lives (of an arm, NULL at first, stopped by the arm's close) and
 * tell the command where, by ISOCOST_PEER in vars. hub NULL: on the host's loopback. Starting it is no part of the launch: the
 * clock begins behind it. */
int peer_provide(struct peer **peer, const struct env_ctx *ctx, const struct nethub *hub, const struct env_spec *spec,
                 struct strv *vars, struct err *err);

/* For an arm that can't reach one: 0 when the launch wants none, or else -ENOTSUP with the reason. The first for start(), the second
 * for suits(). */
int peer_refuse(const struct env_spec *spec, const char *why, struct err *err);
int peer_unfit(const struct workload *w, const struct kvs *params, const char *why, struct err *err);

/* Whether a workload with these parameters (those not named are at their defaults) talks to a peer outside of its arm. */
bool peer_wanted(const struct workload *w, const struct kvs *params);

#endif
