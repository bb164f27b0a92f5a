/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkup_kernel.c - whether this host has what arms are made of. */
#include "report/checkup.h"

#include "base/cleanup.h"

#include <string.h>

static void check_rights(bool root, struct findings *ret)
{
	findings_add(ret, "rights", root ? FOUND_OK : FOUND_WARNING,
	             xstrdup(root ? "running as root: limits on CPU, memory and tasks can be enforced in every arm" : "running as an ordinary user"),
	             "memory and task limits hold only where control groups are delegated; the container needs a user namespace",
	             "run with sudo for the reference figures");
}

static void check_cgroups(const struct kvs *facts, struct findings *ret)
{
	const char *mode = kvs_get(facts, "cgroup.mode"), *has = kvs_get(facts, "cgroup.controllers");
	static const char *const wanted[] = { "cpu", "memory", "pids" };
	cleanup(strv_free) struct strv words = { 0 };
	cleanup(str_free) struct str missing = { 0 };
	if (!mode || !has)
		return;
	strv_split(&words, has, " ");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strv_has(&words, wanted[i]))
			str_addf(&missing, "%s%s", missing.len ? ", " : "", wanted[i]);
	bool none = strcmp(mode, "none") == 0;
	findings_add(ret, "cgroup", missing.len || none ? FOUND_WARNING : FOUND_OK,
	             none          ? xstrdup("no control groups are mounted")
	             : missing.len ? xasprintf("control groups (%s) have no controller %s", mode, missing.s)
	                           : xasprintf("control groups can hold the envelope (%s: %s)", mode, has),
	             "what the envelope says of it is not enforced in host and container: conditions are not equal",
	             none ? "mount -t cgroup2 none /sys/fs/cgroup" : "boot with cgroup_enable=memory, without cgroup_disable=");
}

static void check_userns(const struct kvs *facts, bool root, struct findings *ret)
{
	const char *v = kvs_get(facts, "kernel.userns");
	if (!v)
		return;
	bool yes = strcmp(v, "yes") == 0, root_only = strcmp(v, "root only") == 0;
	enum finding_verdict verdict = yes || (root_only && root) ? FOUND_OK : root ? FOUND_WARNING : FOUND_FAIL;
	findings_add(ret, "userns", verdict,
	             xstrdup(yes ? "every user may make user namespaces" : root_only ? "only root may make user namespaces" : "there are no user namespaces"),
	             root ? "arms with userns = on can't run" : "without root there is no container",
	             root_only ? "sysctl -w kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu; or run as root"
	                       : "sysctl -w user.max_user_namespaces=10000");
}

/* A kernel feature without which an option of the container can't be had. */
static const struct {
	const char *fact, *check, *good, *bad, *effect, *mend;
} features[] = {
	{ "kernel.seccomp", "seccomp", "the kernel has system-call filters", "the kernel has no system-call filters (seccomp)",
	  "containers run without their filter, which is part of what they cost", "use a kernel with CONFIG_SECCOMP_FILTER=y" },
	{ "kernel.overlayfs", "overlayfs", "the kernel has overlayfs", "the kernel has no overlayfs",
	  "arms with layers or a writable root can't run", "modprobe overlay, or install the kernel's modules (linux-modules-extra)" },
};

static void check_features(const struct kvs *facts, struct findings *ret)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
		const char *v = kvs_get(facts, features[i].fact);
		if (!v)
			continue;
		bool good = strcmp(v, "no") != 0;
		findings_add(ret, features[i].check, good ? FOUND_OK : FOUND_WARNING,
		             xasprintf("%s%s", good ? features[i].good : features[i].bad, strcmp(v, "module") == 0 ? " (a module, loaded when it is used)" : ""),
		             features[i].effect, features[i].mend);
	}
}

void checkup_kernel(const struct kvs *facts, bool root, struct findings *ret)
{
	check_rights(root, ret);
	check_cgroups(facts, ret);
	check_userns(facts, root, ret);
	check_features(facts, ret);
}

const struct checkup_program checkup_programs[] = {
	{ "qemu-system-x86_64", "qemu-system-x86", "there is no guest", true },
	{ "busybox", "busybox-static", "guests have no shell, so that `exec -a vm` runs only what is given with it", true },
	{ "mkfs.ext4", "e2fsprogs", "guests have no disk: their file workloads can't run", true },
	{ "dpkg-deb", "dpkg", "Debian's kernel can't be unpacked for the guest: name another with --guest-kernel", false },
	{ "gnuplot", "gnuplot-nox", "reports have tables and no plots", false },
	{ "mksquashfs", "squashfs-tools", "arms with a squashfs root can't run", false },
	{ "mkfs.erofs", "erofs-utils", "arms with an EROFS root can't run", false },
	{ NULL, NULL, NULL, false },
};

void checkup_missing(const struct kvs *facts, struct findings *ret)
{
	cleanup(str_free) struct str all = { 0 };
	size_t known = 0, before = ret->n;
	for (const struct checkup_program *p = checkup_programs; p->name; p++) {
		cleanup_free char *key = xasprintf("program.%s", p->name);
		const char *path = kvs_get(facts, key);
		if (!path)
			continue;
		known++;
		str_addf(&all, "%s%s", all.len ? ", " : "", p->name);
		if (*path)
			continue;
		cleanup_free char *mend = xasprintf("apt-get install %s", p->package);
		findings_add(ret, "programs", p->needed ? FOUND_FAIL : FOUND_WARNING, xasprintf("the program %s is missing", p->name), p->effect, mend);
	}
	if (known && ret->n == before)
		findings_add(ret, "programs", FOUND_OK, xasprintf("programs that arms and reports start are there (%s)", all.s), NULL, NULL);
}

void checkup_approot(const struct kvs *facts, struct findings *ret)
{
	static const char name[] = "redis-server=";
	const char *root = kvs_get(facts, "app.root"), *packages = kvs_get(facts, "app.packages");
	const char *server = packages ? strstr(packages, name) : NULL, *version = server ? server + strlen(name) : "";
	if (!root)
		return;
	findings_add(ret, "app.root", *root ? FOUND_OK : FOUND_WARNING,
	             *root ? xasprintf("the applications' root file system is in the cache%s%.*s%s", server ? " (redis-server " : "",
	                               (int)strcspn(version, " "), version, server ? ")" : "")
	                   : xstrdup("the applications' root file system is not in the cache"),
	             "the workload kv can't run, in no arm: suite applications goes on without it",
	             "make app-root (installed: share/isocost/scripts/app-root), some 9 MB of Debian's packages, once");
}
