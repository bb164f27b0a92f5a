/* SPDX-License-Identifier: GPL-3.0-or-later */
/* comparable.c - whether two runs may be compared, and what else differs between them. */
#include "report/compare.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <string.h>

/* Two runs, and what their sentences call them. */
struct pair {
	const struct run *a, *b;
	const char *a_name, *b_name;
	struct strv *said;
};

static const char *shown(const char *val)
{
	return val && *val ? val : "none";
}

static void differ(const struct pair *p, const char *what, const char *a, const char *b)
{
	if (strcmp(shown(a), shown(b)) != 0)
		strv_addf(p->said, "%s: %s in %s, %s in %s", what, shown(a), p->a_name, shown(b), p->b_name);
}

/* Of each key that one of them has. prefix is put before the key. */
static void differ_kvs(const struct pair *p, const char *prefix, const struct kvs *a, const struct kvs *b)
{
	for (size_t i = 0; i < a->n; i++) {
		cleanup_free char *what = xasprintf("%s %s", prefix, a->v[i].key);
		differ(p, what, a->v[i].val, kvs_get(b, a->v[i].key));
	}
	for (size_t i = 0; i < b->n; i++) {
		cleanup_free char *what = xasprintf("%s %s", prefix, b->v[i].key);
		if (!kvs_get(a, b->v[i].key))
			differ(p, what, NULL, b->v[i].val);
	}
}

/* What the workload computed, or "": within a run the gate sees to it that all launches agree. */
static const char *digest(const struct run *r, const char *workload)
{
	for (size_t i = 0; i < r->n_launches; i++)
		if (r->launches[i].ok && strcmp(r->launches[i].workload, workload) == 0)
			return r->launches[i].result.digest;
	return "";
}

/* Those of the registry are the same in every run. */
static void check_metrics(const struct pair *p, const struct run_workload *a, const struct run_workload *b)
{
	for (size_t i = 0; a->workload && b->workload && i < METRICS_MAX && a->workload->metrics[i].name; i++) {
		const struct metric *m = &a->workload->metrics[i], *other = workload_metric(b->workload, m->name);
		cleanup_free char *unit = xasprintf("unit of %s %s", a->name, m->name), *better = xasprintf("better is, of %s %s", a->name, m->name);
		if (!other)
			continue;
		differ(p, unit, m->unit, other->unit);
		differ(p, better, m->better == BETTER_LOWER ? "lower" : "higher", other->better == BETTER_LOWER ? "lower" : "higher");
	}
}

static void check_workload(const struct pair *p, const struct run_workload *a, const struct run_workload *b)
{
	if (a->workload && b->workload && strcmp(a->workload->name, b->workload->name) != 0) {
		differ(p, a->name, a->workload->name, b->workload->name);
		return;
	}
	if (a->own || b->own)
		check_metrics(p, a, b);
	size_t before = p->said->n;
	cleanup_free char *param = xasprintf("parameter of %s,", a->name), *result = xasprintf("computed result (digest) of %s", a->name);
	differ_kvs(p, param, &a->params, &b->params);
	const char *in_a = digest(p->a, a->name), *in_b = digest(p->b, b->name);
	if (p->said->n == before && *in_a && *in_b)     /* with other parameters it is bound to be another */
		differ(p, result, in_a, in_b);
}

static bool is_tcg(const struct run_arm *a)
{
	return a->accel && strncmp(a->accel, "TCG", 3) == 0;
}

static void check_arm(const struct pair *p, const struct run_arm *a, const struct run_arm *b)
{
	cleanup_free char *driver = xasprintf("driver of the arm %s", a->name), *accel = xasprintf("accelerator of the arm %s", a->name);
	if (!a->available || !b->available)
		return;
	differ(p, driver, a->driver, b->driver);
	if (is_tcg(a) != is_tcg(b))
		differ(p, accel, a->accel, b->accel);
}

/* That of an imported run is not known. */
static char *cpus_of(const struct run *r)
{
	return run_is_imported(r) ? xstrdup("unknown") : xasprintf("%u", r->cpus);
}

static char *memory_of(const struct run *r)
{
	return run_is_imported(r) ? xstrdup("unknown") : fmt_bytes((double)r->memory);
}

static void check_envelope(const struct pair *p)
{
	cleanup_free char *cpus_a = cpus_of(p->a), *cpus_b = cpus_of(p->b), *memory_a = memory_of(p->a), *memory_b = memory_of(p->b);
	differ(p, "envelope, CPUs", cpus_a, cpus_b);
	if (p->a->memory != p->b->memory)
		strv_addf(p->said, "envelope, memory: %s in %s, %s in %s", memory_a, p->a_name, memory_b, p->b_name);
}

