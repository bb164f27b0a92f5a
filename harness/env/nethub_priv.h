/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nethub_priv.h - what nethub.c and nethub_tap.c share: the hub, its numbers and addresses. */
#ifndef ISOCOST_NETHUB_PRIV_H
#define ISOCOST_NETHUB_PRIV_H

#include "env/nethub.h"

#include <netlink/netlink.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define NETHUB_NET UINT32_C(0x0a6f0000) /* 10.111.0.0 */
#define NETHUB_PREFIX 16
#define NETHUB_UP_MS 10000              /* the kernel's worker may stand behind namespaces that die */

/* Indices of links are chosen here: nobody has to ask for them, and in a fresh namespace only the kernel's own tunnels, low
 * ones, can be there before. */
enum { NETHUB_BRIDGE = 100 };

/* Hardware addresses are chosen too, locally administered ones: so both sides are told each other's, and nobody has to ask. */
#define NETHUB_MAC(kind, addr) { 0x02, kind, (uint8_t)((addr) >> 24), (uint8_t)((addr) >> 16), (uint8_t)((addr) >> 8), (uint8_t)(addr) }
enum { NETHUB_MAC_HUB, NETHUB_MAC_KEEP, NETHUB_MAC_ETH0 };

struct nethub {
	int ns;
	struct nl_sock *sk, *watch;     /* of the hub's namespace */
	pthread_mutex_t lock;           /* of taps, which are removed by threads of their own */
	unsigned serial;                /* of the next port */
	bool has_ipv6;                  /* the kernel has */
};

int nethub_port_index(unsigned serial);
uint32_t nethub_address_of(unsigned serial);

#endif
