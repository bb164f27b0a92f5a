/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite_select.c - a suite's life as a value: choosing from it, freeing it. */
#include "model/suite_parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void arm_free(struct suite_arm *a)
{
	free(a->name);
	free(a->driver);
	free(a->adds);
	free(a->twin_of);
	kvs_free(&a->options);
	*a = (struct suite_arm){ 0 };
}

static void workload_free(struct suite_workload *w)
{
	free(w->name);
	kvs_free(&w->params);
	*w = (struct suite_workload){ 0 };
}

static size_t find_arm(const struct suite *s, const char *name)
{
	size_t i = 0;
	while (i < s->n_arms && (!s->arms[i].name || strcmp(s->arms[i].name, name) != 0))
		i++;
	return i;
}

static size_t find_workload(const struct suite *s, const char *name)
{
	size_t i = 0;
	while (i < s->n_workloads && (!s->workloads[i].name || strcmp(s->workloads[i].name, name) != 0))
		i++;
	return i;
}

static bool is_arm(const char *name, const void *suite)
{
	const struct suite *s = suite;
	return find_arm(s, name) < s->n_arms;
}

void suite_keep_arms(struct suite *s, const struct strv *names)
{
	struct suite_arm *kept = xcalloc(names->n, sizeof(*kept));
	size_t n = 0;
	for (size_t i = 0; i < names->n; i++) {
		size_t at = find_arm(s, names->v[i]);
		if (at == s->n_arms)
			continue;       /* named twice */
		kept[n++] = s->arms[at];
		s->arms[at] = (struct suite_arm){ 0 };
	}
	for (size_t i = 0; i < s->n_arms; i++)
		arm_free(&s->arms[i]);
	free(s->arms);
	s->arms = kept;
	s->n_arms = n;
	ladder_keep(&s->ladder, is_arm, s);
	suite_keep_aa(s);
}

void suite_keep_workloads(struct suite *s, const struct strv *names)
{
	struct suite_workload *kept = xcalloc(names->n, sizeof(*kept));
	size_t n = 0;
	for (size_t i = 0; i < names->n; i++) {
		size_t at = find_workload(s, names->v[i]);
		if (at == s->n_workloads)
			continue;
		kept[n++] = s->workloads[at];
		s->workloads[at] = (struct suite_workload){ 0 };
	}
	for (size_t i = 0; i < s->n_workloads; i++)
		workload_free(&s->workloads[i]);
	free(s->workloads);
	s->workloads = kept;
	s->n_workloads = n;
}

int suite_arm_names(const struct suite *s, const char *list, struct strv *ret, struct err *err)
{
	strv_split(ret, list, ",");
	for (size_t i = 0; i < ret->n; i++) {
		if (find_arm(s, ret->v[i]) < s->n_arms)
			continue;
		err_setf(err, -ENOENT, "suite %s has no arm '%s'; it has:", s->name, ret->v[i]);
		for (size_t k = 0; k < s->n_arms; k++)
			err_addf(err, " %s", s->arms[k].name);
		return -ENOENT;
	}
	return ret->n ? 0 : err_setf(err, -ENOENT, "no arm was named");
}

int suite_select_arms(struct suite *s, const char *list, struct err *err)
{
	cleanup(strv_free) struct strv names = { 0 };
	int r = suite_arm_names(s, list, &names, err);
	if (r == 0)
		suite_keep_arms(s, &names);
	return r;
}

int suite_select_workloads(struct suite *s, const char *list, struct err *err)
{
	cleanup(strv_free) struct strv names = { 0 };
	strv_split(&names, list, ",");
	for (size_t i = 0; i < names.n; i++) {
		if (find_workload(s, names.v[i]) < s->n_workloads)
			continue;
		err_setf(err, -ENOENT, "suite %s has no workload '%s'; it has:", s->name, names.v[i]);
		for (size_t k = 0; k < s->n_workloads; k++)
			err_addf(err, " %s", s->workloads[k].name);
		return -ENOENT;
	}
	if (!names.n)
		return err_setf(err, -ENOENT, "no workload was named");
	suite_keep_workloads(s, &names);
	return 0;
}

void suite_apply_adaptive(struct suite *s)
{
	for (size_t i = 0; s->adaptive.on && i < s->n_workloads; i++) {
		unsigned cap = s->max_launches ? s->max_launches : ADAPTIVE_CAP * s->workloads[i].launches;
		cap = cap > ADAPTIVE_MOST ? ADAPTIVE_MOST : cap;
		s->workloads[i].launches = cap < s->adaptive.min_launches ? s->adaptive.min_launches : cap;
	}
}

void suite_free(struct suite *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_arms; i++)
		arm_free(&s->arms[i]);
	for (size_t i = 0; i < s->n_workloads; i++)
		workload_free(&s->workloads[i]);
	free(s->arms);
	free(s->workloads);
	ladder_free(&s->ladder);
	strv_free(&s->aa);
	free(s->file);
	free(s->name);
	free(s->description);
	free(s);
}
