/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gathered.c - runs of many hosts in one directory. */
#include "store/gathered.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "store/gathered_parts.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void gathered_free(struct gathered *g)
{
	for (size_t i = 0; i < g->n; i++) {
		struct gathered_run *r = &g->v[i];
		char *texts[] = { r->dir, r->host, r->cpu, r->id, r->started };
		for (size_t k = 0; k < sizeof(texts) / sizeof(*texts); k++)
			free(texts[k]);
	}
	free(g->v);
	strv_free(&g->against);
	*g = (struct gathered){ 0 };
}

static int look_at_journal(const char *dir, char sha256[SHA256_HEX], struct err *err)
{
	cleanup_free char *path = xasprintf("%s/journal.jsonl", dir);
	cleanup(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : sha256_fd(fd, sha256);
	off_t size = r < 0 ? 0 : lseek(fd, 0, SEEK_END);
	char last = '\n';
	if (r == 0 && size > 0 && pread(fd, &last, 1, size - 1) != 1)
		r = -errno;
	if (r < 0)
		return err_sysf(err, r, "%s", path);
	if (last != '\n')
		return err_setf(err, -EINVAL, "%s: the last line is torn: the run was killed; `isocost run --resume %s` mends it", path, dir);
	return 0;
}

int gathered_add(struct gathered *g, const char *dir, const struct run *run, struct err *err)
{
	struct gathered_run r = { 0 };
	int e = look_at_journal(dir, r.sha256, err);
	if (e < 0)
		return e;
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->v[i].sha256, r.sha256) == 0)
			return err_setf(err, -EEXIST, "%s and %s are the same run: their journals are equal; leave one out", g->v[i].dir, dir);
	const char *host = kvs_get(&run->host_before, "host.name"), *cpu = kvs_get(&run->host_before, "cpu.model");
	r.dir = xstrdup(dir);
	r.host = xstrdup(host && *host ? host : "host");
	r.cpu = xstrdup(cpu ? cpu : "");
	r.id = xstrdup(run->id);
	r.started = xstrdup(run->started);
	r.launches = run->n_launches;
	g->v = xrealloc(g->v, g->n + 1, sizeof(*g->v));
	g->v[g->n++] = r;
	return 0;
}

/* A name that is one part of a path, whatever the host or the file says. */
static char *part(const char *name)
{
	char *s = xstrdup(*name ? name : "_");
	for (char *c = s; *c; c++)
		if (*c == '/' || *c <= ' ' || (c == s && *c == '.'))
			*c = '_';
	return s;
}

/* <host>/<id>, and -2 … behind it where another run has the name. */
static char *place_of(const char *to, const struct gathered_run *r)
{
	cleanup_free char *host = part(r->host), *id = part(r->id);
	char *place = xasprintf("%s/%s", host, id);
	for (unsigned i = 2;; i++) {
		cleanup_free char *path = xasprintf("%s/%s", to, place);
		if (!fs_exists(path))
			return place;
		free(place);
		place = xasprintf("%s/%s-%u", host, id, i);
	}
}

int gathered_copy(const char *from, const char *to, bool journal, struct err *err)
{
	DIR *d = opendir(from);
	int r = d ? fs_mkdirs(to, 0755) : -errno;
	if (r < 0)
		err_sysf(err, r, "can't copy %s to %s", from, to);
	for (struct dirent *e; r == 0 && (e = readdir(d));) {
		if (*e->d_name == '.' || (!journal && strcmp(e->d_name, "journal.jsonl") == 0))
			continue;
		cleanup_free char *a = xasprintf("%s/%s", from, e->d_name), *b = xasprintf("%s/%s", to, e->d_name);
		struct stat st;
		if (lstat(a, &st) < 0)
			r = err_sysf(err, -errno, "%s", a);
		else if (S_ISDIR(st.st_mode))
			r = gathered_copy(a, b, journal, err);
		else if (!S_ISREG(st.st_mode))
			r = err_setf(err, -EINVAL, "%s: expected a file or a directory", a);
		else if ((r = fs_copy(a, b, st.st_mode & 0777)) < 0)
			err_sysf(err, r, "can't copy %s to %s", a, b);
	}
	if (d)
		closedir(d);
	return r;
}

