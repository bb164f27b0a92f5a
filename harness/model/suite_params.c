/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite_params.c - the parameters of a suite's workloads, checked against the registry. */
#include "model/suite_parts.h"

#include <errno.h>
#include <string.h>

static bool param_fits(const struct param *d, const char *val)
{
	uint64_t u;
	double s;
	struct strv choices = { 0 };
	bool fits = false;
	switch (d->type) {
	case PARAM_SIZE: fits = parse_size(val, &u) == 0 && param_allows(d, u); break;
	case PARAM_COUNT: fits = parse_u64(val, &u) == 0 && param_allows(d, u); break;
	case PARAM_SECONDS: fits = parse_duration(val, &s) == 0; break;
	case PARAM_CHOICE:
		strv_split(&choices, d->choices, " ");
		fits = strv_has(&choices, val);
		strv_free(&choices);
		break;
	}
	return fits;
}

static const char *param_expects(const struct param *d)
{
	static const char *const text[] = {
		[PARAM_SIZE] = "a size such as 4KiB",
		[PARAM_COUNT] = "a whole number",
		[PARAM_SECONDS] = "a duration such as 0.5s",
	};
	return d->type == PARAM_CHOICE ? d->choices : text[d->type];
}

int suite_resolve_params(struct suite_workload *w, const char *file, struct err *err)
{
	for (size_t i = 0; i < w->params.n; i++) {
		const struct kv *kv = &w->params.v[i];
		const struct param *d = workload_param(w->workload, kv->key);
		if (!d) {
			struct str b = { 0 };
			for (d = w->workload->params; d->name; d++)
				str_addf(&b, " %s", d->name);
			err_setf(err, -EINVAL, "%s:%d: unknown parameter '%s' of workload %s; expected one of: launches workload%s",
			         file, kv->line, kv->key, w->name, str_get(&b));
			str_free(&b);
			return -EINVAL;
		}
		char limits[128];
		param_limits(d, limits, sizeof(limits));
		if (!param_fits(d, kv->val))
			return err_setf(err, -EINVAL, "%s:%d: %s = %s: expected %s%s%s", file, kv->line, kv->key, kv->val,
			                d->type == PARAM_CHOICE ? "one of: " : "", param_expects(d), limits);
	}
	struct kvs all = { 0 };
	for (const struct param *d = w->workload->params; d->name; d++) {
		const char *val = kvs_get(&w->params, d->name);
		kvs_set(&all, d->name, val ? val : d->def, 0);
	}
	kvs_free(&w->params);
	w->params = all;
	return 0;
}
