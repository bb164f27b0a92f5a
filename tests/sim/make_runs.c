/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make_runs.c - run directories with made-up launches, for scripts/bench-stats.d/scale: what reading them costs.
 *
 * make_runs DIR HOSTS LAUNCHES SAMPLES SEED
 *
 * makes DIR/host-N, N from 1: host, container and vm, each with LAUNCHES launches of the workloads of the standard suite. Those that time
 * batches have 100 samples a launch, file-fsync 220, and net-rr SAMPLES and 500 of warm-up: in the proportion of a measured run with 2000 of
 * them, in its own JSON. The costs of hosts scatter; container and vm have costs of their own over each. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/rng.h"
#include "store/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct made {
	const char *name;
	size_t samples, warmup;         /* a launch and metric; SIZE_MAX: as the command line says */
	double value;                   /* on the host, lower is better; a rate is 1 / that */
};

static const struct made workloads[] = {
	{ "startup", 0, 0, 6e-4 },           { "cpu-int", 100, 20, 2e-3 },        { "cpu-float", 100, 20, 5e-10 },
	{ "mem-bandwidth", 10, 2, 1e-10 },   { "syscall", 100, 20, 1.3e-7 },      { "context-switch", 100, 20, 1.5e-6 },
	{ "file-seq", 3, 1, 1e-9 },          { "file-fsync", 200, 20, 4e-4 },     { "net-rr", SIZE_MAX, 500, 1.9e-5 },
};
#define WORKLOADS (sizeof(workloads) / sizeof(*workloads))

static const char *const arms[] = { "host", "container", "vm" };
static const double costs[] = { 1, 1.1, 4 };
static const char *const phases[] = { "limits", "prepare", "clone", "namespaces", "cgroup", "network", "mounts", "root", "streams", "privileges",
	                              "seccomp", "cpu", "exec", "main", "exit", "reaped", "destroyed" };
#define PHASES (sizeof(phases) / sizeof(*phases))

static void fill_run(struct run *r, unsigned host, unsigned launches)
{
	*r = (struct run){ .id = xasprintf("host-%u", host), .suite = xstrdup("made"), .suite_text = xstrdup("[suite]\nname = made\n"),
		           .tool_version = xstrdup(ISOCOST_VERSION), .isoload_sha256 = xasprintf("%064d", 0), .seed = host,
		           .started = xstrdup("2026-11-23T09:30:00Z"), .ended = xstrdup("2026-11-23T09:42:10Z"), .cpus = 1, .pids = 256,
		           .cpu_list = xstrdup("1"), .memory = 512u << 20, .margin = 0.02, .planned = (unsigned)(3 * WORKLOADS) * launches };
	kvs_setf(&r->host_before, "host.name", "host-%u", host);
	kvs_set(&r->host_before, "cpu.model", "Made-up CPU", 0);
	r->arms = xcalloc(3, sizeof(*r->arms));
	for (; r->n_arms < 3; r->n_arms++)
		r->arms[r->n_arms] = (struct run_arm){ .name = xstrdup(arms[r->n_arms]), .driver = xstrdup(arms[r->n_arms]),
			                               .label = xstrdup(arms[r->n_arms]), .available = true };
	r->workloads = xcalloc(WORKLOADS, sizeof(*r->workloads));
	for (; r->n_workloads < WORKLOADS; r->n_workloads++)
		r->workloads[r->n_workloads] = (struct run_workload){ .name = xstrdup(workloads[r->n_workloads].name), .launches = launches,
			                                              .workload = registry_find(workloads[r->n_workloads].name) };
}

static void fill_series(struct series *s, const struct metric *m, size_t n, size_t n_warm, double value, struct rng *rng)
{
	snprintf(s->metric, sizeof(s->metric), "%s", m->name);
	s->n = s->cap = n + n_warm;
	s->n_warm = n_warm;
	s->v = xcalloc(s->n, sizeof(*s->v));
	for (size_t i = 0; i < s->n; i++) {
		double v = value * exp(0.1 * rng_normal(rng));
		s->v[i] = m->better == BETTER_HIGHER ? 1 / v : v;
	}
}

