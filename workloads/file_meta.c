/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_meta.c - files made, looked at, renamed and removed: the work of a file system that is not data. */
#include "load.h"
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSES_MAX = 5000 };

struct job {
	int dir;
	uint64_t files;
	bool flush;                     /* the directory, at the end of each step that changes it */
	char (*name)[SCRATCH_NAME], (*new_name)[SCRATCH_NAME];
	uint64_t sizes;                 /* of all files that were looked at: empty ones */
};

static int create_all(struct job *j)
{
	for (uint64_t i = 0; i < j->files; i++) {
		int fd = openat(j->dir, j->name[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 || close(fd) < 0)
			return -errno;
	}
	return j->flush && fsync(j->dir) < 0 ? -errno : 0;
}

static int stat_all(struct job *j)
{
	struct stat st;
	for (uint64_t i = 0; i < j->files; i++) {
		if (fstatat(j->dir, j->name[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		j->sizes += (uint64_t)st.st_size;
	}
	return 0;
}

static int rename_all(struct job *j)
{
	for (uint64_t i = 0; i < j->files; i++)
		if (renameat(j->dir, j->name[i], j->dir, j->new_name[i]) < 0)
			return -errno;
	return j->flush && fsync(j->dir) < 0 ? -errno : 0;
}

static int unlink_all(struct job *j)
{
	for (uint64_t i = 0; i < j->files; i++)
		if (unlinkat(j->dir, j->new_name[i], 0) < 0)
			return -errno;
	return j->flush && fsync(j->dir) < 0 ? -errno : 0;
}

static const struct step {
	const char *metric;
	int (*run)(struct job *j);
	char kind;                      /* of the files that there are after it; 0: none */
} steps[] = { { "create", create_all, 'a' }, { "stat", stat_all, 'a' }, { "rename", rename_all, 'b' }, { "unlink", unlink_all, 0 } };

enum { STEPS = sizeof(steps) / sizeof(*steps) };

/* What the directory says it holds: so many files of the kind and no other. The order is the file system's own, so it is a sum. */
static int list(struct load *l, const struct job *j, char kind)
{
	int fd = openat(j->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	uint64_t right = 0, others = 0, numbers = 0;
	if (!d)
		return load_failf(l, errno, "can't list the directory: %s", strerror(errno));
	for (struct dirent *e; (e = readdir(d));) {
		if (*e->d_name == '.')
			continue;
		right += *e->d_name == kind;
		others += *e->d_name != kind;
		numbers += strtoull(e->d_name + 1, NULL, 10);
	}
	closedir(d);
	uint64_t expected = kind ? j->files : 0;
	if (others || right != expected || (kind && numbers != expected * (expected - 1) / 2))
		return load_failf(l, EIO, "the directory holds %llu files and %llu others in place of %llu", (unsigned long long)right,
		                  (unsigned long long)others, (unsigned long long)expected);
	load_digest(l, &right, sizeof(right));
	load_digest(l, &numbers, sizeof(numbers));
	return 0;
}

/* First of all without a clock, with a look at the directory after each step. */
static int rehearse(struct load *l, struct job *j)
{
	int r = 0;
	for (const struct step *s = steps; s < steps + STEPS && r == 0; s++) {
		r = s->run(j);
		r = r < 0 ? load_failf(l, -r, "%s: %s", s->metric, strerror(-r)) : list(l, j, s->kind);
	}
	return r < 0 || !j->sizes ? r : load_failf(l, EIO, "new files are not empty");
}

static int one_pass(struct load *l, struct job *j, bool warmup)
{
	for (const struct step *s = steps; s < steps + STEPS; s++) {
		int64_t start = load_now();
		int r = s->run(j);
		int64_t end = load_now();
		r = r < 0 ? load_failf(l, -r, "%s: %s", s->metric, strerror(-r))
		          : load_interval(l, s->metric, warmup, start, end, (double)j->files);
		if (r < 0)
			return r;
	}
	return 0;
}

static int measure(struct load *l, struct job *j)
{
	j->dir = load_scratch_open_dir(l, j->files);
	int r = j->dir < 0 ? j->dir : rehearse(l, j);
	if (r == 0)
		r = one_pass(l, j, true);
	int64_t limit = load_now() + load_ns(load_seconds(l, "time"));
	for (int i = 0; r == 0 && i < PASSES_MAX && (i < LOAD_SAMPLES_MIN || load_now() < limit); i++)
		r = one_pass(l, j, false);
	return r < 0 || !j->sizes ? r : load_failf(l, EIO, "new files are not empty");
}

static int run(struct load *l)
{
	struct job j = { .dir = -1, .files = load_count(l, "files"), .flush = load_is(l, "flush", "directory") };
	j.name = calloc(j.files, sizeof(*j.name));
	j.new_name = calloc(j.files, sizeof(*j.new_name));
	for (uint64_t i = 0; j.name && j.new_name && i < j.files; i++) {
		load_scratch_name(j.name[i], 'a', i);
		load_scratch_name(j.new_name[i], 'b', i);
	}
	int r = j.name && j.new_name ? measure(l, &j) : load_failf(l, ENOMEM, "no memory for %llu names", (unsigned long long)j.files);
	load_scratch_close_dir(j.dir);
	free(j.name);
	free(j.new_name);
	return r;
}

const struct workload workload_file_meta = {
	.name = "file-meta",
	.resource = "file",
	.what = "empty files created, looked at, renamed and removed",
	.teaches = "What unpacking, building and mail queues do: names and inodes in the kernel's memory. A layer between the program and the "
	           "file system, as overlayfs or a shared directory, is paid for at each of them.",
	.needs_scratch = true,
	.metrics = {
		{ "create", "s", BETTER_LOWER, "one file made and closed, the mean over those of a pass", .mean = true },
		{ "stat", "s", BETTER_LOWER, "one file looked at by name, the mean over those of a pass", .mean = true },
		{ "rename", "s", BETTER_LOWER, "one file renamed within its directory, the mean over those of a pass", .mean = true },
		{ "unlink", "s", BETTER_LOWER, "one file removed, the mean over those of a pass", .mean = true },
	},
	.params = {
		{ "files", PARAM_COUNT, "200", NULL, "made in a pass, each step of which is a sample, 10 … 100000", .least = 10, .most = 100000 },
		{ "flush", PARAM_CHOICE, "no", "no directory", "directory: fsync of it ends each step but stat, in its time" },
		{ "time", PARAM_SECONDS, "300ms", NULL, "how long to measure, after one pass of warm-up; 3 to 5000 passes" },
	},
	.run = run,
};
