/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_suite.c - any text as a suite file: refused with the file's name and a line, or taken whole. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "model/suite.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_free char *text = xstrndup((const char *)data, len);
	struct suite *s = NULL;
	struct err err = { 0 };
	int r = suite_parse("a.suite", text, &s, &err);
	if (r < 0) {
		must(!s && err.code == r && strncmp(err.msg, "a.suite", 7) == 0);
		return 0;
	}
	must(s->n_arms > 0 && s->n_workloads > 0 && s->name);
	for (size_t i = 0; i < s->n_workloads; i++)
		must(s->workloads[i].name && s->workloads[i].workload);
	cleanup_free char *last = xstrdup(s->arms[s->n_arms - 1].name);
	must(suite_select_arms(s, last, &err) == 0 && s->n_arms == 1 && strcmp(s->arms[0].name, last) == 0);
	suite_free(s);
	return 0;
}