static int copy_all(const struct gathered *g, const char *to, json_t *runs, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < g->n && r == 0; i++) {
		const struct gathered_run *x = &g->v[i];
		cleanup_free char *place = place_of(to, x), *path = xasprintf("%s/%s", to, place);
		r = gathered_copy(x->dir, path, true, err);
		json_array_append_new(runs, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "dir", place, "host", x->host, "cpu", x->cpu, "id",
		                                      x->id, "started", x->started, "launches", (json_int_t)x->launches,
		                                      "journal_sha256", x->sha256));
	}
	return r;
}

int gathered_begin(const char *to, char **ret_tmp, struct err *err)
{
	cleanup_free char *tmp = xasprintf("%s.new", to);
	while (strlen(tmp) > 5 && tmp[strlen(tmp) - 5] == '/')          /* "DIR/.new" would be in a directory that is not there */
		memmove(tmp + strlen(tmp) - 5, tmp + strlen(tmp) - 4, 5);
	if (fs_exists(to))
		return err_setf(err, -EEXIST, "%s is there already; expected a directory that is not", to);
	if (mkdir(tmp, 0755) < 0)
		return err_sysf(err, -errno, "can't make %s", tmp);
	*ret_tmp = ptr_steal(&tmp);
	return 0;
}

int gathered_end(int r, const char *tmp, const char *to, struct err *err)
{
	if (r == 0 && rename(tmp, to) < 0)
		r = err_sysf(err, -errno, "can't rename %s to %s", tmp, to);
	if (r < 0)
		fs_rmtree(tmp);
	return r;
}

int gathered_put_json(json_t *o, const char *path, struct err *err)
{
	cleanup_free char *text = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	int r = text ? fs_replace(path, text, strlen(text), 0644) : -EINVAL;
	return r < 0 ? err_sysf(err, r, "can't write %s", path) : 0;
}

int gathered_write(const struct gathered *g, const struct run *first, const char *to, struct err *err)
{
	cleanup_free char *tmp = NULL;
	char now[32];
	int r = gathered_begin(to, &tmp, err);
	if (r < 0)
		return r;
	json_t *runs = json_array(), *against = json_array();
	for (size_t i = 0; i < g->against.n; i++)
		json_array_append_new(against, json_string(g->against.v[i]));
	r = copy_all(g, tmp, runs, err);
	store_utc_now(now);
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:o?, s:o, s:o}", "schema", GATHERED_SCHEMA, "made", now, "tool_version", ISOCOST_VERSION,
	                      "suite", first->suite, "isoload_sha256", first->isoload_sha256 ? json_string(first->isoload_sha256) : NULL,
	                      "forced", against, "runs", runs);
	cleanup_free char *path = xasprintf("%s/index.json", tmp);
	if (r == 0)
		r = gathered_put_json(o, path, err);
	json_decref(o);
	return gathered_end(r, tmp, to, err);
}

static int read_index(const char *dir, const char *path, struct strv *ret, struct err *err)
{
	json_error_t e;
	json_t *o = json_load_file(path, 0, &e), *v;
	if (!o)
		return err_setf(err, -EINVAL, "%s:%d: %s", path, e.line, e.text);
	int r = 0;
	size_t i;
	const json_t *runs = json_object_get(o, "runs");
	if (json_integer_value(json_object_get(o, "schema")) != GATHERED_SCHEMA || !json_array_size(runs))
		r = err_setf(err, -EINVAL, "%s: expected \"schema\" %d and \"runs\", a list", path, GATHERED_SCHEMA);
	json_array_foreach((json_t *)runs, i, v) {
		const char *place = json_string_value(json_object_get(v, "dir"));
		if (r == 0 && !place)
			r = err_setf(err, -EINVAL, "%s: run %zu has no \"dir\"", path, i + 1);
		else if (r == 0)
			strv_addf(ret, "%s/%s", dir, place);
	}
	json_decref(o);
	return r;
}

int gathered_dirs(const char *dir, struct strv *ret, struct err *err)
{
	cleanup_free char *run = xasprintf("%s/run.json", dir), *index = xasprintf("%s/index.json", dir);
	if (!fs_exists(run) && fs_exists(index))
		return read_index(dir, index, ret, err);
	strv_add(ret, dir);
	return 0;
}
