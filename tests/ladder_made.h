/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder_made.h - made-up runs with a ladder: what the tests of the ladder work on. */
#ifndef ISOCOST_TESTS_LADDER_MADE_H
#define ISOCOST_TESTS_LADDER_MADE_H

#include "report/ladder.h"
#include "report_made.h"

#define LADDER_PHASES "clone exec main exit reaped"

/* From the second rung on: adds 200 and 600 µs to startup; saves 100 µs and costs a fifth more in all else; a guest. */
static const struct made_arm stairs[5] = {
	{ "host", "host", "host", NULL, 0.0005, 1.0, "fork exec main exit reaped" },
	{ "ns", "container", "ns", NULL, 0.0007, 1.0, LADDER_PHASES },
	{ "net", "container", "net", NULL, 0.0013, 1.0, LADDER_PHASES },
	{ "filter", "container", "filter", NULL, 0.0012, 1.2, LADDER_PHASES },
	{ "vm", "vm", "vm (TCG)", "TCG (software emulation)", 2.1, 20, "libvirt qemu init main poweroff destroyed" },
};

static inline struct run *made(const struct made_arm *arms, size_t n_arms, unsigned n)
{
	static const char *const adds[] = { NULL, "namespaces", "network", "filter | <x>", "a kernel" };
	struct run *run = run_made(arms, n_arms, n, 7);
	for (size_t i = 0; i < n_arms; i++)
		ladder_add(&run->ladder, arms[i].name, i < 5 ? adds[i] : NULL);
	return run;
}

#endif
