/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmprobe.c - what KVM costs on this host, measured with a micro-guest. */
#include "env/kvmprobe.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/kvmcode.h"
#include "env/kvmguest.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <linux/kvm_para.h>
#include <string.h>

#define LIMIT_NS (100 * CLK_MS)         /* nothing that is asked of the guest takes a tenth of it */
#define SERIES_NS (60 * CLK_MS)         /* a series that takes longer ends early */
#define SERIES_MIN 5
#define SERIES_MAX 200
#define LOOP_NS (1 * CLK_MS)            /* a loop is made this long, so that its one exit weighs little */
#define LOOP_MAX (1 << 24)

/* ---- series ---- */

struct series {
	double v[SERIES_MAX];
	unsigned n;
	int64_t begin_ns;
};

static bool series_goes_on(struct series *s)
{
	if (s->n == 0)
		s->begin_ns = clk_now();
	return s->n < SERIES_MAX && (s->n < SERIES_MIN || clk_now() - s->begin_ns < SERIES_NS);
}

static struct kvmcost_value series_value(struct series *s)
{
	gsl_sort(s->v, 1, s->n);
	return (struct kvmcost_value){
		.median = gsl_stats_quantile_from_sorted_data(s->v, 1, s->n, 0.5),
		.q1 = gsl_stats_quantile_from_sorted_data(s->v, 1, s->n, 0.25),
		.q3 = gsl_stats_quantile_from_sorted_data(s->v, 1, s->n, 0.75),
		.n = s->n,
	};
}

/* ---- exits: each KVM_RUN is one, the one before it is finished first ---- */

static int run_to(struct kvmguest *g, int (*wrote)(const struct kvmguest *), int64_t *ret_ns, struct err *err)
{
	int r = kvmguest_run(g, LIMIT_NS, ret_ns, err);
	if (r < 0)
		return r;
	return wrote(g) ? 0 : err_setf(err, -ENOTSUP, "KVM's guest left with exit reason %u instead of its write", kvmguest_exit(g)->exit_reason);
}

static int measure_exit(struct kvmguest *g, const char *routine, int (*wrote)(const struct kvmguest *), struct kvmcost_value *ret,
                        struct err *err)
{
	struct series s = { .n = 0 };
	int64_t ns;
	int r = kvmguest_enter(g, KVMGUEST_RING0, routine, 0, err);
	if (r == 0)
		r = run_to(g, wrote, &ns, err);         /* the first one finds nothing set up */
	while (r == 0 && series_goes_on(&s)) {
		r = run_to(g, wrote, &ns, err);
		s.v[s.n++] = clk_to_s(ns);
	}
	if (r == 0)
		*ret = series_value(&s);
	return r;
}

/* ---- loops: a number of rounds in one KVM_RUN ---- */

struct loop {
	enum kvmguest_mode mode;
	const char *routine;
	unsigned length;                /* divides a round's time */
	bool calls;                     /* the last answer must be that of an unknown hypercall */
};

static int run_loop(struct kvmguest *g, const struct loop *l, uint64_t rounds, int64_t *ret_ns, struct err *err)
{
	uint64_t rax;
	int r = kvmguest_enter(g, l->mode, l->routine, rounds, err);
	if (r == 0)
		r = run_to(g, kvmguest_wrote_mmio, ret_ns, err);
	if (r < 0 || !l->calls)
		return r;
	r = kvmguest_rax(g, &rax, err);
	if (r == 0 && (int64_t)rax != -KVM_ENOSYS)
		return err_setf(err, -ENOTSUP, "the hypercall was answered with %lld", (long long)rax);
	return r;
}

/* What is left when the time of one round, with its entry and exit, is taken off is that of the others. */
static int measure_loop(struct kvmguest *g, const struct loop *l, struct kvmcost_value *ret, struct err *err)
{
	struct series s = { .n = 0 }, one = { .n = 0 };
	uint64_t rounds = 16;
	int64_t ns = 0;
	int r = run_loop(g, l, 1, &ns, err);
	for (ns = 0; r == 0; rounds *= 2) {
		r = run_loop(g, l, rounds, &ns, err);
		if (ns >= LOOP_NS || rounds >= LOOP_MAX)
			break;
	}
	for (int i = 0; r == 0 && i < SERIES_MIN; i++) {
		r = run_loop(g, l, 1, &ns, err);
		one.v[one.n++] = clk_to_s(ns);
	}
	double fixed = r == 0 ? series_value(&one).median : 0;
	while (r == 0 && series_goes_on(&s)) {
		r = run_loop(g, l, rounds, &ns, err);
		s.v[s.n++] = (clk_to_s(ns) - fixed) / ((double)(rounds - 1) * l->length);
	}
	if (r == 0)
		*ret = series_value(&s);
	return r;
}

/* ---- life and death ---- */

static int measure_life(struct kvmcost_value *ret_start, struct kvmcost_value *ret_end, struct err *err)
{
	struct series start = { .n = 0 }, end = { .n = 0 };
	int r = 0;
	while (r == 0 && series_goes_on(&start)) {
		struct kvmguest *g = NULL;
		int64_t ns, begin = clk_now();
		r = kvmguest_new(&g, err);
		if (r == 0)
			r = kvmguest_enter(g, KVMGUEST_RING0, kvmcode_port, 0, err);
		if (r == 0)
			r = run_to(g, kvmguest_wrote_port, &ns, err);
		int64_t seen = clk_now();
		kvmguest_free(g);
		start.v[start.n++] = clk_to_s(seen - begin);
		end.v[end.n++] = clk_to_s(clk_now() - seen);
	}
	if (r < 0)
		return r;
	*ret_start = series_value(&start);
	*ret_end = series_value(&end);
	return 0;
}