void comparable_check(const struct run *a, const struct run *b, const char *a_name, const char *b_name, bool margins, struct strv *ret)
{
	struct pair p = { a, b, a_name, b_name, ret };
	if (run_is_imported(a) != run_is_imported(b))
		differ(&p, "measured by", run_is_imported(a) ? "another tool (imported)" : "isocost", run_is_imported(b) ? "another tool (imported)" : "isocost");
	differ(&p, "workload program, SHA-256 of isoload", a->isoload_sha256, b->isoload_sha256);
	check_envelope(&p);
	for (size_t i = 0; i < a->n_arms; i++) {
		const struct run_arm *other = run_arm(b, a->arms[i].name);
		if (other)
			check_arm(&p, &a->arms[i], other);
	}
	for (size_t i = 0; i < a->n_workloads; i++) {
		const struct run_workload *other = run_workload(b, a->workloads[i].name);
		if (other)
			check_workload(&p, &a->workloads[i], other);
	}
	cleanup_free char *margin_a = xasprintf("%.3g %%", 100 * a->margin), *margin_b = xasprintf("%.3g %%", 100 * b->margin);
	if (margins && a->margin != b->margin)
		strv_addf(ret, "margin of the suite: %s in %s, %s in %s; --margin gives one for both", margin_a, a_name, margin_b, b_name);
}

/* Measured facts differ in every run. */
static bool is_version(const char *fact)
{
	return strncmp(fact, "kvm.", 4) != 0 && strcmp(fact, "guest.cmdline") != 0 && strcmp(fact, "guest.kernel_file") != 0;
}

static void note_arm(const struct pair *p, const struct run_arm *a, const struct run_arm *b)
{
	cleanup_free char *option = xasprintf("option of the arm %s,", a->name), *accel = xasprintf("accelerator of the arm %s", a->name);
	differ_kvs(p, option, &a->options, &b->options);
	if (is_tcg(a) == is_tcg(b))             /* kinds of KVM */
		differ(p, accel, a->accel, b->accel);
	for (size_t i = 0; i < a->facts.n; i++) {
		cleanup_free char *what = xasprintf("%s, %s", a->name, a->facts.v[i].key);
		const char *val = kvs_get(&b->facts, a->facts.v[i].key);
		if (val && is_version(a->facts.v[i].key))
			differ(p, what, a->facts.v[i].val, val);
	}
}

static void note_run(const struct run *r, const char *name, struct strv *ret)
{
	size_t failed = 0, marked = 0;
	for (size_t i = 0; i < r->n_launches; i++) {
		failed += launch_failed(&r->launches[i]);
		marked += r->launches[i].ok && r->launches[i].marks;
	}
	unsigned missing = run_missing(r);
	if (missing)
		strv_addf(ret, "%s is not complete: %zu of %s%zu launches", name, r->n_launches, r->adaptive.on ? "at least " : "", r->n_launches + missing);
	if (failed)
		strv_addf(ret, "%s: %zu of %zu launches failed", name, failed, r->n_launches);
	if (marked)
		strv_addf(ret, "%s: %zu of %zu launches are marked; `isocost show` says with what", name, marked, r->n_launches);
}

void comparable_notes(const struct run *a, const struct run *b, const char *a_name, const char *b_name, struct strv *ret)
{
	static const char *const facts[] = { "host.name", "cpu.model", "cpu.governor", "kernel.release", "kernel.command_line", "cgroup.mode",
		                             "disk.type", "kernel.thp", "cpu.smt" };
	struct pair p = { a, b, a_name, b_name, ret };
	cleanup_free char *pids_a = xasprintf("%u", a->pids), *pids_b = xasprintf("%u", b->pids);
	if (run_is_imported(a) && run_is_imported(b)) {
		cleanup_free char *from_a = imported_from(a), *from_b = imported_from(b);
		differ(&p, "figures", from_a, from_b);
		differ_kvs(&p, "what the file says of", &a->sources[0].context, &b->sources[0].context);
	}
	differ(&p, "isocost", a->tool_version, b->tool_version);
	if (a->tool_commit && b->tool_commit)   /* older ones don't tell */
		differ(&p, "isocost, commit", a->tool_commit, b->tool_commit);
	if (run_is_imported(a) == run_is_imported(b))
		differ(&p, "envelope, tasks", pids_a, pids_b);
	differ(&p, "host CPUs", a->cpu_list, b->cpu_list);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		differ(&p, facts[i], kvs_get(&a->host_before, facts[i]), kvs_get(&b->host_before, facts[i]));
	for (size_t i = 0; i < a->n_arms; i++) {
		const struct run_arm *other = run_arm(b, a->arms[i].name);
		if (other && a->arms[i].available && other->available)
			note_arm(&p, &a->arms[i], other);
	}
	note_run(a, a_name, ret);
	note_run(b, b_name, ret);
}

bool comparable_same_host(const struct run *a, const struct run *b)
{
	static const char *const facts[] = { "host.name", "cpu.model" };
	for (size_t i = 0; i < 2; i++)
		if (strcmp(shown(kvs_get(&a->host_before, facts[i])), shown(kvs_get(&b->host_before, facts[i]))) != 0)
			return false;
	return true;
}
