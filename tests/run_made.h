/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_made.h - runs made up in memory, with launches whose figures are known: what the tests of the report work on. */
#ifndef ISOCOST_TESTS_RUN_MADE_H
#define ISOCOST_TESTS_RUN_MADE_H

#include "base/rng.h"
#include "model/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct workload made_startup = { .name = "startup", .resource = "startup", .what = "ready at main",
	                                      .teaches = "What has to happen before the first instruction of yours." };
static const struct workload made_syscall = { .name = "syscall", .resource = "kernel", .what = "getppid",
	                                      .teaches = "How far away the kernel is.",
	                                      .metrics = { { "time", "s", BETTER_LOWER, "one getppid system call" } } };
static const struct workload made_memory = { .name = "mem-bandwidth", .resource = "memory", .what = "triad",
	                                     .teaches = "Memory needs no kernel.",
	                                     .metrics = { { "rate", "B/s", BETTER_HIGHER, "bytes moved a second" } } };
static const struct workload made_files = { .name = "file-fsync", .resource = "file", .what = "4 KiB writes, flushed",
	                                    .teaches = "A flush goes all the way down.",
	                                    .metrics = { { "latency", "s", BETTER_LOWER, "one write and its flush" },
	                                                 { "rate", "1/s", BETTER_HIGHER, "flushed writes a second" } } };
static const struct workload *const made_workloads[] = { &made_startup, &made_syscall, &made_memory, &made_files };
#define MADE_WORKLOADS (sizeof(made_workloads) / sizeof(*made_workloads))

struct made_arm {
	const char *name, *driver, *label, *accel;
	double startup_s, cost;         /* median startup; times the host's cost elsewhere */
	const char *phases;             /* names, blank-separated; the last two come after main */
};

static void made_series(struct result *r, const char *metric, size_t n, size_t n_warm, double mid, double spread)
{
	struct series *s = &r->series[r->n_series++];
	snprintf(s->metric, sizeof(s->metric), "%s", metric);
	s->n = s->cap = n + n_warm;
	s->n_warm = n_warm;
	s->v = xcalloc(s->n, sizeof(*s->v));
	for (size_t i = 0; i < s->n; i++)       /* warm-up is far off: it must not count; the median is mid */
		s->v[i] = i < n_warm ? mid * 100 : mid * (1 + spread * ((double)(i - n_warm) / (double)(n - 1 + (n == 1)) - 0.5));
	if (n == 1)
		s->v[n_warm] = mid;
}

static void made_phases(struct launch *l, const char *names, double ready_s)
{
	struct strv v = { 0 };
	strv_split(&v, names, " ");
	for (size_t i = 0; i < v.n; i++) {
		size_t before = v.n - 2;
		double share = i < before ? (double)((i + 1) * (i + 1)) / (double)(before * before)
		                          : 1 + 0.1 * (double)(i + 1 - before);
		phases_mark(&l->phases, v.v[i], l->phases.start_ns + (int64_t)(ready_s * share * 1e9));
	}
	strv_free(&v);
}

static void made_launch(struct launch *l, const struct made_arm *a, const struct workload *w, unsigned number, double noise)
{
	*l = (struct launch){ .arm = xstrdup(a->name), .workload = xstrdup(w->name), .number = number, .block = number,
		              .started = "2026-11-23T09:30:00Z", .ok = true, .wall_s = 3,
		              .footprint = { 4 << 20, 0.01 * a->cost } };
	double ready = a->startup_s * (1 + noise);
	l->phases.start_ns = 1000000000;
	made_phases(l, a->phases, ready);
	l->result.ready_ns = l->phases.start_ns + (int64_t)llround(ready * 1e9);
	kvs_set(&l->result.seen, "cpus", "1", 0);
	kvs_set(&l->result.seen, "memory", "268435456", 0);
	kvs_set(&l->result.seen, "kernel", strcmp(a->driver, "vm") == 0 ? "6.1.0-guest" : "6.12.0-host", 0);
	snprintf(l->result.workload, sizeof(l->result.workload), "%s", w->name);
	if (w == &made_syscall)
		made_series(&l->result, "time", 50, 5, 120e-9 * a->cost * (1 + noise), 0.01);
	if (w == &made_memory)
		made_series(&l->result, "rate", 20, 2, 12e9 / a->cost * (1 + noise), 0.01);
	if (w == &made_files) {
		made_series(&l->result, "latency", 101, 10, 200e-6 * a->cost * (1 + noise), 1);
		made_series(&l->result, "rate", 1, 0, 5000 / a->cost * (1 + noise), 0);
	}
	if (w != &made_startup)
		snprintf(l->result.digest, sizeof(l->result.digest), "%s-digest", w->name);
}

/* A run of these arms with n launches a cell; noise of 1 % between launches. Caller frees with run_free. */
static struct run *run_made(const struct made_arm *arms, size_t n_arms, unsigned n, uint64_t seed)
{
	struct run *r = xcalloc(1, sizeof(*r));
	struct rng *rng = rng_new(seed);
	r->id = xstrdup("20261123T093000Z-example-standard");
	r->suite = xstrdup("standard");
	r->suite_text = xstrdup("[suite]\nname = standard\n");
	r->tool_version = xstrdup("0.1.0");
	r->started = xstrdup("2026-11-23T09:30:00Z");
	r->ended = xstrdup("2026-11-23T09:42:10Z");
	r->isoload_sha256 = xstrdup("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
	r->seed = seed;
	r->cpus = 1;
	r->pids = 256;
	r->cpu_list = xstrdup("1");
	r->memory = 256 << 20;
	r->margin = 0.02;
	kvs_set(&r->host_before, "cpu.model", "Example CPU @ 3.00GHz", 0);
	kvs_set(&r->host_before, "memory.total", "24684092 kB", 0);
	kvs_set(&r->host_before, "kernel.release", "6.12.0-host", 0);
	kvs_set(&r->host_before, "host.is_guest", "yes", 0);
	kvs_set(&r->host_before, "load", "0.10", 0);
	kvs_set(&r->host_after, "load", "1.20", 0);
	r->arms = xcalloc(n_arms + 1, sizeof(*r->arms));
	for (r->n_arms = 0; r->n_arms < n_arms; r->n_arms++) {
		const struct made_arm *a = &arms[r->n_arms];
		r->arms[r->n_arms] = (struct run_arm){ .name = xstrdup(a->name), .driver = xstrdup(a->driver),
			                               .label = xstrdup(a->label), .accel = xstrdup(a->accel),
			                               .available = true };
	}
	r->workloads = xcalloc(MADE_WORKLOADS, sizeof(*r->workloads));
	for (r->n_workloads = 0; r->n_workloads < MADE_WORKLOADS; r->n_workloads++) {
		const struct workload *w = made_workloads[r->n_workloads];
		r->workloads[r->n_workloads] = (struct run_workload){ .name = xstrdup(w->name), .workload = w, .launches = n };
	}
	r->planned = (unsigned)(n_arms * MADE_WORKLOADS) * n;
	r->launches = xcalloc(r->planned + 1, sizeof(*r->launches));
	for (unsigned i = 0; i < n; i++)
		for (size_t w = 0; w < MADE_WORKLOADS; w++)
			for (size_t a = 0; a < n_arms; a++)
				made_launch(&r->launches[r->n_launches++], &arms[a], made_workloads[w], i, 0.01 * rng_normal(rng));
	rng_free(rng);
	return r;
}

#endif
