/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isolation.c - the outcome of the battery as values, as a table, and in words. */
#include "isolation.h"

#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define NAME_WIDTH 21
#define CELL_MAX 48

struct attempts *isolation_new(size_t n_arms)
{
	const struct escape *e;
	struct utsname u = { 0 };
	char now[32];
	size_t n = 0;
	while (escape_at(n))
		n++;
	struct attempts *a = attempts_new(n_arms, n);
	uname(&u);
	store_utc_now(now);
	a->tried = xstrdup(now);
	a->host = xstrdup(u.nodename);
	a->kernel = xstrdup(u.release);
	for (size_t i = 0; (e = escape_at(i)); i++) {
		a->v[i].name = xstrdup(e->name);
		a->v[i].topic = xstrdup(escape_topic(i));
		a->v[i].tries = xstrdup(e->what);
		a->v[i].held_by = xstrdup(e->held_by);
		a->v[i].outside = e->target == ESCAPE_OUTSIDE;
	}
	return a;
}

void isolation_take(struct attempts *a, size_t k, const struct battery *b)
{
	static const enum attempt_outcome as[BATTERY_OUTCOMES] = {
		[BATTERY_UNTRIED] = ATTEMPT_OUT_NA,       [BATTERY_HELD] = ATTEMPT_OUT_HELD, [BATTERY_ESCAPED] = ATTEMPT_OUT_ESCAPED,
		[BATTERY_UNEXPECTED] = ATTEMPT_OUT_UNEXPECTED, [BATTERY_NA] = ATTEMPT_OUT_NA,
	};
	a->arms[k].own_kernel = b->own_kernel;
	for (size_t i = 0; i < b->n; i++)
		a->v[i].v[k] = (struct attempt_result){ as[b->v[i].outcome], xstrdup(b->v[i].code), xstrdup(b->v[i].text) };
}

static void cell(const struct attempts *a, size_t i, size_t k, char buf[CELL_MAX])
{
	const char *code = a->v[i].v[k].code;
	snprintf(buf, CELL_MAX, "%s%s%s", attempt_words[attempts_end(a, i, k)], code ? " " : "", code ? code : "");
}

static int width_of(const struct attempts *a, size_t k)
{
	int width = (int)strlen(a->arms[k].label);
	for (size_t i = 0; i < a->n; i++) {
		char buf[CELL_MAX];
		cell(a, i, k, buf);
		width = (int)strlen(buf) > width ? (int)strlen(buf) : width;
	}
	return width;
}

/* The last column has no blanks behind it. */
static void put(const char *text, int width, bool last)
{
	printf("  %-*s", last ? 0 : width, text);
}

static void counts(const struct attempts *a)
{
	static const enum attempt_end order[] = { ATTEMPT_HELD, ATTEMPT_ESCAPED, ATTEMPT_OWN_KERNEL, ATTEMPT_ODD, ATTEMPT_NA };
	for (size_t o = 0; o < sizeof(order) / sizeof(*order); o++) {
		printf("%-*s", NAME_WIDTH, attempt_words[order[o]]);
		for (size_t k = 0; k < a->n_arms; k++) {
			char buf[16];
			snprintf(buf, sizeof(buf), "%u", attempts_count(a, k, order[o]));
			put(buf, width_of(a, k), k + 1 == a->n_arms);
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

void isolation_table(const struct attempts *a)
{
	printf("%-*s", NAME_WIDTH, "attempt");
	for (size_t k = 0; k < a->n_arms; k++)
		put(a->arms[k].label, width_of(a, k), k + 1 == a->n_arms);
	putchar('\n');
	for (size_t i = 0; i < a->n; i++) {
		printf("%-*s", NAME_WIDTH, a->v[i].name);
		for (size_t k = 0; k < a->n_arms; k++) {
			char buf[CELL_MAX];
			cell(a, i, k, buf);
			put(buf, width_of(a, k), k + 1 == a->n_arms);
		}
		putchar('\n');
	}
	putchar('\n');
	counts(a);
	legend();
}

void isolation_long(const struct attempts *a)
{
	for (size_t i = 0; i < a->n; i++) {
		printf("%s\n    tries:    %s\n    held by:  %s\n", a->v[i].name, a->v[i].tries, a->v[i].held_by);
		for (size_t k = 0; k < a->n_arms; k++) {
			char buf[CELL_MAX];
			const char *text = a->v[i].v[k].text;
			cell(a, i, k, buf);
			printf("    %s: %s%s%s\n", a->arms[k].label, buf, text ? ", " : "", text ? text : "");
		}
	}
	putchar('\n');
	counts(a);
	legend();
}
