/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isolation.c - the outcome of the battery as a table, in words, and as JSON. */
#include "isolation.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define NAME_WIDTH 21
#define CELL_MAX 48

/* What an attempt came to in an arm. */
static const char *word_of(const struct battery *b, size_t i)
{
	switch (b->v[i].outcome) {
	case BATTERY_HELD: return "held";
	case BATTERY_ESCAPED: return battery_is_escape(b, i) ? "ESCAPED" : "own kernel";
	case BATTERY_UNEXPECTED: return "held?";
	case BATTERY_NA: return "n/a";
	default: return "";
	}
}

static void cell(const struct battery *b, size_t i, char buf[CELL_MAX])
{
	const char *code = b->v[i].code;
	snprintf(buf, CELL_MAX, "%s%s%s", word_of(b, i), code ? " " : "", code ? code : "");
}

static int width_of(const struct isolation_arm *arm)
{
	int width = (int)strlen(arm->label);
	for (size_t i = 0; i < arm->battery.n; i++) {
		char buf[CELL_MAX];
		cell(&arm->battery, i, buf);
		width = (int)strlen(buf) > width ? (int)strlen(buf) : width;
	}
	return width;
}

/* The last column has no blanks behind it. */
static void put(const char *text, int width, bool last)
{
	printf("  %-*s", last ? 0 : width, text);
}

static unsigned count_word(const struct battery *b, const char *word)
{
	unsigned n = 0;
	for (size_t i = 0; i < b->n; i++)
		n += strcmp(word_of(b, i), word) == 0;
	return n;
}

static void counts(const struct isolation_arm *arms, size_t n)
{
	static const struct {
		const char *word, *label;
	} rows[] = { { "held", "held" }, { "ESCAPED", "ESCAPED" }, { "own kernel", "own kernel" }, { "held?", "held?" }, { "n/a", "n/a" } };
	for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		printf("%-*s", NAME_WIDTH, rows[k].label);
		for (size_t a = 0; a < n; a++) {
			char buf[16];
			snprintf(buf, sizeof(buf), "%u", count_word(&arms[a].battery, rows[k].word));
			put(buf, width_of(&arms[a]), a + 1 == n);
		}
		putchar('\n');
	}
}

static void legend(void)
{
	puts("\nheld: refused, by the errno or signal that is named or without one; ESCAPED: it got what it tried;\n"
	     "own kernel: it got that from the arm's own kernel, not from the host's; held?: it got nothing, but not for\n"
	     "the reason that was expected; n/a: can't be tried here. `isocost isolation --long` says what each one tries.");
}

void isolation_table(const struct isolation_arm *arms, size_t n)
{
	const struct escape *e;
	printf("%-*s", NAME_WIDTH, "attempt");
	for (size_t a = 0; a < n; a++)
		put(arms[a].label, width_of(&arms[a]), a + 1 == n);
	putchar('\n');
	for (size_t i = 0; (e = escape_at(i)); i++) {
		printf("%-*s", NAME_WIDTH, e->name);
		for (size_t a = 0; a < n; a++) {
			char buf[CELL_MAX];
			cell(&arms[a].battery, i, buf);
			put(buf, width_of(&arms[a]), a + 1 == n);
		}
		putchar('\n');
	}
	putchar('\n');
	counts(arms, n);
	legend();
}

void isolation_long(const struct isolation_arm *arms, size_t n)
{
	const struct escape *e;
	for (size_t i = 0; (e = escape_at(i)); i++) {
		printf("%s\n    tries:    %s\n    held by:  %s\n", e->name, e->what, e->held_by);
		for (size_t a = 0; a < n; a++) {
			char buf[CELL_MAX];
			const char *text = arms[a].battery.v[i].text;
			cell(&arms[a].battery, i, buf);
			printf("    %s: %s%s%s\n", arms[a].label, buf, text ? ", " : "", text ? text : "");
		}
	}
	putchar('\n');
	counts(arms, n);
	legend();
}

/* ---- JSON ---- */

static json_t *arm_json(const struct isolation_arm *arm)
{
	json_t *counted = json_object(), *warnings = json_array();
	for (int k = BATTERY_HELD; k < BATTERY_OUTCOMES; k++)
		json_object_set_new(counted, battery_outcomes[k], json_integer(battery_count(&arm->battery, k)));
	unsigned got = 0;
	for (size_t i = 0; i < arm->battery.n; i++)
		got += battery_is_escape(&arm->battery, i);
	for (size_t i = 0; i < arm->warnings.n; i++)
		json_array_append_new(warnings, json_string(arm->warnings.v[i]));
	return json_pack("{s:s, s:s, s:s, s:b, s:o, s:i, s:o}", "name", arm->name, "label", arm->label, "driver", arm->driver,
	                 "own_kernel", arm->battery.own_kernel, "outcomes", counted, "reached_host", (int)got, "warnings", warnings);
}

static json_t *attempt_json(const struct isolation_arm *arms, size_t n, size_t i)
{
	const struct escape *e = escape_at(i);
	json_t *results = json_object();
	for (size_t a = 0; a < n; a++) {
		const struct battery_result *r = &arms[a].battery.v[i];
		json_object_set_new(results, arms[a].name,
		                    json_pack("{s:s, s:s?, s:s?, s:b}", "outcome", battery_outcomes[r->outcome], "code", r->code, "text", r->text,
		                              "reached_host", battery_is_escape(&arms[a].battery, i)));
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", e->name, "tries", e->what, "held_by", e->held_by, "target",
	                 e->target == ESCAPE_OUTSIDE ? "outside" : "kernel", "results", results);
}

int isolation_json(const struct isolation_arm *arms, size_t n)
{
	json_t *columns = json_array(), *rows = json_array();
	for (size_t a = 0; a < n; a++)
		json_array_append_new(columns, arm_json(&arms[a]));
	for (size_t i = 0; escape_at(i); i++)
		json_array_append_new(rows, attempt_json(arms, n, i));
	json_t *all = json_pack("{s:i, s:o, s:o}", "version", ESCAPE_VERSION, "arms", columns, "attempts", rows);
	int r = json_dumpf(all, stdout, JSON_INDENT(2)) < 0 ? -EIO : 0;
	putchar('\n');
	json_decref(all);
	return r;
}
