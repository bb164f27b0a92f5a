/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_registry.c - every row of the registry keeps what registry.h and the records promise. */
#include "params.h"
#include "registry.h"
#include "model/launch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

static void is_name(const char *s)
{
	assert_in_range(strlen(s), 1, sizeof(((struct result *)0)->workload) - 1);
	assert_int_equal(strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(s));
}

static void order_and_lookup(void **state)
{
	(void)state;
	static const char *const order[] = { "startup", "footprint", "cpu-int", "cpu-float", "cpu-compress", "cpu-scaling", "timer-jitter",
	                                     "mem-bandwidth", "mem-latency",
	                                     "mem-random", "page-fault", "tlb", "syscall", "syscall-io", "context-switch", "futex",
	                                     "unix-socket", "signal", "mmap", "fork-exec", "file-seq", "file-random", "file-fsync",
	                                     "file-meta", "net-rr", "net-stream", "net-connect", "sqlite", "kv", NULL };
	size_t at = 0;          /* these, in this order, with others between them */
	for (size_t i = 0; registry[i]; i++) {
		at += order[at] && strcmp(registry[i]->name, order[at]) == 0;
		assert_ptr_equal(registry_find(registry[i]->name), registry[i]);        /* so names are unique */
	}
	assert_null(order[at]);
	assert_null(registry_find("cpu"));
	assert_null(registry_find(""));
}

static void rows_are_complete(void **state)
{
	(void)state;
	static const char *const resources[] = { "startup", "footprint", "cpu", "memory", "kernel", "file", "network", "application", NULL };
	static const char *const moved[] = { "B", "request", "connection", NULL };
	for (size_t i = 0; registry[i]; i++) {
		const struct workload *w = registry[i];
		is_name(w->name);
		assert_true(one_of(w->resource, resources));
		assert_true(*w->what && !strchr(w->what, '\n'));
		assert_int_equal(w->teaches[strlen(w->teaches) - 1], '.');
		bool application = strcmp(w->resource, "application") == 0;
		assert_int_equal(w->needs_scratch, strcmp(w->resource, "file") == 0 || (application && !w->needs_root));
		assert_true(application || !w->needs_root);
		assert_int_equal(w->run == NULL, strcmp(w->name, "startup") == 0 || w->app);
		assert_non_null(w->metrics[0].name);
		assert_true(!w->moves || one_of(w->moves, moved));
		assert_true(strcmp(w->resource, "network") != 0 || w->moves);
	}
}

/* Base SI units only; what is a time is better when lower, what is a rate when higher. */
static void metrics_are_sound(void **state)
{
	(void)state;
	static const char *const units[] = { "s", "B", "1/s", "B/s", "FLOP/s", NULL };
	for (size_t i = 0; registry[i]; i++) {
		const struct workload *w = registry[i];
		assert_null(w->metrics[METRICS_MAX - 1].name);
		for (const struct metric *m = w->metrics; m->name; m++) {
			is_name(m->name);
			assert_ptr_equal(workload_metric(w, m->name), m);
			assert_true(one_of(m->unit, units));
			assert_int_equal(m->better, strchr(m->unit, '/') ? BETTER_HIGHER : BETTER_LOWER);
			assert_true(*m->what);
		}
		assert_null(workload_metric(w, "no-such-metric"));
	}
}

/* What is observed from outside has the metrics that the harness reads, in their order, and nothing else has them. */
static void observed_metrics_are_known(void **state)
{
	(void)state;
	size_t observed = 0;
	for (size_t i = 0; registry[i]; i++) {
		const struct metric *m = registry[i]->metrics;
		observed += registry[i]->observed;
		for (int k = 0; registry[i]->observed && k < FOOTPRINT_ITEMS; k++) {
			if (!footprint_defs[k].metric)
				continue;
			assert_string_equal(m->name, footprint_defs[k].metric);
			m++;
		}
		assert_true(!registry[i]->observed || !m->name);
		assert_true(!registry[i]->observed || workload_param(registry[i], "settle"));
	}
	assert_int_equal(observed, 1);
}

static void parameters_are_sound(void **state)
{
	(void)state;
	for (size_t i = 0; registry[i]; i++) {
		const struct workload *w = registry[i];
		assert_null(w->params[PARAMS_MAX - 1].name);
		for (const struct param *p = w->params; p->name; p++) {
			struct load_value v;
			is_name(p->name);
			assert_ptr_equal(workload_param(w, p->name), p);
			assert_int_equal(p->choices != NULL, p->type == PARAM_CHOICE);
			assert_int_equal(load_param_parse(p, p->def, &v), 0);
			assert_true(*p->what);
		}
		assert_null(workload_param(w, "no-such-parameter"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_and_lookup),
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(metrics_are_sound),
		cmocka_unit_test(observed_metrics_are_known),
		cmocka_unit_test(parameters_are_sound),
	};
	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
