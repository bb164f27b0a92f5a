/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roottree.c - a tree of mounts that hangs nowhere, to be cloned by each launch: one system call in place of one a mount. */
#include "env/rootimage.h"

#include "base/cleanup.h"
#include "env/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define NODE_ATTR (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

/* A detached mount of path with the attributes; -errno. */
static int detached(const char *path, uint64_t attr)
{
	cleanup(fd_closep) int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct mount_attr set = { .attr_set = attr };
	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &set, sizeof(set)) < 0)
		return -errno;
	return fd_steal(&fd);
}

static int add_node(int tree, const char *dev, const char *name)
{
	cleanup_free char *from = xasprintf("/dev/%s", name);
	cleanup_free char *to = xasprintf("%s%s", dev, name);
	cleanup(fd_closep) int node = detached(from, NODE_ATTR);
	if (node < 0)
		return node;
	return move_mount(node, "", tree, to, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

/* Make a tree of dir, and with dev ("dev/", or "" where dir is a /dev; NULL: without) its nodes. -errno where the kernel can't: before
 * Linux 6.15 nothing could be mounted on a detached tree, and without rights none can be made. */
int roottree_make(const char *dir, const char *dev, uint64_t attr, int *ret_fd)
{
	cleanup(fd_closep) int tree = detached(dir, attr);
	int r = tree < 0 ? tree : 0;
	for (size_t i = 0; r == 0 && dev && rootfs_devices[i]; i++)
		r = add_node(tree, dev, rootfs_devices[i]);
	/* Nor could a detached tree be cloned. */
	cleanup(fd_closep) int copy = r < 0 ? -1 : open_tree(tree, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (r == 0 && copy < 0)
		r = -errno;
	if (r == 0)
		*ret_fd = fd_steal(&tree);
	return r;
}
