/* SPDX-License-Identifier: GPL-3.0-or-later */
/* envelope.c - the CPUs and the memory that every arm gets alike. */
#include "run/session.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "store/hostinfo.h"

#include <errno.h>
#include <sched.h>

/* Stay off the measured CPUs. */
static void move_away(const unsigned *cpus, size_t n, size_t first_measured)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	for (size_t i = 0; i < first_measured && i < n; i++)
		CPU_SET(cpus[i], &set);
	if (first_measured > 0 && sched_setaffinity(0, sizeof(set), &set) < 0)
		log_warnf("the harness can't leave the measured CPUs: it disturbs them");
}

int session_envelope(const struct suite *suite, struct envelope *ret, struct err *err)
{
	cleanup_free unsigned *cpus = NULL;
	size_t n = hostinfo_cpus(&cpus);
	if (n < suite->cpus)
		return err_setf(err, -EINVAL, "suite %s wants %u CPUs, this host has %zu for it; set 'cpus' in [suite] to %zu or less",
		                suite->name, suite->cpus, n, n);
	struct str list = { 0 };
	for (size_t i = n - suite->cpus; i < n; i++)
		str_addf(&list, "%s%u", list.len ? "," : "", cpus[i]);
	*ret = (struct envelope){ .cpu_list = list.s, .cpus = suite->cpus, .memory = suite->memory, .pids = suite->pids };
	move_away(cpus, n, n - suite->cpus);
	return 0;
}
