/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_report_missing.c - reports of made-up runs in which something is missing: what is left is shown, and what is not there is said. */
#include "report_made.h"

static void test_one_launch(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 1, 7);
	cleanup_report struct report *r = report_new(run);
	const struct report_cell *c = &metric(r, "syscall")->cells[2];
	assert_true(isfinite(c->ratio) && !c->ratio_ci.ok && !c->median_ci.ok);
	assert_int_equal(c->verdict, VERDICT_NONE);
	cleanup_free char *text = written(run);
	assert_has(text, "Of 4 other figures: 4 are without an interval: too few launches to tell.");
	assert_has(text, "no interval");
	assert_has_not(text, "slower<br>");
}

static void test_no_host_arm(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three + 1, 2, 6, 7);
	cleanup_free char *text = written(run);
	assert_has(text, "There is no arm of the host in this run");
	assert_has_not(text, "times the host's cost |");
	assert_has_not(text, "overhead.svg");
	assert_has(text, "startup-ecdf.svg");
	cleanup_free char *show = show_text(run, 80, true, true);
	assert_has(show, "no ratios");
}

static void test_all_failed(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 2, 7);
	for (size_t i = 0; i < run->n_launches; i++) {
		run->launches[i].ok = false;
		run->launches[i].error = xstrdup("the guest did not answer | within 30 s\nlast words: <panic>");
	}
	cleanup_free char *text = written(run);
	assert_has(text, "24 of 24 launches failed");
	assert_has(text, "No launch succeeded");
	assert_has(text, "| vm | startup | 0 | the guest did not answer \\| within 30 s last words: &lt;panic&gt; |");
	assert_has(text, "20 of 24 are shown");
	assert_has_not(text, ".svg");
	cleanup_free char *show = show_text(run, 80, false, true);
	assert_has(show, "24 of 24 launches failed");
}

static void test_empty_run(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 1, 7);
	for (size_t i = 0; i < run->n_launches; i++)
		launch_free(&run->launches[i]);
	run->n_launches = 0;
	free(run->ended);
	run->ended = NULL;
	cleanup_free char *text = written(run);
	assert_has(text, "The run is not complete: 0 of 12 planned launches");
	cleanup_free char *show = show_text(run, 0, false, true);
	assert_has(show, "0 of 12 launches");
}

/* NaN (null in the journal) and missing series give no value; what is left is used. */
static void test_samples_that_are_no_numbers(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 7, 7);
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		if (strcmp(l->workload, "syscall") != 0 || strcmp(l->arm, "vm") != 0)
			continue;
		struct series *s = &l->result.series[0];
		for (size_t k = 0; k < s->n; k++)
			s->v[k] = l->number == 0 ? NAN : k % 2 ? INFINITY : s->v[k];
		if (l->number == 1)
			s->n = s->n_warm;       /* zero samples after warm-up */
	}
	cleanup_report struct report *r = report_new(run);
	const struct report_cell *c = &metric(r, "syscall")->cells[2];
	assert_int_equal(c->n, 5);
	assert_int_equal(c->samples, 5 * 25);
	assert_true(isfinite(c->s.median) && isfinite(c->s.max) && isfinite(c->ratio));
	assert_false(c->ratio_ci.ok);
	cleanup_free char *text = written(run);
	assert_has_not(text, "nan");
}

static void test_gate(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].workload, "syscall") == 0 && strcmp(run->launches[i].arm, "vm") == 0)
			strcpy(run->launches[i].result.digest, "other");
	cleanup_report struct report *r = report_new(run);
	assert_non_null(r->workloads[1].gate);
	assert_null(r->workloads[2].gate);
	cleanup_free char *text = written(run);
	assert_has(text, "No timing is shown for syscall: the computed results differ: host launch 0 gave the digest "
	                 "syscall-digest, vm launch 0 gave other.");
	assert_has_not(text, "| syscall (lower is better)");
	kvs_set(&run->launches[run->n_launches - 1].result.params, "block", "8KiB", 0);
	cleanup_report struct report *again = report_new(run);
	assert_non_null(again->workloads[3].gate);
	assert_has(again->workloads[3].gate, "parameters differ");
}

static void test_unavailable_arm_and_marks(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 2, 6, 7);
	run->arms = xrealloc(run->arms, run->n_arms + 1, sizeof(*run->arms));
	run->arms[run->n_arms++] = (struct run_arm){ .name = xstrdup("vm"), .driver = xstrdup("vm"), .label = xstrdup("vm"),
		                                     .reason = xstrdup("/dev/kvm is not there: modprobe kvm_intel") };
	run->launches[0].marks = MARK_STEAL;
	strv_add(&run->warnings, "the governor is powersave");
	cleanup_free char *text = written(run);
	assert_has(text, "**not available**");
	assert_has(text, "/dev/kvm is not there: modprobe kvm\\_intel");
	assert_has(text, "| host | steal | 1 of 24 |");
	assert_has(text, "- the governor is powersave");
	cleanup_free char *show = show_text(run, 80, false, true);
	assert_has(show, "vm is not available here: /dev/kvm is not there");
	assert_has(show, "host: 1 of 24 launches are marked 'steal'");
}

