/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turns.c - keep two that take turns on one CPU. */
#include "turns.h"

#include <sched.h>
#include <string.h>

int turns_pin(struct load *l)
{
	if (!load_is(l, "cpu", "same"))
		return 0;
	int cpu = sched_getcpu();
	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return load_cannotf(l, "can't tell which CPU this is; take cpu=any");
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		return load_failf(l, errno, "can't stay on CPU %d: %s; take cpu=any", cpu, strerror(errno));
	return 0;
}
