/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finding.c - findings: the list, as text, as JSON. */
#include "report/finding.h"

#include "base/cleanup.h"
#include "store/json.h"

#include <errno.h>
#include <string.h>

const char *const finding_verdict_names[FOUND_COUNT] = { "ok", "warning", "fail" };

void findings_free(struct findings *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].check);
		free(l->v[i].what);
		free(l->v[i].effect);
		free(l->v[i].mend);
		strv_free(&l->v[i].details);
	}
	free(l->v);
	*l = (struct findings){ 0 };
}

struct finding *findings_add(struct findings *l, const char *check, enum finding_verdict verdict, char *what, const char *effect, const char *mend)
{
	bool ok = verdict == FOUND_OK;
	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n] = (struct finding){ .check = xstrdup(check), .verdict = verdict, .what = what, .effect = ok ? NULL : xstrdup(effect),
	                               .mend = ok ? NULL : xstrdup(mend) };
	return &l->v[l->n++];
}

size_t findings_count(const struct findings *l, enum finding_verdict verdict)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].verdict == verdict;
	return n;
}

const struct finding *findings_get(const struct findings *l, const char *check)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].check, check) == 0)
			return &l->v[i];
	return NULL;
}

void finding_write(const struct finding *f, bool colour, FILE *to)
{
	static const char *const paint[FOUND_COUNT] = { "\033[32m", "\033[33m", "\033[31m" };
	fprintf(to, "%s%-8s%s %s\n", colour ? paint[f->verdict] : "", finding_verdict_names[f->verdict], colour ? "\033[0m" : "", f->what);
	if (f->effect)
		fprintf(to, "           effect: %s\n", f->effect);
	if (f->mend)
		fprintf(to, "           mend:   %s\n", f->mend);
	for (size_t i = 0; i < f->details.n; i++)
		fprintf(to, "           %s\n", f->details.v[i]);
}

static json_t *text(const char *s)
{
	json_t *v = s ? json_string(s) : json_null();
	return v ? v : json_string("(not UTF-8)");
}

static json_t *finding_json(const struct finding *f)
{
	json_t *details = json_array();
	for (size_t i = 0; i < f->details.n; i++)
		json_array_append_new(details, text(f->details.v[i]));
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "check", f->check, "verdict", finding_verdict_names[f->verdict], "what", text(f->what),
	                 "effect", text(f->effect), "mend", text(f->mend), "details", details);
}

int findings_write_json(const struct findings *l, const struct kvs *facts, FILE *to)
{
	json_t *checks = json_array(), *counts = json_object();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(checks, finding_json(&l->v[i]));
	for (int v = 0; v < FOUND_COUNT; v++)
		json_object_set_new(counts, finding_verdict_names[v], json_integer((json_int_t)findings_count(l, (enum finding_verdict)v)));
	json_t *o = json_pack("{s:i, s:o, s:o, s:o}", "schema", 1, "counts", counts, "checks", checks, "facts", json_from_kvs(facts));
	int r = json_dumpf(o, to, JSON_INDENT(2)) < 0 || putc('\n', to) < 0 ? -EIO : 0;
	json_decref(o);
	return r;
}
