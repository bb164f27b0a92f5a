/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fs.h - files and directories: whole-file reads and writes, atomic replacement, trees. 0 or -errno. */
#ifndef ISOCOST_FS_H
#define ISOCOST_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Read a whole file; *ret is NUL-terminated behind *ret_len bytes and the caller's to free. ret_len may be NULL. */
int fs_read(const char *path, char **ret, size_t *ret_len);
/* The first line of a (small, /proc or /sys like) file, trimmed; NULL when it can't be read. Caller frees. */
char *fs_read_line(const char *path);
int fs_write(const char *path, const void *data, size_t len, mode_t mode);
/* Write a string into an existing control file (cgroup, /proc): one write(2), no creation. */
int fs_put(const char *path, const char *text);
/* Replace path so that a reader or a crash sees the old or the new file, whole: temporary file, fsync, rename, fsync. What is there and no
 * file (a device, a pipe) is written to. */
int fs_replace(const char *path, const void *data, size_t len, mode_t mode);
int fs_write_all(int fd, const void *data, size_t len);
int fs_mkdirs(const char *path, mode_t mode);           /* existing directories are fine */
/* Copy a regular file: reflink when the file system has it, copy_file_range otherwise, holes kept where possible. */
int fs_copy(const char *from, const char *to, mode_t mode);
/* Remove a file or a tree; stays on its file system (mounts below are not entered). -ENOENT is success. */
int fs_rmtree(const char *path);
/* Bytes that a file or a tree takes on its disk; mounts below are not entered, what is linked twice counts twice. */
int fs_allocated(const char *path, uint64_t *ret);
/* Whether something is mounted on path; true where the kernel does not tell (before 5.8). */
bool fs_is_mount(const char *path);
bool fs_exists(const char *path);
bool fs_is_executable(const char *path);
/* Find a program in PATH plus the sbin directories. Caller frees; NULL when there is none. */
char *fs_which(const char *program);
/* The directory of the running program. Caller frees. */
char *fs_exe_dir(void);

#endif
