/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite_twins.c - arms that are run against themselves: the A/A control. */
#include "model/suite_parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

static struct suite_arm *find(const struct suite *s, const char *name)
{
	for (size_t i = 0; i < s->n_arms; i++)
		if (strcmp(s->arms[i].name, name) == 0)
			return &s->arms[i];
	return NULL;
}

void suite_keep_aa(struct suite *s)
{
	struct strv kept = { 0 };
	for (size_t i = 0; i < s->aa.n; i++)
		if (find(s, s->aa.v[i]) && !strv_has(&kept, s->aa.v[i]))
			strv_add(&kept, s->aa.v[i]);
	strv_free(&s->aa);
	s->aa = kept;
}

int suite_set_aa(struct suite *s, const char *names, struct err *err)
{
	cleanup(strv_free) struct strv l = { 0 };
	int r = names ? suite_arm_names(s, names, &l, err) : 0;
	if (r < 0)
		return r;
	strv_free(&s->aa);
	for (size_t i = 0; i < l.n; i++)
		strv_add(&s->aa, l.v[i]);
	suite_keep_aa(s);
	return 0;
}

int suite_add_twins(struct suite *s, struct err *err)
{
	for (size_t i = 0; i < s->aa.n; i++) {
		cleanup_free char *name = xasprintf("%s-aa", s->aa.v[i]);
		if (find(s, name))
			return err_setf(err, -EINVAL, "%s:%d: arm %s has the name that the twin of %s is to have; give it another, or leave the A/A "
			                "control out", s->file, find(s, name)->line, name, s->aa.v[i]);
		s->arms = xrealloc(s->arms, s->n_arms + 1, sizeof(*s->arms));
		const struct suite_arm *a = find(s, s->aa.v[i]);
		struct suite_arm twin = { .name = xstrdup(name), .driver = xstrdup(a->driver), .twin_of = xstrdup(a->name), .line = a->line };
		kvs_copy(&twin.options, &a->options);
		s->arms[s->n_arms++] = twin;
		s->n_twins++;
	}
	return 0;
}
