/* SPDX-License-Identifier: GPL-3.0-or-later */
/* share.c - libvirt's share of a guest's start. */
#include "report/share.h"

#include "base/cleanup.h"
#include "base/clk.h"

#include <math.h>
#include <string.h>

/* ---- the same guest with and without libvirt ---- */

/* Seconds from the end of one phase (NULL: the start request) to that of another; NaN when one did not happen. */
static double between(const struct launch *l, const char *from, const char *to)
{
	int64_t a = from ? phases_at(&l->phases, from) : l->phases.start_ns, b = phases_at(&l->phases, to);
	return a && b ? clk_to_s(b - a) : NAN;
}

static double until_runs(const struct launch *l)
{
	return between(l, NULL, "qemu");
}

static double until_exec(const struct launch *l)
{
	return between(l, "prepare", "exec");
}

static double until_init(const struct launch *l)
{
	return between(l, "qemu", "init");
}

static double until_exit(const struct launch *l)
{
	return between(l, "poweroff", "exit");
}

static double until_gone(const struct launch *l)
{
	return between(l, "exit", "destroyed");
}

static const struct {
	const char *what;
	double (*of)(const struct launch *);
} parts[SHARE_PARTS] = {
	{ "start request until the vCPUs run", until_runs },
	{ "from there until the guest is ready", until_init },
	{ "the guest's power off until QEMU has ended", until_exit },
	{ "from there until it is known to be gone", until_gone },
};

static size_t collect(const struct report *r, const char *arm, double (*of)(const struct launch *), double *v)
{
	size_t n = 0;
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		if (strcmp(l->arm, arm) != 0 || !startup_counts(r, l))
			continue;
		double x = of(l);
		if (isfinite(x))
			v[n++] = x;
	}
	return n;
}

static void fill_part(const struct report *r, const char *arm, const char *direct, size_t i, struct share_part *p)
{
	cleanup_free double *a = xcalloc(r->run->n_launches + 1, sizeof(*a)), *b = xcalloc(r->run->n_launches + 1, sizeof(*b));
	const char *const names[] = { arm, direct, parts[i].what, NULL };
	*p = (struct share_part){ .what = parts[i].what };
	p->n = collect(r, arm, parts[i].of, a);
	p->n_direct = collect(r, direct, parts[i].of, b);
	p->median = stats_median(a, p->n);
	p->direct = stats_median(b, p->n_direct);
	p->diff = p->median - p->direct;
	p->diff_ci = stats_boot_diff(a, p->n, b, p->n_direct, stats_seed(r->run->seed, names));
	p->word = stats_step(p->diff_ci);
}

static bool is_direct(const struct run_arm *a)
{
	const char *via = kvs_get(&a->options, "via");
	return strcmp(a->driver, "vm") == 0 && via && strcmp(via, "qemu") == 0;
}

/* Whether the options are the same but for how the machine is run. */
static bool differ_in_via(const struct run_arm *a, const struct run_arm *direct)
{
	if (strcmp(a->driver, "vm") != 0 || is_direct(a) || a->options.n != direct->options.n)
		return false;
	for (size_t i = 0; i < a->options.n; i++) {
		const char *other = kvs_get(&direct->options, a->options.v[i].key);
		if (strcmp(a->options.v[i].key, "via") != 0 && (!other || strcmp(other, a->options.v[i].val) != 0))
			return false;
	}
	return true;
}

static void find_pairs(const struct report *r, struct share *s)
{
	const struct run *run = r->run;
	s->pairs = xcalloc(run->n_arms * run->n_arms + 1, sizeof(*s->pairs));
	for (size_t d = 0; d < run->n_arms; d++) {
		for (size_t a = 0; a < run->n_arms && is_direct(&run->arms[d]); a++) {
			if (!r->arms[a].n_startup || !r->arms[d].n_startup || !differ_in_via(&run->arms[a], &run->arms[d]))
				continue;
			struct share_pair *p = &s->pairs[s->n_pairs++];
			*p = (struct share_pair){ .arm = a, .direct = d };
			for (size_t i = 0; i < SHARE_PARTS; i++)
				fill_part(r, run->arms[a].name, run->arms[d].name, i, &p->parts[i]);
		}
	}
}

/* ---- call by call ---- */

static const struct call *call_of(const struct launch *l, const char *name)
{
	for (size_t i = 0; i < l->calls->n; i++)
		if (strcmp(l->calls->v[i].name, name) == 0)
			return &l->calls->v[i];
	return NULL;
}

static void add_name(struct share_trace *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->calls[i].name, name) == 0)
			return;
	t->calls = xrealloc(t->calls, t->n + 1, sizeof(*t->calls));
	t->calls[t->n++] = (struct share_call){ .name = name };
}

static void fill_call(const struct launch *const *l, size_t n, struct share_call *c)
{
	cleanup_free double *count = xcalloc(n, sizeof(double)), *qemu = xcalloc(n, sizeof(double)), *libvirt = xcalloc(n, sizeof(double));
	for (size_t i = 0; i < n; i++) {
		const struct call *k = call_of(l[i], c->name);
		count[i] = k ? k->count : 0;
		qemu[i] = k ? k->qemu_s : 0;
		libvirt[i] = k ? k->libvirt_s : 0;
	}
	c->count = stats_median(count, n);
	c->qemu_s = stats_median(qemu, n);
	c->libvirt_s = stats_median(libvirt, n);
}

static void fill_sums(const struct launch *const *l, size_t n, struct share_trace *t)
{
	cleanup_free double *qemu = xcalloc(n, sizeof(double)), *libvirt = xcalloc(n, sizeof(double));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < l[i]->calls->n; k++) {
			qemu[i] += l[i]->calls->v[k].qemu_s;
			libvirt[i] += l[i]->calls->v[k].libvirt_s;
		}
	}
	t->qemu_s = stats_median(qemu, n);
	t->libvirt_s = stats_median(libvirt, n);
}

static bool fill_trace(const struct report *r, size_t arm, struct share_trace *t)
{
	cleanup_free const struct launch **l = xcalloc(r->run->n_launches + 1, sizeof(*l));
	*t = (struct share_trace){ .arm = arm };
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *x = &r->run->launches[i];
		if (strcmp(x->arm, r->run->arms[arm].name) != 0 || !startup_counts(r, x) || !x->calls || !x->calls->n)
			continue;
		l[t->launches++] = x;
		for (size_t k = 0; k < x->calls->n; k++)
			add_name(t, x->calls->v[k].name);
	}
	for (size_t k = 0; k < t->n; k++)
		fill_call(l, t->launches, &t->calls[k]);
	if (t->launches)
		fill_sums(l, t->launches, t);
	cleanup_free double *v = xcalloc(r->run->n_launches + 1, sizeof(*v));
	t->exec_s = stats_median(v, collect(r, r->run->arms[arm].name, until_exec, v));
	return t->launches > 0;
}

static void find_traces(const struct report *r, struct share *s)
{
	s->traces = xcalloc(r->run->n_arms + 1, sizeof(*s->traces));
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (fill_trace(r, a, &s->traces[s->n_traces]))
			s->n_traces++;
}

struct share *share_new(const struct report *r)
{
	struct share *s = xcalloc(1, sizeof(*s));
	find_pairs(r, s);
	find_traces(r, s);
	if (s->n_pairs || s->n_traces)
		return s;
	share_free(s);
	return NULL;
}

void share_free(struct share *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_traces; i++)
		free(s->traces[i].calls);
	free(s->traces);
	free(s->pairs);
	free(s);
}
