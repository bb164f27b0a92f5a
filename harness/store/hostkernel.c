/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostkernel.c - namespaces, filters, control groups, KVM: what the kernel says of them. */
#include "store/hostkernel.h"

#include "base/cleanup.h"
#include "store/hostfile.h"

#include <string.h>

const char *hostkernel_cgroup_mode(const char *root)
{
	cleanup_free char *text = hostfile_text(root, "/proc/self/mountinfo");
	if (!text)
		return "none";
	bool v1 = strstr(text, " - cgroup "), v2 = strstr(text, " - cgroup2 ");
	return v1 ? (v2 ? "cgroup hybrid" : "cgroup v1") : v2 ? "cgroup v2" : "none";
}

static void add_word(struct str *b, const char *word)
{
	str_addf(b, "%s%s", b->len ? " " : "", word);
}

/* Of v1 those that are mounted, of v2 those that its root offers; sorted as the host has them. */
static void controllers_fact(const char *root, struct kvs *ret)
{
	static const char *const known[] = { "cpu", "cpuset", "memory", "pids", "io", "blkio", "devices", "freezer" };
	cleanup_free char *mounts = hostfile_text(root, "/proc/self/mountinfo"), *v2 = NULL;
	cleanup(strv_free) struct strv offered = { 0 };
	cleanup(str_free) struct str b = { 0 };
	if (!mounts)
		return;
	for (char *save = NULL, *line = strtok_r(mounts, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *v1 = strstr(line, " - cgroup ");
		cleanup(strv_free) struct strv fields = { 0 };
		strv_split(&fields, line, " ");
		if (v1 && strrchr(line, ' '))
			strv_split(&offered, strrchr(line, ' ') + 1, ",");
		else if (strstr(line, " - cgroup2 ") && fields.n > 4) {
			cleanup_free char *path = xasprintf("%s/cgroup.controllers", fields.v[4]);
			free(v2);
			v2 = hostfile_line(root, path);
		}
	}
	if (v2)
		strv_split(&offered, v2, " ");
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strv_has(&offered, known[i]))
			add_word(&b, known[i]);
	kvs_set(ret, "cgroup.controllers", str_get(&b), 0);
}

static bool is_number(const char *root, const char *path, const char *number)
{
	cleanup_free char *line = hostfile_line(root, path);
	return line && strcmp(line, number) == 0;
}

/* "no", "root only" or "yes". Debian has, or had, a switch of its own; Ubuntu's AppArmor another. */
static void userns_fact(const char *root, struct kvs *ret)
{
	const char *val = "yes";
	if (!hostfile_exists(root, "/proc/self/ns/user") || is_number(root, "/proc/sys/user/max_user_namespaces", "0"))
		val = "no";
	else if (is_number(root, "/proc/sys/kernel/unprivileged_userns_clone", "0") ||
	         is_number(root, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
		val = "root only";
	kvs_set(ret, "kernel.userns", val, 0);
}

static void seccomp_fact(const char *root, struct kvs *ret)
{
	cleanup_free char *actions = hostfile_line(root, "/proc/sys/kernel/seccomp/actions_avail");
	cleanup(strv_free) struct strv words = { 0 };
	strv_split(&words, actions ? actions : "", " ");
	bool all = strv_has(&words, "allow") && strv_has(&words, "errno") && strv_has(&words, "log");
	kvs_set(ret, "kernel.seccomp", all ? "yes" : "no", 0);
}

/* "yes", "module" (it is loaded at its first mount) or "no". */
static void overlay_fact(const char *root, struct kvs *ret)
{
	cleanup_free char *known = hostfile_text(root, "/proc/filesystems"), *release = hostfile_line(root, "/proc/sys/kernel/osrelease");
	cleanup_free char *path = xasprintf("/lib/modules/%s/modules.dep", release ? release : "");
	cleanup_free char *modules = hostfile_text(root, path);
	bool loaded = known && strstr(known, "\toverlay\n"), module = modules && strstr(modules, "/overlay.ko");
	kvs_set(ret, "kernel.overlayfs", loaded ? "yes" : module ? "module" : "no", 0);
}

/* Whether guests of this host could start guests of their own by KVM. */
static void nested_fact(const char *root, struct kvs *ret)
{
	static const char *const files[] = { "/sys/module/kvm_intel/parameters/nested", "/sys/module/kvm_amd/parameters/nested" };
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		cleanup_free char *line = hostfile_line(root, files[i]);
		if (line)
			kvs_set(ret, "kvm.nested", *line == 'Y' || *line == '1' ? "on" : "off", 0);
	}
}

void hostkernel_facts(const char *root, struct kvs *ret)
{
	kvs_set(ret, "cgroup.mode", hostkernel_cgroup_mode(root), 0);
	controllers_fact(root, ret);
	userns_fact(root, ret);
	seccomp_fact(root, ret);
	overlay_fact(root, ret);
	hostfile_line_fact(root, ret, "kernel.lockdown", "/sys/kernel/security/lockdown");
	cleanup_free char *kvm = xasprintf("%s/dev/kvm", root);
	kvs_set(ret, "kvm.device", !hostfile_exists(root, "/dev/kvm") ? "no" : access(kvm, R_OK | W_OK) < 0 ? "no access" : "yes", 0);
	nested_fact(root, ret);
}
