/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_journal.c - any text as a journal: refused with the line, or read, the same by the fast way past a tree and by the tree. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "store/json.h"
#include "store/store.h"

#include <string.h>

/* Without the fast way. */
static int by_the_tree(const char *line, size_t len, struct launch *ret)
{
	struct err err = { 0 };
	json_t *o = json_loadb(line, len, 0, NULL);
	int r = o ? json_to_launch(o, ret, &err) : -1;
	json_decref(o);
	return r;
}

/* Written and read again, a launch is the same. */
static void check(const struct launch *l, const char *line, size_t len)
{
	struct launch slow = { 0 };
	must(by_the_tree(line, len, &slow) == 0);
	json_t *a = json_from_launch(l), *b = json_from_launch(&slow);
	must(json_equal(a, b));
	json_decref(a);
	json_decref(b);
	launch_free(&slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err err = { 0 };
	cleanup(run_freep) struct run *run = xcalloc(1, sizeof(*run));
	FILE *f = len ? fmemopen((void *)data, len, "r") : NULL;
	if (!f)
		return 0;
	int r = store_read_journal("journal", f, NULL, run, &err);
	fclose(f);
	must(r == 0 || strncmp(err.msg, "journal:", 8) == 0);
	const char *line = (const char *)data;
	for (size_t i = 0; i < run->n_launches; i++) {
		const char *end = memchr(line, '\n', len - (size_t)(line - (const char *)data));
		must(end);
		check(&run->launches[i], line, (size_t)(end - line));
		line = end + 1;
	}
	return 0;
}
