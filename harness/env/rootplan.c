/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootplan.c - plan the mounts of a launch. */
#include "env/rootplan.h"

#include "base/cleanup.h"
#include "env/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define SAFE_ATTR (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define INERT_ATTR (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
/* The nodes are bound from the host, since a user can't make any; read-only, which does not bind what is written to a device, but
 * keeps the container's root from changing mode and times of the host's nodes. */
#define NODE_ATTR (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

/* What container runtimes hide: keys, kernel memory, timers, hardware. Those that this kernel lacks are left out. */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
	"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap", NULL,
};

/* Takes over source and target. */
static struct mount_op *add(struct root_plan *p, char *source, char *target, const char *type, unsigned long flags)
{
	p->v = xrealloc(p->v, p->n + 1, sizeof(*p->v));
	struct mount_op *m = &p->v[p->n++];
	*m = (struct mount_op){ .source = source, .target = target, .type = xstrdup(type), .flags = flags, .tree = -1 };
	return m;
}

static struct mount_op *add_fs(struct root_plan *p, const char *type, char *target, unsigned long flags, const char *data)
{
	struct mount_op *m = add(p, xstrdup(type), target, type, flags);
	m->data = xstrdup(data);
	return m;
}

static struct mount_op *add_bind(struct root_plan *p, char *source, char *target, uint64_t attr)
{
	struct mount_op *m = add(p, source, target, NULL, MS_BIND);
	m->attr = attr;
	return m;
}

static int add_clone(struct root_plan *p, int tree, const char *source, char *target, struct err *err)
{
	struct mount_op *m = add(p, xstrdup(source), target, NULL, 0);
	m->kind = MOUNT_MOVE;
	m->tree = open_tree(tree, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return m->tree < 0 ? err_sysf(err, -errno, "cloning the prepared root %s", source) : 0;
}

static void add_dir(struct root_plan *p, char *target)
{
	add(p, NULL, target, NULL, 0)->kind = MOUNT_DIR;
}

/* The layers, with a fresh one in memory on top when the root may be written to. */
static void plan_stack(struct root_plan *p, const struct root_request *q)
{
	const struct rootimage *i = q->image;
	struct str data = { 0 };
	str_addf(&data, "%s", i->lower);
	if (i->writable) {
		add_fs(p, "tmpfs", xstrdup(i->upper), MS_NOSUID | MS_NODEV, "mode=0700,size=" ROOTIMAGE_UPPER_SIZE);
		add_dir(p, xasprintf("%s/upper", i->upper));
		add_dir(p, xasprintf("%s/work", i->upper));
		/* Relative as the layers: the container can read this, and the host's paths are none of its business. */
		const char *upper = strrchr(i->upper, '/') + 1;
		str_addf(&data, ",upperdir=%s/upper,workdir=%s/work", upper, upper);
	}
	str_addf(&data, q->userxattr ? ",userxattr" : "");
	add_fs(p, "overlay", xstrdup(i->point), MS_NOSUID | MS_NODEV | (i->writable ? 0 : MS_RDONLY), data.s);
	str_free(&data);
}

/* Root and /dev. */
static int plan_root(struct root_plan *p, const struct root_request *q, struct err *err)
{
	const struct rootimage *i = q->image;
	int r = 0;
	if (rootimage_is_stacked(i))
		plan_stack(p, q);
	else if (i->root_tree >= 0)
		r = add_clone(p, i->root_tree, i->tree, xstrdup(i->point), err);
	else
		add_bind(p, xstrdup(i->tree), xstrdup(i->point), INERT_ATTR | MOUNT_ATTR_RDONLY);
	if (r < 0)
		return r;
	char *dev = xasprintf("%s/dev", i->point);
	if (q->host_dev) {
		add_bind(p, xstrdup("/dev"), dev, 0)->flags |= MS_REC;
		return 0;
	}
	if (i->dev_tree >= 0)
		return add_clone(p, i->dev_tree, "/dev", dev, err);
	for (size_t k = 0; i->root_tree < 0 && rootfs_devices[k]; k++)
		add_bind(p, xasprintf("/dev/%s", rootfs_devices[k]), xasprintf("%s/%s", dev, rootfs_devices[k]), NODE_ATTR);
	free(dev);
	return 0;
}

/* 'd' for a directory, 'f' for another file, '-' for none: the same at every launch, so that it is asked once. */
static char mask_type(size_t i)
{
	static char known[sizeof(masked) / sizeof(*masked)];
	struct stat st;
	if (!known[i])
		known[i] = stat(masked[i], &st) < 0 ? '-' : S_ISDIR(st.st_mode) ? 'd' : 'f';
	return known[i];
}

/* Those below a directory. */
static void plan_masks(struct root_plan *p, const struct root_request *q, const char *below)
{
	const char *root = q->image->point;
	for (size_t i = 0; masked[i]; i++) {
		char type = mask_type(i);
		if (type == '-' || strncmp(masked[i], below, strlen(below)) != 0)
			continue;
		/* Binds inherit that root and nodes are read-only. */
		const char *source = type == 'd' ? "/var/empty" : "/dev/null";
		bool ours = type == 'd' || !q->host_dev;
		struct mount_op *m = add_bind(p, xasprintf("%s%s", ours ? root : "", source), xasprintf("%s%s", root, masked[i]),
		                              q->host_dev || q->image->writable ? NODE_ATTR : 0);
		/* Without a sysfs there is nothing to hide in it. */
		m->optional = strncmp(masked[i], "/sys", 4) == 0;
	}
}

static void plan_join(struct root_plan *p, const struct root_request *q)
{
	if (q->join_net)
		add(p, NULL, NULL, NULL, 0)->kind = MOUNT_NET;
}

static void plan_sys(struct root_plan *p, const struct root_request *q, unsigned long ro, uint64_t ro_attr)
{
	const char *root = q->image->point;
	/* The kernel gives it to the owner of the network namespace only. */
	add_fs(p, "sysfs", xasprintf("%s/sys", root), SAFE | ro, NULL)->optional = true;
	if (!q->memory_dir)
		return;
	char *point = xasprintf("%s/sys/fs/cgroup", root);
	if (q->memory_v2) {
		add_bind(p, xstrdup(q->memory_dir), point, SAFE_ATTR | ro_attr);
		return;
	}
	add_bind(p, xasprintf("%s.cgroup", root), point, SAFE_ATTR | MOUNT_ATTR_RDONLY);
	add_bind(p, xstrdup(q->memory_dir), xasprintf("%s/sys/fs/cgroup/memory", root), SAFE_ATTR | ro_attr);
}

static void plan_memory_fs(struct root_plan *p, const struct root_request *q)
{
	const char *root = q->image->point;
	if (!q->host_dev) {
		add_fs(p, "tmpfs", xasprintf("%s/dev/shm", root), SAFE, "mode=1777,size=64m");
		if (q->terminal)
			add_fs(p, "devpts", xasprintf("%s/dev/pts", root), MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
	}
	add_fs(p, "tmpfs", xasprintf("%s/tmp", root), MS_NOSUID | MS_NODEV, "mode=1777,size=64m");
}

/* What shows the new namespaces where the host's own root stays. */
static void plan_host_root(struct root_plan *p, const struct root_request *q)
{
	/* The way to it is through the /proc that there is. */
	plan_join(p, q);
	if (q->proc)
		add_fs(p, "proc", xstrdup("/proc"), SAFE, NULL);
	/* A process finds its cgroup at the top of what is mounted. */
	if (q->cgroup_ns && q->memory_dir)
		add_bind(p, xstrdup(q->memory_dir), xstrndup(q->memory_dir, (size_t)(strrchr(q->memory_dir, '/') - q->memory_dir)), 0);
}

int root_plan_make(const struct root_request *q, struct root_plan *ret, struct err *err)
{
	struct root_plan p = { 0 };
	/* Read-only as a whole: stricter than the list of paths that runtimes protect, and one mount in place of many. */
	unsigned long ro = q->masks ? MS_RDONLY : 0;
	if (!q->image) {
		plan_host_root(&p, q);
		*ret = p;
		return 0;
	}
	int r = plan_root(&p, q, err);
	if (r < 0) {
		root_plan_free(&p);
		return r;
	}
	if (q->proc)
		add_fs(&p, "proc", xasprintf("%s/proc", q->image->point), SAFE | ro, NULL);
	if (q->masks && q->proc)
		plan_masks(&p, q, "/proc/");
	plan_memory_fs(&p, q);
	if (q->scratch)
		add_bind(&p, xstrdup(q->scratch), xasprintf("%s" ROOTFS_SCRATCH, q->image->point), INERT_ATTR);
	if (q->app)
		add_bind(&p, xstrdup(q->app), xasprintf("%s" ROOTFS_APP, q->image->point), INERT_ATTR | MOUNT_ATTR_RDONLY);
	/* Last what needs the network namespace, which may still be in the making. */
	plan_join(&p, q);
	plan_sys(&p, q, ro, q->masks ? MOUNT_ATTR_RDONLY : 0);
	if (q->masks && q->proc)
		plan_masks(&p, q, "/sys/");
	*ret = p;
	return 0;
}

void root_plan_close(struct root_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].tree >= 0)
			close(fd_steal(&p->v[i].tree));
}

