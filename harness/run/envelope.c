/* SPDX-License-Identifier: GPL-3.0-or-later */
/* envelope.c - the CPUs and the memory that every arm gets alike. */
#include "run/session.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "store/hostinfo.h"

#include <errno.h>
#include <inttypes.h>
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

/* "FILE:LINE: cpus = 8", or "FILE: cpus (8 by default)". */
static int wants(const struct suite *suite, int line, const char *key, const char *val, struct err *err)
{
	if (line)
		return err_setf(err, -EINVAL, "%s:%d: %s = %s", suite->file, line, key, val);
	return err_setf(err, -EINVAL, "%s: %s (%s by default)", suite->file, key, val);
}

static int check_host(const struct suite *suite, size_t cpus, struct err *err)
{
	uint64_t memory = hostinfo_memory();
	if (cpus < suite->cpus) {
		cleanup_free char *val = xasprintf("%u", suite->cpus);
		int r = wants(suite, suite->cpus_line, "cpus", val, err);
		err_addf(err, ": this host has %zu for it; set it to %zu or less", cpus, cpus);
		return r;
	}
	if (memory && memory < suite->memory) {
		cleanup_free char *val = xasprintf("%" PRIu64 "MiB", suite->memory >> 20);
		int r = wants(suite, suite->memory_line, "memory", val, err);
		err_addf(err, ": this host has %" PRIu64 "MiB in all; set it to less", memory >> 20);
		return r;
	}
	return 0;
}

int session_envelope(const struct suite *suite, struct envelope *ret, struct err *err)
{
	cleanup_free unsigned *cpus = NULL;
	size_t n = hostinfo_cpus(&cpus);
	int r = check_host(suite, n, err);
	if (r < 0)
		return r;
	struct str list = { 0 };
	for (size_t i = n - suite->cpus; i < n; i++)
		str_addf(&list, "%s%u", list.len ? "," : "", cpus[i]);
	*ret = (struct envelope){ .cpu_list = list.s, .cpus = suite->cpus, .memory = suite->memory, .pids = suite->pids };
	move_away(cpus, n, n - suite->cpus);
	return 0;
}
