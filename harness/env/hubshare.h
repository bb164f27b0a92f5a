/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hubshare.h - one hub and one peer for all arms of this process: a container's veth pair and a guest's tap are ports of the same
 * bridge, and meet the same process behind it. From the thread that opens and closes arms. */
#ifndef ISOCOST_HUBSHARE_H
#define ISOCOST_HUBSHARE_H

#include "env/nethub.h"
#include "env/peer.h"

struct hubshare {
	struct nethub *hub;
	struct peer *peer;              /* for peer_provide(); NULL until then */
	unsigned users;
};

/* Every get needs its put; the last one ends both. -errno as nethub_open(). */
int hubshare_get(struct hubshare **ret, struct err *err);
void hubshare_put(struct hubshare *s);                  /* NULL is a no-op */

#endif
