/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json.h - launches and runs as JSON and back: the only place that knows the names in the files
 * (docs/results-format.md). New references are the caller's. */
#ifndef ISOCOST_STORE_JSON_H
#define ISOCOST_STORE_JSON_H

#include "model/launch.h"
#include "model/run.h"

#include <jansson.h>

json_t *json_from_kvs(const struct kvs *l);             /* an object of strings */
void json_to_kvs(const json_t *o, struct kvs *ret);     /* members that are not strings are skipped */

json_t *json_from_footprint(const struct footprint *f);
void json_to_footprint(const json_t *o, struct footprint *ret);

/* -EINVAL: not a histogram, or one of other bins than this program's. *ret is the caller's to free. */
json_t *json_from_histogram(const struct histogram *h);
int json_to_histogram(const json_t *o, struct histogram **ret, struct err *err);

json_t *json_from_launch(const struct launch *l);
/* -EINVAL when a field that must be there is missing or of another type. Times come back with the start request at 1 ns
 * (0 means "did not happen"); on failure *ret holds nothing. */
int json_to_launch(const json_t *o, struct launch *ret, struct err *err);

json_t *json_from_adaptive(const struct run *r);
void json_to_adaptive(const json_t *o, struct run *r);  /* NULL: the run is not adaptive; entries without names are skipped */
json_t *json_from_aa(const struct run_aa *v, size_t n);
void json_to_aa(const json_t *a, struct run *r);        /* sets r->aa; entries without names are skipped */

/* Of an imported run: what it was made of, and what its workloads measure. */
json_t *json_from_sources(const struct run *r);
void json_to_sources(const json_t *a, struct run *r);   /* sets r->sources */
json_t *json_from_own(const struct workload *w);
struct workload *json_to_own(const char *name, const json_t *a);        /* the caller's run_own_free */

/* run.json: everything of the run but its launches. */
json_t *json_from_run(const struct run *r);
int json_to_run(const json_t *o, struct run *ret, struct err *err);

#endif
