/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootimage.c - make a root file system as directory, layers, tmpfs or image. */
#include "env/rootimage.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"
#include "env/rootfs.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define TMPFS_OPTIONS "mode=0755,size=64m"

bool rootimage_is_stacked(const struct rootimage *i)
{
	return i->lower != NULL;
}

static int make_tmpfs(const struct rootimage *i, const char *load_dir, const char *hostname, struct err *err)
{
	if (mount("tmpfs", i->tree, "tmpfs", MS_NODEV | MS_NOSUID, TMPFS_OPTIONS) < 0)
		return err_setf(err, -ENOTSUP, "root = tmpfs can't be mounted: %s", strerror(errno));
	int r = rootfs_make(i->tree, load_dir, hostname, err);
	if (r < 0)
		umount2(i->tree, MNT_DETACH);
	return r;
}

/* The programs that make images, and how. */
static int pack(const char *type, const char *from, const char *to, struct err *err)
{
	char *const squash[] = { (char *)"mksquashfs", (char *)from, (char *)to, (char *)"-quiet", (char *)"-no-progress",
	                         (char *)"-all-root", (char *)"-noappend", NULL };
	char *const erofs[] = { (char *)"mkfs.erofs", (char *)"-zlz4", (char *)"--all-root", (char *)to, (char *)from, NULL };
	bool is_squash = strcmp(type, "squashfs") == 0;
	char *const *argv = is_squash ? squash : erofs;
	cleanup_free char *program = fs_which(argv[0]);
	if (!program)
		return err_setf(err, -ENOTSUP, "root = %s needs %s: install the package %s", type, argv[0],
		                is_squash ? "squashfs-tools" : "erofs-utils");
	return proc_check(argv, NULL, err);
}

static int make_image(struct rootimage *i, const char *type, const char *load_dir, const char *hostname, struct err *err)
{
	cleanup_free char *source = xasprintf("%s.source", i->tree);
	cleanup_free char *file = xasprintf("%s.image", i->tree);
	int r = rootfs_make(source, load_dir, hostname, err);
	if (r == 0)
		r = pack(type, source, file, err);
	if (r == 0)
		fs_allocated(file, &i->bytes);
	if (r == 0)
		r = loopimage_mount(file, type, i->tree, err);
	/* The loop device keeps the file. */
	unlink(file);
	fs_rmtree(source);
	return r;
}

/* The tree is the lowest layer; each other one adds a file, so that what is below is looked for in every layer. */
static int make_layers(struct rootimage *i, const char *name, unsigned layers, const char *load_dir, const char *hostname,
                       struct err *err)
{
	struct str lower = { 0 };
	/* On its own a lower layer is no overlay: there is always an empty one on top. */
	str_addf(&lower, "lowerdir=%s.layers/top", name);
	int r = rootfs_make(i->tree, load_dir, hostname, err);
	cleanup_free char *top = xasprintf("%s/%s.layers/top", i->work, name);
	if (r == 0 && (r = fs_mkdirs(top, 0755)) < 0)
		err_sysf(err, r, "%s", top);
	for (unsigned k = layers - 1; r == 0 && k > 0; k--) {
		cleanup_free char *dir = xasprintf("%s/%s.layers/%u/var/layers", i->work, name, k);
		cleanup_free char *file = xasprintf("%s/%u", dir, k);
		r = fs_mkdirs(dir, 0755);
		if (r == 0)
			r = fs_write(file, "", 0, 0644);
		if (r < 0)
			err_sysf(err, r, "making the layer %s", dir);
		str_addf(&lower, ":%s.layers/%u", name, k);
	}
	str_addf(&lower, ":%s.layers/0", name);
	i->lower = lower.s;
	return r;
}

static int make_kind(struct rootimage *i, const char *name, const char *load_dir, const char *hostname, unsigned layers,
                     struct err *err)
{
	int r = fs_mkdirs(i->point, 0755);
	if (r == 0)
		r = fs_mkdirs(i->tree, 0755);
	if (r < 0)
		return err_sysf(err, r, "making %s", i->tree);
	switch (i->kind) {
	case ROOT_TMPFS: r = make_tmpfs(i, load_dir, hostname, err); break;
	case ROOT_SQUASHFS: r = make_image(i, "squashfs", load_dir, hostname, err); break;
	case ROOT_EROFS: r = make_image(i, "erofs", load_dir, hostname, err); break;
	case ROOT_OVERLAY: return make_layers(i, name, layers, load_dir, hostname, err);
	default: return rootfs_make(i->tree, load_dir, hostname, err);
	}
	i->mounted = r == 0;
	return r;
}

