/* SPDX-License-Identifier: GPL-3.0-or-later */
/* warnings.c - the warnings of a run, those that several arms share said once. */
#include "model/run.h"

#include "base/cleanup.h"

#include <string.h>

/* What "ARM: text" says, or NULL when it is of no arm. */
static const char *said_of(const struct run *r, const char *warning, size_t *ret_arm)
{
	for (size_t a = 0; a < r->n_arms; a++) {
		size_t n = strlen(r->arms[a].name);
		if (strncmp(warning, r->arms[a].name, n) == 0 && strncmp(warning + n, ": ", 2) == 0) {
			*ret_arm = a;
			return warning + n + 2;
		}
	}
	return NULL;
}

/* Whether an earlier one says the same. */
static bool is_said(const struct run *r, size_t i, const char *text)
{
	size_t arm;
	for (size_t k = 0; k < i; k++) {
		const char *other = said_of(r, r->warnings.v[k], &arm);
		if (other && strcmp(other, text) == 0)
			return true;
	}
	return false;
}

void run_warnings(const struct run *r, struct strv *ret)
{
	for (size_t i = 0; i < r->warnings.n; i++) {
		size_t arm;
		const char *text = said_of(r, r->warnings.v[i], &arm);
		if (!text) {
			strv_add(ret, r->warnings.v[i]);
			continue;
		}
		if (is_said(r, i, text))
			continue;
		cleanup(str_free) struct str names = { 0 };
		for (size_t k = i; k < r->warnings.n; k++) {
			const char *other = said_of(r, r->warnings.v[k], &arm);
			if (other && strcmp(other, text) == 0)
				str_addf(&names, "%s%s", names.len ? ", " : "", r->arms[arm].name);
		}
		strv_addf(ret, "%s: %s", names.s, text);
	}
}
