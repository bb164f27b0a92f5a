/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scratch.c - the scratch file of the file workloads. */
#include "scratch.h"
#include "facts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char scratch_path[4096];         /* "" when there is no file or directory */
static int scratch_dir = -1;            /* the directory, when it is one */
static uint64_t scratch_names;          /* that may be in it, of each kind */

const char *load_scratch_dir(void)
{
	const char *dir = getenv("ISOCOST_SCRATCH");
	return dir && *dir ? dir : ".";
}

const char *load_scratch_path(void)
{
	return scratch_path;
}

/* By hand, because a signal's handler needs it. */
void load_scratch_name(char ret[SCRATCH_NAME], char kind, uint64_t i)
{
	char digits[SCRATCH_NAME];
	size_t n = 0;
	do
		digits[n++] = (char)('0' + i % 10);
	while (i /= 10);
	*ret++ = kind;
	while (n)
		*ret++ = digits[--n];
	*ret = '\0';
}

/* By the names that SQLite gives to what belongs to a database. */
static const char *const companions[] = { "a0-journal", "a0-wal", "a0-shm" };

static void remove_scratch(void)
{
	for (size_t i = 0; scratch_dir >= 0 && i < sizeof(companions) / sizeof(*companions); i++)
		unlinkat(scratch_dir, companions[i], 0);
	for (char kind = 'a'; scratch_dir >= 0 && kind <= 'c'; kind++)
		for (uint64_t i = 0; i < scratch_names; i++) {
			char name[SCRATCH_NAME];
			load_scratch_name(name, kind, i);
			unlinkat(scratch_dir, name, 0);
		}
	if (scratch_dir >= 0)
		rmdir(scratch_path);
	else
		unlink(scratch_path);
}

static void remove_and_die(int sig)
{
	remove_scratch();
	raise(sig);             /* SA_RESETHAND: the default action now, as soon as this returns */
}

static void guard_signals(void)
{
	static const int fatal[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction before, sa = { .sa_handler = remove_and_die, .sa_flags = (int)SA_RESETHAND };
	for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		if (sigaction(fatal[i], &sa, &before) == 0 && before.sa_handler == SIG_IGN)
			sigaction(fatal[i], &before, NULL);     /* as nohup wants it */
	signal(SIGXFSZ, SIG_IGN);       /* a file size limit is an error of write(2), not the end */
}

int load_scratch_on_disk(struct load *l, bool direct)
{
	char type[32];
	const char *dir = load_scratch_dir();
	load_fs_type(dir, type, sizeof(type));
	if (strcmp(type, "tmpfs") != 0 && strcmp(type, "ramfs") != 0)
		return 0;
	return load_cannotf(l, "%s: %s keeps files in memory, so there is no device to %s; set ISOCOST_WORK (for isoload "
	                    "alone ISOCOST_SCRATCH) to a directory on a disk%s", dir, type, direct ? "bypass the page cache for" : "flush to",
	                    direct ? ", or take cache=buffered" : "");
}

int load_scratch_open(struct load *l, bool direct, bool durable)
{
	char type[32];
	const char *dir = load_scratch_dir();
	int r = direct || durable ? load_scratch_on_disk(l, direct) : 0;
	if (r < 0)
		return r;
	load_fs_type(dir, type, sizeof(type));
	guard_signals();
	if ((size_t)snprintf(scratch_path, sizeof(scratch_path), "%s/isoload-XXXXXX", dir) >= sizeof(scratch_path))
		return load_failf(l, ENAMETOOLONG, "the scratch directory's name is too long");
	int fd = mkostemp(scratch_path, O_CLOEXEC | (direct ? O_DIRECT : 0));
	if (fd >= 0)
		return fd;
	int error = errno;
	unlink(scratch_path);           /* O_DIRECT may be refused after the file was made */
	if (direct && error == EINVAL)
		return load_cannotf(l, "%s: the file system (%s) refuses O_DIRECT; set ISOCOST_WORK (for isoload alone "
		                  "ISOCOST_SCRATCH) to another directory, or take cache=buffered", dir, type);
	return load_failf(l, error, "can't make a file in %s: %s; set ISOCOST_SCRATCH to a writable directory", dir, strerror(error));
}

void load_scratch_close(int fd)
{
	if (fd < 0)
		return;
	remove_scratch();
	scratch_path[0] = '\0';
	close(fd);
}

int load_scratch_open_dir(struct load *l, uint64_t names)
{
	const char *dir = load_scratch_dir();
	guard_signals();
	if ((size_t)snprintf(scratch_path, sizeof(scratch_path), "%s/isoload-XXXXXX", dir) >= sizeof(scratch_path))
		return load_failf(l, ENAMETOOLONG, "the scratch directory's name is too long");
	if (!mkdtemp(scratch_path))
		return load_failf(l, errno, "can't make a directory in %s: %s; set ISOCOST_SCRATCH to a writable directory", dir, strerror(errno));
	int fd = open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		int error = errno;
		rmdir(scratch_path);
		return load_failf(l, error, "%s: %s", scratch_path, strerror(error));
	}
	scratch_names = names;
	scratch_dir = fd;
	return fd;
}