/* What every launch has besides samples: phases, what is seen from inside, parameters. */
static void fill_launch(struct launch *l, size_t arm, const struct made *w, unsigned number, double startup_s)
{
	*l = (struct launch){ .arm = xstrdup(arms[arm]), .workload = xstrdup(w->name), .number = number, .block = number, .ok = true,
		              .started = "2026-11-23T09:30:00Z", .wall_s = 0.4, .footprint = { 4 << 20, 0.01 }, .phases.start_ns = 1 };
	for (size_t i = 0; i < PHASES; i++)
		phases_mark(&l->phases, phases[i], 1 + (int64_t)(startup_s * 1e9 * (double)(i + 1) / 14));
	l->result.ready_ns = phases_at(&l->phases, "main");
	l->result.begin_ns = l->result.ready_ns + 9 * CLK_MS;
	l->result.done_ns = l->result.begin_ns + 350 * CLK_MS;
	l->result.end_ns = l->result.done_ns + CLK_MS;
	l->result.inside_s = 0.35;
	static const char *const seen[][2] = { { "cpus", "1" }, { "memory", "536870912" }, { "kernel", "6.18.44" },
		                               { "boot_id", "872da9bd-5266-4f0a-97e9-249b4e0770e6" }, { "clocksource", "tsc" },
		                               { "timer_resolution", "3e-08" }, { "timer_cost", "3.612e-08" }, { "uid", "0" },
		                               { "interval", "0.002708701" } };
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++)
		kvs_set(&l->result.seen, seen[i][0], seen[i][1], 0);
	kvs_setf(&l->result.seen, "sha256", "%064d", 0);
	kvs_set(&l->result.params, "time", "300ms", 0);
	snprintf(l->result.digest, sizeof(l->result.digest), "%064zu", (size_t)(w - workloads));
}

static int write_line(json_t *o, FILE *to)
{
	int r = o ? json_dumpf(o, to, JSON_COMPACT | JSON_PRESERVE_ORDER) : -1;
	json_decref(o);
	fputc('\n', to);
	return r;
}

static int write_launches(unsigned launches, size_t samples, double host, struct rng *rng, FILE *to)
{
	for (unsigned k = 0; k < launches; k++)
		for (size_t i = 0; i < 3 * WORKLOADS; i++) {
			const struct made *w = &workloads[i / 3];
			const struct workload *known = registry_find(w->name);
			double cost = host * costs[i % 3] * exp(0.01 * rng_normal(rng));
			struct launch l;
			fill_launch(&l, i % 3, w, k, 6e-4 * cost);
			for (const struct metric *m = known->metrics; w->samples && m->name; m++)
				fill_series(&l.result.series[l.result.n_series++], m, w->samples == SIZE_MAX ? samples : w->samples, w->warmup,
				            w->value * cost, rng);
			int r = write_line(json_from_launch(&l), to);
			launch_free(&l);
			if (r < 0)
				return r;
		}
	return 0;
}

static int write_run(const char *dir, unsigned host, unsigned launches, size_t samples, struct rng *rng)
{
	struct run *run = xcalloc(1, sizeof(*run));
	fill_run(run, host, launches);
	cleanup_free char *path = xasprintf("%s/%s", dir, run->id), *head = xasprintf("%s/run.json", path),
	                  *journal = xasprintf("%s/journal.jsonl", path);
	int r = fs_mkdirs(path, 0755);
	FILE *to = r < 0 ? NULL : fopen(head, "we");
	r = to ? write_line(json_from_run(run), to) : -1;
	if (to && fclose(to) != 0)
		r = -1;
	run_free(run);
	to = r < 0 ? NULL : fopen(journal, "we");
	r = to ? write_launches(launches, samples, exp(0.3 * rng_normal(rng)), rng, to) : -1;
	if (to && fclose(to) != 0)
		r = -1;
	if (r < 0)
		perror(path);
	return r;
}

int main(int argc, char **argv)
{
	uint64_t hosts, launches, samples, seed;
	if (argc != 6 || parse_u64(argv[2], &hosts) < 0 || parse_u64(argv[3], &launches) < 0 || parse_u64(argv[4], &samples) < 0 ||
	    parse_u64(argv[5], &seed) < 0 || !hosts || !launches || !samples) {
		fputs("usage: make_runs DIR HOSTS LAUNCHES SAMPLES SEED\n", stderr);
		return 2;
	}
	struct rng *rng = rng_new(seed);
	int r = 0;
	for (unsigned i = 1; r >= 0 && i <= hosts; i++)
		r = write_run(argv[1], i, (unsigned)launches, samples, rng);
	rng_free(rng);
	return r < 0;
}