/* What the kernel lets us prepare. It is only faster: without it each launch makes the mounts one by one. */
static void prepare_trees(struct rootimage *i, bool minimal_dev)
{
	uint64_t inert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (!rootimage_is_stacked(i)) {
		if (roottree_make(i->tree, minimal_dev ? "dev/" : NULL, inert | MOUNT_ATTR_RDONLY, &i->root_tree) < 0)
			log_debugf("this kernel clones no prepared trees: the root is mounted piece by piece");
	} else if (minimal_dev) {
		cleanup_free char *dev = xasprintf("%s/dev", i->tree);
		roottree_make(dev, "", inert | MOUNT_ATTR_RDONLY, &i->dev_tree);
	}
}

/* Of an overlay all layers count. It is only for the record. */
static void note_size(struct rootimage *i)
{
	cleanup_free char *layers = i->kind == ROOT_OVERLAY ? xstrndup(i->tree, strlen(i->tree) - 2) : NULL;
	int r = fs_allocated(layers ? layers : i->tree, &i->bytes);
	if (r < 0)
		log_debugf("the size of %s can't be told: %s", i->tree, strerror(-r));
}

int rootimage_make(const char *work, const char *name, const char *load_dir, const char *hostname, enum root_kind kind,
                   unsigned layers, bool writable, bool minimal_dev, struct rootimage *ret, struct err *err)
{
	struct rootimage i = {
		.kind = kind, .writable = writable, .root_tree = -1, .dev_tree = -1, .work = xstrdup(work),
		.point = xasprintf("%s/%s.root", work, name),
		.tree = kind == ROOT_OVERLAY ? xasprintf("%s/%s.layers/0", work, name) : xasprintf("%s/%s.tree", work, name),
	};
	/* v1 shows its controllers as directories below one that sysfs does not have. */
	cleanup_free char *v1 = xasprintf("%s.cgroup/memory", i.point);
	int r = fs_mkdirs(v1, 0755);
	r = r < 0 ? err_sysf(err, r, "%s", v1) : make_kind(&i, name, load_dir, hostname, layers, err);
	if (r == 0 && writable) {
		i.upper = xasprintf("%s/%s.upper", work, name);
		if (!i.lower)
			i.lower = xasprintf("lowerdir=%s.tree", name);
		if ((r = fs_mkdirs(i.upper, 0755)) < 0)
			err_sysf(err, r, "%s", i.upper);
	}
	if (r < 0) {
		rootimage_remove(&i);
		return r;
	}
	if (!i.bytes)
		note_size(&i);
	prepare_trees(&i, minimal_dev);
	*ret = i;
	return 0;
}

static void remove_tree(const char *path)
{
	int r = path ? fs_rmtree(path) : 0;
	if (r < 0)
		log_warnf("can't remove %s: %s", path, strerror(-r));
}

void rootimage_remove(struct rootimage *i)
{
	if (!i->work)
		return;
	fd_closep(&i->root_tree);
	fd_closep(&i->dev_tree);
	if (i->mounted && umount2(i->tree, MNT_DETACH) < 0)
		log_warnf("can't unmount %s: %s", i->tree, strerror(errno));
	cleanup_free char *v1 = xasprintf("%s.cgroup", i->point);
	cleanup_free char *layers = i->kind == ROOT_OVERLAY ? xstrndup(i->tree, strlen(i->tree) - 2) : NULL;
	remove_tree(v1);
	remove_tree(i->point);
	remove_tree(layers ? layers : i->tree);
	remove_tree(i->upper);
	free(i->work);
	free(i->point);
	free(i->tree);
	free(i->lower);
	free(i->upper);
	*i = (struct rootimage){ .root_tree = -1, .dev_tree = -1 };
}