void load_scratch_close_dir(int fd)
{
	load_scratch_close(fd);
	scratch_dir = -1;
}

int load_scratch_write(struct load *l, int fd, const void *data, size_t len, uint64_t offset)
{
	ssize_t n = pwrite(fd, data, len, (off_t)offset);
	if (n == (ssize_t)len)
		return 0;
	if (n < 0)
		return load_failf(l, errno, "write of %zu bytes at %llu: %s", len, (unsigned long long)offset, strerror(errno));
	return load_failf(l, ENOSPC, "write of %zu bytes at %llu: only %zd were taken", len, (unsigned long long)offset, n);
}

int load_scratch_read(struct load *l, int fd, void *data, size_t len, uint64_t offset)
{
	ssize_t n = pread(fd, data, len, (off_t)offset);
	if (n == (ssize_t)len)
		return 0;
	if (n < 0)
		return load_failf(l, errno, "read of %zu bytes at %llu: %s", len, (unsigned long long)offset, strerror(errno));
	return load_failf(l, EIO, "read of %zu bytes at %llu: only %zd came", len, (unsigned long long)offset, n);
}

/* Pages of the file that the page cache holds; -errno. */
static int64_t resident_pages(int fd, uint64_t size, size_t page)
{
	unsigned char *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	int64_t n = 0;
	for (uint64_t at = 0; at < size && n >= 0; at += 1024 * page) {
		unsigned char vec[1024];
		uint64_t len = size - at < 1024 * page ? size - at : 1024 * page;
		if (mincore(map + at, len, vec) < 0) {
			n = -errno;
			break;
		}
		for (size_t i = 0; i < (len + page - 1) / page; i++)
			n += vec[i] & 1;
	}
	munmap(map, size);
	return n;
}

int load_scratch_cool(struct load *l, int fd, uint64_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (error)
		return load_failf(l, error, "can't empty the page cache of the file: %s", strerror(error));
	int64_t left = resident_pages(fd, size, page);
	if (left < 0)
		return load_failf(l, (int)-left, "can't see what the page cache holds: %s", strerror((int)-left));
	if ((uint64_t)left * page > size / 100)
		return load_cannotf(l, "%lld pages of the file stay in the page cache, so a read can't be cold here; take "
		                  "read-cache=warm or cache=direct", (long long)left);
	return 0;
}

/* Small pages lie apart or side by side as memory was free when a launch began. Each piece costs in a request (a virtual disk read 512 KiB in one
 * piece in a third of the time that it took for 128), and a device takes so many (virtio-blk 254), so that it may be two. In a huge page a block is
 * one piece, always. Without huge pages it is as it comes. */
enum { HUGE = 2 << 20, PAGE = 4096 };

void *load_scratch_buffer(size_t size)
{
	size_t align = size > PAGE ? HUGE : PAGE, len = (size + align - 1) / align * align;
	uint64_t x = 0x9e3779b97f4a7c15, *p = aligned_alloc(align, len);
	if (p && align == HUGE)
		madvise(p, len, MADV_HUGEPAGE);
	for (size_t i = 0; p && i < size / sizeof(x); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = x;
	}
	return p;
}
