/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_list.c - the arms, workloads and suites there are. */
#include "cmd.h"

#include "base/cleanup.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **what = state->input;
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (strcmp(arg, "arms") != 0 && strcmp(arg, "workloads") != 0 && strcmp(arg, "suites") != 0)
		argp_error(state, "'%s': expected arms, workloads or suites", arg);
	*what = arg;
	return 0;
}

static const struct argp argp = { NULL, parse, "[arms|workloads|suites]", "Show what there is; without an argument, all of it.",
	                          NULL, NULL, NULL };

static void list_arms(void)
{
	puts("Drivers (each that requires nothing is an arm of its own name; a suite makes more arms with [arm NAME], driver = … and options):");
	for (size_t i = 0; env_drivers[i]; i++) {
		printf("  %-12s %s\n", env_drivers[i]->name, env_drivers[i]->what);
		for (const struct optdef *o = env_drivers[i]->options; o && o->name; o++) {
			printf("      %-14s %s", o->name, o->what);
			if (o->choices)
				printf(" [%s]", o->choices);
			if (o->required)
				puts(" (required)");
			else
				printf(" (default: %s)\n", *o->def ? o->def : "none");
		}
	}
}

static void list_workloads(void)
{
	puts("Workloads:");
	for (size_t i = 0; registry[i]; i++) {
		const struct workload *w = registry[i];
		printf("  %-16s %-9s %s\n", w->name, w->resource, w->what);
		for (const struct metric *m = w->metrics; m->name; m++)
			printf("      measures %-10s %-7s %s is better: %s\n", m->name, m->unit,
			       m->better == BETTER_LOWER ? "lower" : "higher", m->what);
		for (const struct param *p = w->params; p->name; p++)
			printf("      takes    %-10s %s (default: %s)\n", p->name, p->what, p->def);
	}
}

static void list_suites(void)
{
	cleanup_free char *dir = path_suites(), *pattern = xasprintf("%s/*.suite", dir);
	glob_t g = { 0 };
	puts("Suites:");
	if (glob(pattern, 0, NULL, &g) != 0)
		printf("  none in %s\n", dir);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct err err = { 0 };
		struct suite *s = NULL;
		if (suite_load(g.gl_pathv[i], &s, &err) < 0)
			printf("  %s\n", err.msg);
		else
			printf("  %-12s %s\n", s->name, s->description ? s->description : "");
		suite_free(s);
	}
	globfree(&g);
}

int cmd_list(int argc, char **argv)
{
	const char *what = NULL;
	argp_parse(&argp, argc, argv, 0, NULL, &what);
	if (!what || strcmp(what, "arms") == 0)
		list_arms();
	if (!what || strcmp(what, "workloads") == 0)
		list_workloads();
	if (!what || strcmp(what, "suites") == 0)
		list_suites();
	return EXIT_OK;
}
