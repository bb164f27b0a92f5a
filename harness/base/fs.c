/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fs.c - files and directories. */
#include "base/fs.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

int fs_read(const char *path, char **ret, size_t *ret_len)
{
	cleanup(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	struct str b = { 0 };
	char buf[65536];
	ssize_t n;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int r = -errno;
			str_free(&b);
			return r;
		}
		str_add(&b, buf, (size_t)n);
	}
	str_add(&b, "", 0);
	*ret = b.s;
	if (ret_len)
		*ret_len = b.len;
	return 0;
}

char *fs_read_line(const char *path)
{
	cleanup_free char *text = NULL;
	if (fs_read(path, &text, NULL) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return xstrdup(str_trim(text));
}

int fs_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fs_write(const char *path, const void *data, size_t len, mode_t mode)
{
	cleanup(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fs_write_all(fd, data, len);
}

int fs_put(const char *path, const char *text)
{
	cleanup(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int fsync_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
	cleanup(fd_closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int fs_replace(const char *path, const void *data, size_t len, mode_t mode)
{
	cleanup_free char *tmp = xasprintf("%s.tmp", path);
	struct stat st;
	/* A rename would put a file in the place of /dev/null. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : fs_write(path, data, len, mode);
	cleanup(fd_closep) int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int r = fs_write_all(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(tmp);
		return r;
	}
	return fsync_dir_of(path);
}

int fs_mkdirs(const char *path, mode_t mode)
{
	cleanup_free char *p = xstrdup(path);
	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, mode) < 0 && errno != EEXIST)
			return -errno;
		*s = '/';
	}
	if (mkdir(p, mode) < 0 && errno != EEXIST)
		return -errno;
	struct stat st;
	if (stat(p, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* Copy the data extents and leave the holes out. */
static int copy_extents(int in, int out, off_t size)
{
	off_t data = 0;
	while ((data = lseek(in, data, SEEK_DATA)) >= 0 && data < size) {
		off_t end = lseek(in, data, SEEK_HOLE);
		if (end < 0)
			return -errno;
		off_t to = data;
		while (data < end) {
			ssize_t n = copy_file_range(in, &data, out, &to, (size_t)(end - data), 0);
			if (n < 0)
				return -errno;
			if (n == 0)
				return -EIO;
		}
	}
	return ftruncate(out, size) < 0 ? -errno : 0;
}

static int copy_plain(int in, int out)
{
	if (lseek(in, 0, SEEK_SET) < 0 || lseek(out, 0, SEEK_SET) < 0)
		return -errno;
	char buf[65536];
	ssize_t n;
	while ((n = read(in, buf, sizeof(buf))) != 0) {
		if (n < 0)
			return -errno;
		int r = fs_write_all(out, buf, (size_t)n);
		if (r < 0)
			return r;
	}
	return 0;
}

int fs_copy(const char *from, const char *to, mode_t mode)
{
	cleanup(fd_closep) int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return -errno;
	struct stat st;
	if (fstat(in, &st) < 0)
		return -errno;
	cleanup(fd_closep) int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (out < 0)
		return -errno;
	if (fchmod(out, mode) < 0)
		return -errno;
	if (ioctl(out, FICLONE, in) == 0)
		return 0;
	int r = copy_extents(in, out, st.st_size);
	if (r == -EXDEV || r == -EINVAL || r == -ENOSYS || r == -EOPNOTSUPP)
		r = copy_plain(in, out);
	return r;
}

int fs_rmtree(const char *path)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	if (!fts)
		return -errno;
	int r = 0;
	for (FTSENT *e; (e = fts_read(fts));) {
		if (e->fts_info == FTS_D)
			continue;
		if (e->fts_info == FTS_NS || e->fts_info == FTS_ERR) {
			if (e->fts_errno != ENOENT)
				r = -e->fts_errno;
			continue;
		}
		/* An unreadable directory may still be an empty one: let rmdir decide. */
		bool dir = e->fts_info == FTS_DP || e->fts_info == FTS_DNR;
		if ((dir ? rmdir(e->fts_accpath) : unlink(e->fts_accpath)) < 0 && errno != ENOENT)
			r = -errno;
	}
	fts_close(fts);
	return r;
}

int fs_allocated(const char *path, uint64_t *ret)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_XDEV | FTS_NOCHDIR, NULL);
	if (!fts)
		return -errno;
	uint64_t sum = 0;
	int r = 0;
	for (FTSENT *e; (e = fts_read(fts));) {
		if (e->fts_info == FTS_NS || e->fts_info == FTS_ERR || e->fts_info == FTS_DNR)
			r = -e->fts_errno;
		else if (e->fts_info != FTS_DP)
			sum += (uint64_t)e->fts_statp->st_blocks * 512;
	}
	fts_close(fts);
	if (r == 0)
		*ret = sum;
	return r;
}

bool fs_is_mount(const char *path)
{
	struct statx st;
	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_TYPE, &st) < 0 || !(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return true;
	return st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

bool fs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool fs_is_executable(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *fs_which(const char *program)
{
	const char *env = getenv("PATH");
	cleanup_free char *path = xasprintf("%s:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", env ? env : "");
	struct strv dirs = { 0 };
	strv_split(&dirs, path, ":");
	char *found = NULL;
	for (size_t i = 0; i < dirs.n && !found; i++) {
		cleanup_free char *file = xasprintf("%s/%s", dirs.v[i], program);
		if (fs_is_executable(file))
			found = ptr_steal(&file);
	}
	strv_free(&dirs);
	return found;
}

char *fs_exe_dir(void)
{
	/* Kept from the first time: behind a chroot, once the process is in a mount namespace of its own, the kernel names the program as the
	 * place outside has it. */
	static char dir[PATH_MAX];
	ssize_t n = *dir ? 0 : readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	if (n > 0)
		*strrchr(dir, '/') = '\0';
	return xstrdup(*dir ? dir : ".");
}
