/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a bare process and a container hold of the host while they are idle, read from outside; and how it is told. */
#include "arm.h"

#include "model/run.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/model.h"
#include "report/report.h"
#include "run/observe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

/* ---- real instances ---- */

struct look {
	const struct env_ops *ops;
	struct env *env;
	int stop;
	size_t processes;
	double cpu_s;
	struct footprint f;
};

/* It has said that it is there. */
static void look(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct look *l = arg;
	struct err err = { 0 };
	(void)fd, (void)buf, (void)len, (void)t_ns;
	struct env_body b = body_new();
	if (l->ops->body(l->env, &b, &err) < 0)
		fail_msg("%s", err.msg);
	l->processes = b.n;
	assert_int_equal(body_cpu_s(&b, &l->cpu_s), 0);
	body_free(&b);
	observe_memory(l->ops, l->env, &l->f);
	eventfd_write(l->stop, 1);
}

/* Three processes, with some memory in one of them. */
static void look_at(const struct env_ops *ops, const char *options, struct look *ret)
{
	struct session s;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm;
	session_make(&s);
	int r = arm_open(ops, &s, "looked-at", options, &facts, &arm, &err);
	env_facts_free(&facts);
	if (r < 0) {
		session_remove(&s);
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	*ret = (struct look){ .ops = ops, .stop = eventfd(0, EFD_CLOEXEC) };
	struct env_spec spec = { 0 };
	assert_int_equal(ops->start(arm, &spec, &ret->env, &err), 0);
	struct env_call call = {
		.argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)"sleep 100 & sleep 100 & echo here; wait", NULL },
		.output = look, .arg = ret, .stop_fd = &ret->stop, .deadline_ns = clk_now() + 60 * CLK_S,
	};
	r = ops->exec(ret->env, &call, &err);
	if (r != -ECANCELED)
		fail_msg("%d: %s", r, err.msg);
	ops->stop(ret->env);
	ops->close(arm);
	close(ret->stop);
	assert_int_equal(session_cgroups(&s), 0);
	session_remove(&s);
}

static void is_plausible(const struct look *l)
{
	assert_int_equal(l->processes, 3);
	assert_true(l->cpu_s > 0 && l->cpu_s < 20);
	double pss = footprint_get(&l->f, FOOTPRINT_PSS);
	assert_true(pss > 64 << 10 && pss < 64 << 20);
	assert_true(footprint_get(&l->f, FOOTPRINT_PRIVATE) <= pss);
	/* A page table of each level at least, three times. */
	assert_true(footprint_get(&l->f, FOOTPRINT_PAGE_TABLES) >= 3 * 3 * 4096);
	assert_false(footprint_has(&l->f, FOOTPRINT_GUEST_PAGES));
	assert_non_null(kvs_get(&l->f.unknown, "guest_pages"));
	if (footprint_has(&l->f, FOOTPRINT_KERNEL))
		assert_true(l->f.v[FOOTPRINT_KERNEL] > 0);
	else
		assert_non_null(kvs_get(&l->f.unknown, "kernel"));
}

static void test_host(void **state)
{
	(void)state;
	static const char *const options[] = { "", "cgroup=off" };
	for (size_t i = 0; i < 2; i++) {
		struct look l;
		look_at(&env_host, options[i], &l);
		is_plausible(&l);
		assert_true(footprint_has(&l.f, FOOTPRINT_IMAGE) && footprint_get(&l.f, FOOTPRINT_IMAGE) == 0);
		footprint_free(&l.f);
	}
}

static void test_container(void **state)
{
	(void)state;
	static const char *const options[] = { "", "cgroup=off", "root=host", "root=overlay", "root=tmpfs" };
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct look l;
		look_at(&env_container, options[i], &l);
		is_plausible(&l);
		/* Its root holds busybox, twice in this test. */
		double image = footprint_get(&l.f, FOOTPRINT_IMAGE);
		if (strcmp(options[i], "root=host") == 0)
			assert_true(image == 0);
		else
			assert_true(image > 512 << 10 && image < 64 << 20);
		footprint_free(&l.f);
	}
}

/* An observer that heard nothing, or was stopped by something else, has no figures. */
static void test_not_looked_at(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct launch l = { 0 };
	struct observer o;
	assert_int_equal(observe_begin(&o, &env_host, &l, &err), 0);
	observe_heard(&o);
	assert_int_equal(observe_end(&o, 0, &err), -EPROTO);
	assert_int_equal(observe_begin(&o, &env_host, &l, &err), 0);
	assert_int_equal(observe_end(&o, -ETIMEDOUT, &err), -ETIMEDOUT);
	assert_int_equal(l.result.n_series, 0);
	launch_free(&l);
}

/* ---- how it is told ---- */