/* One cell was never launched, one had launches that said so, one had some that ran: three facts, no failure. */
static void test_cannot(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	cannots_add(&run->cannot, "vm", "syscall", "it has no | system calls");
	cannots_add(&run->cannot, "container", "mem-bandwidth", "no huge pages");
	unsigned seen = 0;
	size_t kept = 0;
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		bool vm = strcmp(l->arm, "vm") == 0 && strcmp(l->workload, "syscall") == 0;
		bool container = strcmp(l->arm, "container") == 0 && strcmp(l->workload, "mem-bandwidth") == 0;
		bool some = strcmp(l->arm, "container") == 0 && strcmp(l->workload, "file-fsync") == 0 && l->number == 3;
		if (container || some) {
			l->ok = false;
			l->cannot = true;
			l->error = xstrdup(some ? "no disk" : "no huge pages");
		}
		if (vm || (container && seen++ >= 2))
			launch_free(l);
		else
			run->launches[kept++] = *l;
	}
	run->n_launches = kept;
	assert_int_equal(run_missing(run), 0);
	cleanup_report struct report *r = report_new(run);
	assert_int_equal(r->n_failed, 0);
	assert_int_equal(r->arms[1].failed, 0);
	assert_int_equal(r->arms[1].ok, 6 * 4 - 6 - 1);
	assert_string_equal(report_cannot(r, 2, 1), "it has no | system calls");
	assert_string_equal(report_cannot(r, 1, 3), "no disk (in 1 of 6 launches)");
	assert_null(report_cannot(r, 0, 1));
	cleanup_free char *text = written(run), *shown = show_text(run, 100, false, true);
	assert_has(text, "| vm (TCG) | syscall | it has no \\| system calls |\n");
	assert_has(text, "| container | mem-bandwidth | no huge pages |\n");
	assert_has(text, "- vm (TCG) can't run it: it has no \\| system calls\n");
	assert_has(text, "| can't run |");
	assert_has_not(text, "Failed launches");
	assert_has_not(text, "not complete");
	assert_has(shown, "  vm (TCG)   can't run\n");
	assert_has(shown, "container can't run mem-bandwidth: no huge pages.\n");
	assert_has(shown, "container can't run file-fsync: no disk (in 1 of 6 launches).\n");
	assert_has_not(shown, "failed");
	assert_has_not(shown, "not complete");
	/* What is missing for no reason is missing. */
	launch_free(&run->launches[--run->n_launches]);
	assert_int_equal(run_missing(run), 1);
}

static void test_unknown_workload(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	run->workloads[1].workload = NULL;
	cleanup_free char *text = written(run);
	assert_has(text, "No timing is shown for syscall: this version of isocost does not know the workload.");
}

static void test_unwritable(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 1, 1, 7);
	struct err err = { 0 };
	assert_true(report_write(run, &(struct report_paths){ .md = "/proc/isocost/REPORT.md", .gp_dir = GP_DIR }, &err) < 0);
	assert_has(err.msg, "/proc/isocost/plots");
}

/* The pictures are left out, and the report says why, when there is no gnuplot or no script for it. */
static void test_without_gnuplot(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	cleanup_free char *path = xstrdup(getenv("PATH"));
	setenv("PATH", "/nowhere", 1);
	cleanup_free char *text = written(run);
	/* as on a machine that has all but gnuplot */
	cleanup_free char *env = xasprintf("%s/env", dir);
	assert_int_equal(symlink("/usr/bin/env", env), 0);
	setenv("PATH", dir, 1);
	cleanup_free char *with_env = written(run);
	setenv("PATH", path, 1);
	assert_has(with_env, "There are no plots: gnuplot is not installed");
	assert_has(text, "There are no plots: gnuplot is not installed");
	assert_has_not(text, ".svg");
	cleanup_free char *md = xasprintf("%s/REPORT.md", dir), *other = NULL;
	assert_int_equal(report_write(run, &(struct report_paths){ .md = md, .gp_dir = "/nowhere" }, NULL), 0);
	assert_int_equal(fs_read(md, &other, NULL), 0);
	assert_has(other, "There are no plots: /nowhere/startup-phases.gp, which draws one, is not there.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_launch),
		cmocka_unit_test(test_no_host_arm),
		cmocka_unit_test(test_all_failed),
		cmocka_unit_test(test_empty_run),
		cmocka_unit_test(test_samples_that_are_no_numbers),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_unavailable_arm_and_marks),
		cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_unknown_workload),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_without_gnuplot),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
