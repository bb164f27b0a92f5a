/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.c - the run directory. */
#include "store/store.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "store/json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

void store_utc_now(char ret[32])
{
	time_t t = time(NULL);
	struct tm tm;
	strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
}

/* "20261123T093000Z-myhost-standard"; characters of a host name that a path should not have become '_'. */
static char *run_id(const struct run *run)
{
	time_t t = time(NULL);
	struct tm tm;
	char utc[32];
	strftime(utc, sizeof(utc), "%Y%m%dT%H%M%SZ", gmtime_r(&t, &tm));
	const char *host = kvs_get(&run->host_before, "host.name");
	char *id = xasprintf("%s-%s-%s", utc, run_is_imported(run) ? RUN_IMPORTED : host ? host : "host", run->suite);
	for (char *s = id; *s; s++)
		if (*s == '/' || *s <= ' ')
			*s = '_';
	return id;
}

static int open_files(const char *dir, struct store *ret, struct err *err)
{
	cleanup_free char *journal = xasprintf("%s/journal.jsonl", dir), *lock = xasprintf("%s/.lock", dir);
	cleanup(fd_closep) int lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (lock_fd < 0)
		return err_sysf(err, -errno, "%s", lock);
	if (flock(lock_fd, LOCK_EX | LOCK_NB) < 0)
		return err_setf(err, -EBUSY, "%s: another isocost is writing this run", dir);
	cleanup(fd_closep) int fd = open(journal, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sysf(err, -errno, "%s", journal);
	*ret = (struct store){ .dir = xstrdup(dir), .journal = fd_steal(&fd), .lock = fd_steal(&lock_fd) };
	return 0;
}

int store_create(const char *results, struct run *run, struct store *ret, struct err *err)
{
	int r = fs_mkdirs(results, 0755);
	char real[PATH_MAX];
	if (r < 0 || !realpath(results, real))
		return err_sysf(err, r < 0 ? r : -errno, "can't make the results directory %s (-o names another)", results);
	cleanup_free char *base = run_id(run), *id = xstrdup(base);
	cleanup_free char *dir = xasprintf("%s/%s", real, id);
	for (int i = 2; mkdir(dir, 0755) < 0; i++) {
		if (errno != EEXIST || i > 1000)
			return err_sysf(err, -errno, "can't make the run directory %s", dir);
		free(id);
		free(dir);
		id = xasprintf("%s-%d", base, i);
		dir = xasprintf("%s/%s", real, id);
	}
	struct store s = { .journal = -1, .lock = -1 };
	run->dir = xstrdup(dir);
	run->id = ptr_steal(&id);
	r = open_files(dir, &s, err);
	if (r == 0)
		r = store_put_run(&s, run, err);
	if (r < 0) {
		/* Nothing was written that could be gone on with. */
		store_close(&s);
		fs_rmtree(dir);
		return r;
	}
	*ret = s;
	return 0;
}

/* A session that was killed while it wrote leaves a last line without its end. */
static int cut_torn_line(int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	off_t end = st.st_size;
	for (char c; end > 0; end--) {
		if (pread(fd, &c, 1, end - 1) != 1)
			return -errno;
		if (c == '\n')
			break;
	}
	return end != st.st_size && ftruncate(fd, end) < 0 ? -errno : 0;
}

int store_reopen(const char *dir, struct store *ret, struct err *err)
{
	char real[PATH_MAX];
	if (!realpath(dir, real))
		return err_sysf(err, -errno, "run directory %s", dir);
	struct store s;
	int r = open_files(real, &s, err);
	if (r < 0)
		return r;
	r = cut_torn_line(s.journal);
	if (r < 0) {
		store_close(&s);
		return err_sysf(err, r, "%s/journal.jsonl", dir);
	}
	*ret = s;
	return 0;
}

int store_put_run(const struct store *s, const struct run *run, struct err *err)
{
	json_t *o = json_from_run(run);
	cleanup_free char *text = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER), *path = xasprintf("%s/run.json", s->dir);
	json_decref(o);
	if (!text)
		return err_setf(err, -EINVAL, "%s: a fact of this host or an arm is not UTF-8", path);
	int r = fs_replace(path, text, strlen(text), 0644);
	return r < 0 ? err_sysf(err, r, "can't write %s", path) : 0;
}

static int add_line(const struct launch *l, struct str *b, struct err *err)
{
	json_t *o = json_from_launch(l);
	cleanup_free char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(o);
	if (!text)
		return err_setf(err, -EINVAL, "launch %u of %s in %s can't be written as JSON", l->number, l->workload, l->arm);
	str_addf(b, "%s\n", text);
	return 0;
}

int store_append_all(struct store *s, const struct launch *l, size_t n, struct err *err)
{
	cleanup(str_free) struct str b = { 0 };
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_line(&l[i], &b, err);
	if (r < 0)
		return r;
	r = fs_write_all(s->journal, str_get(&b), b.len);
	if (r == 0 && fdatasync(s->journal) < 0)
		r = -errno;
	return r < 0 ? err_sysf(err, r, "can't write %s/journal.jsonl", s->dir) : 0;
}

int store_append(struct store *s, const struct launch *l, struct err *err)
{
	return store_append_all(s, l, 1, err);
}

void store_close(struct store *s)
{
	if (!s->dir)
		return;
	cleanup_free char *lock = xasprintf("%s/.lock", s->dir);
	unlink(lock);
	close(s->journal);
	close(s->lock);
	free(s->dir);
	*s = (struct store){ .journal = -1, .lock = -1 };
}