void root_plan_free(struct root_plan *p)
{
	root_plan_close(p);
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].source);
		free(p->v[i].target);
		free(p->v[i].type);
		free(p->v[i].data);
	}
	free(p->v);
	*p = (struct root_plan){ 0 };
}

static void add_flags(struct str *b, const struct mount_op *m)
{
	static const struct {
		unsigned long flag;
		uint64_t attr;
		const char *name;
	} names[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY, "ro" },
		{ MS_NOSUID, MOUNT_ATTR_NOSUID, "nosuid" },
		{ MS_NODEV, MOUNT_ATTR_NODEV, "nodev" },
		{ MS_NOEXEC, MOUNT_ATTR_NOEXEC, "noexec" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((m->flags & names[i].flag) || (m->attr & names[i].attr))
			str_addf(b, ",%s", names[i].name);
	if (m->data)
		str_addf(b, ",%s", m->data);
}

char *root_plan_text(const struct root_plan *p)
{
	struct str b = { 0 };
	for (size_t i = 0; i < p->n; i++) {
		const struct mount_op *m = &p->v[i];
		if (m->kind == MOUNT_NET) {
			str_addf(&b, "join the network namespace\n");
			continue;
		}
		if (m->kind == MOUNT_DIR) {
			str_addf(&b, "mkdir %s\n", m->target);
			continue;
		}
		str_addf(&b, "mount %s on %s type %s", m->source, m->target,
		         m->type ? m->type : m->kind == MOUNT_MOVE ? "clone of a prepared tree" : "bind");
		add_flags(&b, m);
		str_addf(&b, "%s\n", m->optional ? " (where permitted)" : "");
	}
	return b.s ? b.s : xstrdup("");
}