/* ---- the whole ---- */

static const struct loop loops[KVMCOST_FIGURES] = {
	[KVMCOST_CPUID] = { KVMGUEST_RING0, kvmcode_cpuid, KVMCODE_UNROLLED },
	[KVMCOST_CALL] = { KVMGUEST_RING0, kvmcode_call, KVMCODE_UNROLLED, .calls = true },
	[KVMCOST_RING0] = { KVMGUEST_RING0, kvmcode_mix, KVMCODE_MIX_LENGTH },
	[KVMCOST_RING3] = { KVMGUEST_RING3, kvmcode_mix, KVMCODE_MIX_LENGTH },
};

static int measure_figure(enum kvmcost_figure f, struct kvmcost_value *ret, struct err *err)
{
	/* A guest of its own: one that hung or crashed is no matter to the next. */
	struct kvmguest *g = NULL;
	int r = kvmguest_new(&g, err);
	if (r == 0 && f == KVMCOST_PORT)
		r = measure_exit(g, kvmcode_port, kvmguest_wrote_port, ret, err);
	else if (r == 0 && f == KVMCOST_MMIO)
		r = measure_exit(g, kvmcode_mmio, kvmguest_wrote_mmio, ret, err);
	else if (r == 0)
		r = measure_loop(g, &loops[f], ret, err);
	kvmguest_free(g);
	return r;
}

static int measure(struct kvmcost *c, struct str *missing, struct err *err)
{
	int r = 0;
	for (enum kvmcost_figure f = 0; f < KVMCOST_START; f++) {
		struct err why = { 0 };
		r = measure_figure(f, &c->v[f], &why);
		if (r == -EINTR)
			return err_setf(err, r, "%s", why.msg);
		if (r < 0)
			str_addf(missing, "%s%s: %s", missing->len ? "; " : "", kvmcost_defs[f].fact, why.msg);
		if (r < 0 && f == KVMCOST_PORT)
			return err_setf(err, -ENOTSUP, "%s", why.msg);
	}
	return measure_life(&c->v[KVMCOST_START], &c->v[KVMCOST_END], err);
}

int kvmprobe(struct kvmcost *ret, const char **ret_missing, struct err *err)
{
	static struct kvmcost found;
	static struct str missing;
	static struct err why;
	static bool done;
	int64_t begin = clk_now();
	if (!done) {
		struct kvmcost c = { 0 };
		int r = measure(&c, &missing, &why);
		if (r == -EINTR) {
			str_free(&missing);
			return err_setf(err, r, "%s", why.msg);
		}
		const struct kvm_host host = kvmprobe_host();
		c.kind = r == 0 ? kvmcost_classify(c.v, &host) : KVM_KIND_UNKNOWN;
		found = c;
		done = true;
		log_debugf("what KVM costs was measured in %.3f s", clk_to_s(clk_now() - begin));
	}
	if (found.kind == KVM_KIND_UNKNOWN)
		return err_setf(err, -ENOTSUP, "%s", why.msg);
	*ret = found;
	*ret_missing = str_get(&missing);
	return 0;
}

static const char *const vendor_modules[] = { "kvm_intel", "kvm_amd" };

struct kvm_host kvmprobe_host(void)
{
	struct kvm_host h = { false, false };
	cleanup_free char *text = NULL, *line = NULL;
	cleanup(strv_free) struct strv words = { 0 };
	const char *flags = fs_read("/proc/cpuinfo", &text, NULL) == 0 ? strstr(text, "\nflags") : NULL;
	line = flags ? xstrndup(flags + 1, strcspn(flags + 1, "\n")) : NULL;
	strv_split(&words, line ? line : "", " \t");
	h.is_guest = strv_has(&words, "hypervisor");
	h.virtualization = strv_has(&words, "vmx") || strv_has(&words, "svm");
	for (size_t i = 0; i < sizeof(vendor_modules) / sizeof(*vendor_modules); i++) {
		cleanup_free char *dir = xasprintf("/sys/module/%s", vendor_modules[i]);
		h.virtualization |= fs_exists(dir);
	}
	return h;
}

char *kvmprobe_modules(void)
{
	struct str b = { 0 };
	cleanup(dir_closep) DIR *d = opendir("/sys/module");
	for (struct dirent *e; d && (e = readdir(d));)
		if (strncmp(e->d_name, "kvm_", 4) == 0)
			str_addf(&b, "%s%s", b.len ? " " : "", e->d_name);
	return b.s ? b.s : xstrdup("");
}

int kvmprobe_facts(struct kvs *facts, struct err *err)
{
	struct kvmcost c;
	const char *missing;
	struct err why = { 0 };
	cleanup_free char *modules = kvmprobe_modules();
	int r = kvmprobe(&c, &missing, &why);
	if (r == -EINTR)
		return err_setf(err, r, "%s", why.msg);
	if (*modules)
		kvs_set(facts, "kvm.modules", modules, 0);
	if (r < 0)
		missing = why.msg;
	else
		kvmcost_to_facts(&c, facts);
	if (*missing)
		kvs_set(facts, "kvm.missing", missing, 0);
	return 0;
}
