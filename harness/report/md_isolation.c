/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_isolation.c - what is bought with the cost: which attempts to get out of each arm it held. */
#include "report/md.h"

#include <string.h>

#define NAMES_MOST 12

static void counts_table(const struct attempts *a, struct str *b)
{
	static const enum attempt_end order[] = { ATTEMPT_ESCAPED, ATTEMPT_OWN_KERNEL, ATTEMPT_HELD, ATTEMPT_ODD, ATTEMPT_NA };
	str_addf(b, "| arm | reached the host | reached its own kernel only | held | held, not as expected | can't be tried |\n"
	            "|---|--:|--:|--:|--:|--:|\n");
	for (size_t k = 0; k < a->n_arms; k++) {
		str_addf(b, "| ");
		md_cell(b, a->arms[k].label);
		str_addf(b, " |");
		for (size_t o = 0; o < sizeof(order) / sizeof(*order); o++)
			if (order[o] == ATTEMPT_OWN_KERNEL && !a->arms[k].own_kernel)
				str_addf(b, " - |");
			else
				str_addf(b, " %u |", attempts_count(a, k, order[o]));
		str_addf(b, "\n");
	}
	str_addf(b, "\n");
}

/* What got out of an arm that was to hold it: by name where these are few. */
static void names_of(const struct attempts *a, size_t k, struct str *b)
{
	unsigned n = attempts_count(a, k, ATTEMPT_ESCAPED);
	const char *separator = ": ";
	if (!n || n > NAMES_MOST || strcmp(a->arms[k].driver, "host") == 0)
		return;
	str_addf(b, "What reached the host from **");
	md_cell(b, a->arms[k].label);
	str_addf(b, "**");
	for (size_t i = 0; i < a->n; i++) {
		if (attempts_end(a, i, k) != ATTEMPT_ESCAPED)
			continue;
		str_addf(b, "%s`%s` (", separator, a->v[i].name);
		md_cell(b, a->v[i].tries);
		str_addf(b, ")");
		separator = ", ";
	}
	str_addf(b, ".\n\n");
}

static void all_of_them(const struct attempts *a, struct str *b)
{
	str_addf(b, "<details><summary>Each attempt, and what came of it</summary>\n\n| attempt | tries to | held by |");
	for (size_t k = 0; k < a->n_arms; k++) {
		str_addf(b, " ");
		md_cell(b, a->arms[k].label);
		str_addf(b, " |");
	}
	str_addf(b, "\n|---|---|---|");
	for (size_t k = 0; k < a->n_arms; k++)
		str_addf(b, "---|");
	str_addf(b, "\n");
	for (size_t i = 0; i < a->n; i++) {
		const char *const cells[] = { a->v[i].name, a->v[i].tries, a->v[i].held_by };
		for (size_t c = 0; c < 3; c++) {
			str_addf(b, "| ");
			md_cell(b, cells[c]);
			str_addf(b, " ");
		}
		str_addf(b, "|");
		for (size_t k = 0; k < a->n_arms; k++) {
			enum attempt_end end = attempts_end(a, i, k);
			str_addf(b, end == ATTEMPT_ESCAPED ? " **reached the host**" : " %s", attempt_words[end]);
			if (a->v[i].v[k].code) {
				str_addf(b, " ");
				md_cell(b, a->v[i].v[k].code);
			}
			str_addf(b, " |");
		}
		str_addf(b, "\n");
	}
	str_addf(b, "\nAn errno or a signal behind *held* is what refused it. The last column but the arms' says which layers of the container are "
	            "each enough to hold it (docs/isolation.md).\n\n</details>\n\n");
}

static void teaches(const struct attempts *a, struct str *b)
{
	bool own = false;
	for (size_t k = 0; k < a->n_arms; k++)
		own = own || a->arms[k].own_kernel;
	str_addf(b, "*Lesson:* a container is as strong as the list of what it takes away, interface by interface, because it shares the "
	            "host's kernel%s.\n\n",
	         own ? "; a guest holds by having a kernel of its own, which its root may do with as it likes" : "");
	str_addf(b, "*Caveat:* interfaces are tried, not bugs: a hole in a system call that is let through is not found by this, and neither is one in "
	            "QEMU, which stands between a guest and the host. Each attempt was made once.\n\n");
}

void md_isolation(const struct report *r, const struct md_figures *f, struct str *b)
{
	const struct attempts *a = r->run->attempts;
	if (!a || !a->n || !a->n_arms)
		return;
	str_addf(b, "## What isolation buys\n\n%zu harmless attempts to get out of an arm, or at what should not be reached from in it, made in each by the "
	            "program that all of them run (`isocost isolation`, ", a->n);
	md_cell(b, a->tried);
	str_addf(b, "). The host is there to show that they work: a process that is not isolated gets what its user may.\n\n");
	md_picture(f, FIG_ISOLATION, b);
	counts_table(a, b);
	for (size_t k = 0; k < a->n_arms; k++)
		names_of(a, k, b);
	teaches(a, b);
	all_of_them(a, b);
}
