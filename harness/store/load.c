/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load.c - a run read back from its directory. */
#include "store/store.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "store/json.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int load_run(const char *path, struct run *run, struct err *err)
{
	json_error_t e;
	if (!fs_exists(path))
		return err_setf(err, -ENOENT, "%s: no such file; expected the directory of a run", path);
	json_t *o = json_load_file(path, 0, &e);
	if (!o)
		return err_setf(err, -EINVAL, "%s:%d: %s", path, e.line, e.text);
	int r = json_to_run(o, run, err);
	json_decref(o);
	if (r < 0)
		err_wrapf(err, "%s", path);
	return r;
}

static void add_launch(struct run *run, struct launch *l)
{
	if ((run->n_launches & (run->n_launches + 1)) == 0)
		run->launches = xrealloc(run->launches, 2 * (run->n_launches + 1), sizeof(*run->launches));
	run->launches[run->n_launches++] = *l;
}

static int load_journal(const char *path, struct run *run, struct err *err)
{
	cleanup_free char *text = NULL;
	int r = fs_read(path, &text, NULL);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sysf(err, r, "%s", path);
	int line = 1;
	for (char *s = text, *end; *s; s = end + 1, line++) {
		end = strchr(s, '\n');
		if (!end)
			return 0;       /* torn by a kill: the launch was not finished */
		json_error_t e;
		json_t *o = json_loadb(s, (size_t)(end - s), 0, &e);
		struct launch l;
		r = o ? json_to_launch(o, &l, err) : err_setf(err, -EINVAL, "%s", e.text);
		json_decref(o);
		if (r < 0) {
			err_wrapf(err, "%s:%d", path, line);
			return r;
		}
		add_launch(run, &l);
	}
	return 0;
}

int store_load(const char *dir, struct run **ret, struct err *err)
{
	cleanup_free char *base = xstrdup(dir);
	size_t len = strlen(base), tail = strlen("/run.json");
	if (len > tail && strcmp(base + len - tail, "/run.json") == 0)
		base[len - tail] = '\0';
	cleanup_free char *run_path = xasprintf("%s/run.json", base), *journal = xasprintf("%s/journal.jsonl", base);
	cleanup(run_freep) struct run *run = xcalloc(1, sizeof(*run));
	int r = load_run(run_path, run, err);
	if (r == 0)
		r = load_journal(journal, run, err);
	if (r < 0)
		return r;
	run->dir = realpath(base, NULL);
	*ret = ptr_steal(&run);
	return 0;
}