static void made_launch(struct launch *l, const char *arm, double pss, bool guest)
{
	*l = (struct launch){ .arm = xstrdup(arm), .workload = xstrdup("footprint"), .started = "2026-11-23T09:30:00Z", .ok = true };
	footprint_set(&l->footprint, FOOTPRINT_PSS, pss);
	footprint_set(&l->footprint, FOOTPRINT_CPU, guest ? 3 : 0.0006);
	footprint_set(&l->footprint, FOOTPRINT_LAUNCHER_CPU, 0.001);
	footprint_set(&l->footprint, FOOTPRINT_IMAGE, guest ? 50 << 20 : 0);
	footprint_miss(&l->footprint, FOOTPRINT_KERNEL, "nobody | counts it");
	if (guest)
		footprint_set(&l->footprint, FOOTPRINT_GUEST_PAGES, pss / 4);
	else
		footprint_miss(&l->footprint, FOOTPRINT_GUEST_PAGES, "it is no guest");
	struct observer o = { .launch = l, .stop = -1, .done = true };
	assert_int_equal(observe_end(&o, -ECANCELED, NULL), 0);
	assert_true(isnan(result_series(&l->result, "kernel")->v[0]));
	snprintf(l->result.workload, sizeof(l->result.workload), "footprint");
}

static void add_arm(struct run *r, const char *name)
{
	r->arms[r->n_arms++] = (struct run_arm){ .name = xstrdup(name), .driver = xstrdup(name), .label = xstrdup(name), .available = true };
}

static struct run *made_run(void)
{
	struct run *r = xcalloc(1, sizeof(*r));
	r->id = xstrdup("made");
	r->suite = xstrdup("made");
	r->tool_version = xstrdup("0");
	r->started = xstrdup("2026-11-23T09:30:00Z");
	r->cpu_list = xstrdup("0");
	r->margin = 0.02;
	r->arms = xcalloc(3, sizeof(*r->arms));
	add_arm(r, "host");
	add_arm(r, "vm");
	r->workloads = xcalloc(1, sizeof(*r->workloads));
	r->n_workloads = 1;
	r->workloads[0] = (struct run_workload){ .name = xstrdup("footprint"), .workload = registry_find("footprint"), .launches = 8 };
	r->planned = 16;
	r->launches = xcalloc(16, sizeof(*r->launches));
	for (unsigned i = 0; i < 8; i++) {
		made_launch(&r->launches[r->n_launches++], "host", (1 << 20) + 4096 * i, false);
		made_launch(&r->launches[r->n_launches++], "vm", (200 << 20) + 4096 * i, true);
	}
	return r;
}

static void test_report(void **state)
{
	(void)state;
	char dir[] = "/tmp/isocost-test-XXXXXX";
	struct err err = { 0 };
	struct run *run = made_run();
	assert_non_null(mkdtemp(dir));
	cleanup_free char *path = xasprintf("%s/REPORT.md", dir), *text = NULL;
	if (report_write(run, &(struct report_paths){ .md = path, .gp_dir = "plots" }, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(fs_read(path, &text, NULL), 0);
	const char *section = strstr(text, "## Footprint");
	assert_non_null(section);
	/* Binary prefixes, words for amounts, reasons that can't break the table, and what the figures teach. */
	assert_non_null(strstr(section, "1.01 MiB ["));
	assert_non_null(strstr(section, "*unknown:* nobody \\| counts it"));
	assert_non_null(strstr(section, "vm holds most, 200 MiB"));
	assert_non_null(strstr(section, "25 % of it are pages that the guest has touched"));
	assert_null(strstr(section, "slower"));
	assert_non_null(strstr(section, " more |"));
	assert_non_null(strstr(section, " 0 B [0, 0] "));
	/* The summary has memory and CPU time only, and the workload has no second section. */
	cleanup_free char *summary = xstrndup(text, (size_t)(section - text));
	assert_non_null(strstr(summary, "footprint pss"));
	assert_non_null(strstr(summary, "footprint cpu"));
	assert_null(strstr(summary, "page-tables"));
	assert_null(strstr(section, "### footprint"));
	cleanup_free char *shown = show_text(run, 100, false, true);
	assert_non_null(strstr(shown, "footprint guest-pages"));
	/* Drawn, and without a word from gnuplot. */
	cleanup_free char *gnuplot = fs_which("gnuplot"), *data = xasprintf("%s/plots", dir), *svg = xasprintf("%s/x.svg", dir), *said = NULL;
	if (gnuplot) {
		assert_non_null(strstr(section, "(plots/footprint.svg)"));
		struct figures made = { .alt[FIG_FOOTPRINT] = (char *)"what an instance holds" };
		if (figure_draw(&made, FIG_FOOTPRINT, "plots", data, svg, &said, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(said, "");
	}
	run_free(run);
	assert_int_equal(fs_rmtree(dir), 0);
}

static void test_bytes(void **state)
{
	(void)state;
	static const struct {
		double v;
		const char *unit, *text;
	} cases[] = {
		{ 0, "B", "0 B" }, { 512, "B", "512 B" }, { 1023, "B", "1023 B" }, { 1024, "B", "1.00 KiB" }, { 1536 << 10, "B", "1.50 MiB" },
		{ 3e9, "B", "2.79 GiB" }, { 1e6, "B/s", "1.00 MB/s" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup_free char *text = fmt_value(cases[i].v, cases[i].unit);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host), cmocka_unit_test(test_container), cmocka_unit_test(test_not_looked_at),
		cmocka_unit_test(test_report), cmocka_unit_test(test_bytes),
	};
	return cmocka_run_group_tests_name("footprint", tests, NULL, NULL);
}
