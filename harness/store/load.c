/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load.c - a run read back from its directory. */
#include "store/store.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "store/attempts.h"
#include "store/json.h"
#include "store/line.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#define NEIGHBOURS 5

/* The runs that stand where one was looked for, the last ones. */
static void add_neighbours(const char *dir, struct err *err)
{
	const char *slash = strrchr(dir, '/');
	cleanup_free char *parent = !slash ? xstrdup(".") : xstrndup(dir, (size_t)(slash - dir)), *pattern = xasprintf("%s/*/run.json", parent);
	glob_t g = { 0 };
	if (glob(pattern, 0, NULL, &g) == 0)
		for (size_t i = g.gl_pathc > NEIGHBOURS ? g.gl_pathc - NEIGHBOURS : 0, first = i; i < g.gl_pathc; i++)
			err_addf(err, "%s %.*s", i == first ? ". There are:" : "", (int)(strlen(g.gl_pathv[i]) - strlen("/run.json")), g.gl_pathv[i]);
	globfree(&g);
}

static int load_run(const char *path, struct run *run, struct err *err)
{
	json_error_t e;
	if (!fs_exists(path)) {
		cleanup_free char *dir = xstrndup(path, strlen(path) - strlen("/run.json"));
		err_setf(err, -ENOENT, "%s: no such file; expected the directory of a run", path);
		add_neighbours(dir, err);
		return -ENOENT;
	}
	json_t *o = json_load_file(path, 0, &e);
	if (!o)
		return err_setf(err, -EINVAL, "%s:%d: %s", path, e.line, e.text);
	int r = json_to_run(o, run, err);
	json_decref(o);
	if (r < 0)
		err_wrapf(err, "%s", path);
	return r;
}

/* Where the next launch goes: it is large, and so is made there. It counts when it is read. */
static struct launch *next_launch(struct run *run)
{
	if ((run->n_launches & (run->n_launches + 1)) == 0)
		run->launches = xrealloc(run->launches, 2 * (run->n_launches + 1), sizeof(*run->launches));
	return &run->launches[run->n_launches];
}

static int load_launch(const char *line, size_t len, struct launch *ret, struct err *err)
{
	json_error_t e;
	if (line_to_launch(line, len, ret))
		return 0;
	json_t *o = json_loadb(line, len, 0, &e);
	int r = o ? json_to_launch(o, ret, err) : err_setf(err, -EINVAL, "%s", e.text);
	json_decref(o);
	return r;
}

/* Line by line: what is in memory is one line and what `each` leaves of the launches. */
int store_read_journal(const char *name, FILE *f, store_each *each, struct run *run, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t cap = 0;
	errno = 0;
	ssize_t len;
	/* A last line without its end was torn by a kill: the launch was not finished. */
	for (int line = 1; (len = getline(&text, &cap, f)) > 0 && text[len - 1] == '\n'; line++) {
		struct launch *l = next_launch(run);
		int r = load_launch(text, (size_t)len, l, err);
		if (r < 0) {
			err_wrapf(err, "%s:%d", name, line);
			return r;
		}
		if (each)
			each(l);
		run->n_launches++;
	}
	return ferror(f) ? err_sysf(err, errno ? -errno : -EIO, "%s", name) : 0;
}

static void file_closep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static int load_journal(const char *path, store_each *each, struct run *run, struct err *err)
{
	cleanup(file_closep) FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : err_sysf(err, -errno, "%s", path);
	setvbuf(f, NULL, _IOFBF, 1 << 18);
	return store_read_journal(path, f, each, run, err);
}

int store_load_each(const char *dir, store_each *each, struct run **ret, struct err *err)
{
	cleanup_free char *base = xstrdup(dir);
	size_t len = strlen(base), tail = strlen("/run.json");
	if (len > tail && strcmp(base + len - tail, "/run.json") == 0)
		base[len - tail] = '\0';
	cleanup_free char *run_path = xasprintf("%s/run.json", base), *journal = xasprintf("%s/journal.jsonl", base);
	cleanup(run_freep) struct run *run = xcalloc(1, sizeof(*run));
	int r = load_run(run_path, run, err);
	if (r == 0)
		r = load_journal(journal, each, run, err);
	if (r == 0)
		r = attempts_load(base, &run->attempts, err);
	if (r < 0)
		return r;
	run->dir = realpath(base, NULL);
	*ret = ptr_steal(&run);
	return 0;
}

int store_load(const char *dir, struct run **ret, struct err *err)
{
	return store_load_each(dir, NULL, ret, err);
}
