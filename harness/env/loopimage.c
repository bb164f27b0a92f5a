/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loopimage.c - mount an image file read-only over a loop device that goes with its last user. */
#include "env/rootimage.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

/* Another process may take the free device before we do: try the next one. */
static int attach(int control, int image, char **ret_path)
{
	for (int tries = 0; tries < 64; tries++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE);
		if (n < 0)
			return -errno;
		cleanup_free char *path = xasprintf("/dev/loop%d", n);
		cleanup(fd_closep) int loop = open(path, O_RDONLY | O_CLOEXEC);
		struct loop_config config = { .fd = (uint32_t)image, .info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR };
		if (loop < 0)
			return -errno;
		if (ioctl(loop, LOOP_CONFIGURE, &config) == 0) {
			*ret_path = ptr_steal(&path);
			return fd_steal(&loop);         /* held until it is mounted, or autoclear would take it away */
		}
		if (errno != EBUSY)
			return -errno;
	}
	return -EBUSY;
}

int loopimage_mount(const char *file, const char *type, const char *point, struct err *err)
{
	cleanup(fd_closep) int image = open(file, O_RDONLY | O_CLOEXEC);
	if (image < 0)
		return err_sysf(err, -errno, "%s", file);
	cleanup(fd_closep) int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return err_setf(err, -ENOTSUP, "root = %s needs loop devices, and /dev/loop-control can't be opened: %s; run as root on a "
		                "kernel with loop devices (modprobe loop)", type, strerror(errno));
	cleanup_free char *path = NULL;
	cleanup(fd_closep) int loop = attach(control, image, &path);
	if (loop < 0)
		return err_setf(err, -ENOTSUP, "root = %s: no loop device can be had: %s", type, strerror(-loop));
	if (mount(path, point, type, MS_RDONLY | MS_NODEV | MS_NOSUID, NULL) < 0)
		return err_setf(err, -ENOTSUP, "root = %s: this kernel can't mount it (%s): %s", type, path,
		                errno == ENODEV ? "no such file system type; try modprobe" : strerror(errno));
	return 0;
}
