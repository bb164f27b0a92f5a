/* SPDX-License-Identifier: GPL-3.0-or-later */
/* containeropts.c - what the options of the container driver mean. */
#include "env/containeropts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

const struct optdef container_optdefs[] = {
	{ "namespaces", "all", NULL, "new namespaces: all, none, or some of mount pid ipc uts cgroup net" },
	{ "userns", "auto", "auto on off", "a user namespace; auto: only when not started as root" },
	{ "network", "loopback", "loopback none host veth pool", "own network with lo up, without, the host's, a veth pair to a "
	  "bridge, or own with lo up from a prepared pool" },
	{ "root", "bind", "bind overlay tmpfs squashfs erofs host", "root file system; host: none of its own" },
	{ "layers", "1", NULL, "lower layers of root = overlay, 1 to 64" },
	{ "writable", "off", "on off", "a layer in memory on top of the root that can be written to, gone with the launch" },
	{ "enter", "pivot_root", "pivot_root chroot", "how the root is changed; chroot is weak" },
	{ "masks", "on", "on off", "/proc and /sys read-only, with what runtimes hide in them covered" },
	{ "devices", "minimal", "minimal host", "six device nodes, or the host's /dev" },
	{ "caps", "none", "none docker all", "capabilities that are kept" },
	{ "no-new-privs", "on", "on off", "no program may gain privileges" },
	{ "seccomp", "on", "on off log", "system-call filter; log: allow and log what it would refuse" },
	{ "cgroup", "on", "on off before", "hold it in the limits of the envelope; off: CPU affinity only; before: put on before the "
	  "start request, as the host arm has it" },
	{ "parallel", "on", "on off", "make the network namespace on another CPU beside the rest, where that can be" },
	{ "inherit", "off", "on off", "leave the harness's environment and inheritable descriptors to it: weak" },
	{ 0 },
};

static const struct {
	const char *name;
	uint64_t flag;
} kinds[] = {
	{ "user", CLONE_NEWUSER }, { "mount", CLONE_NEWNS }, { "pid", CLONE_NEWPID },       { "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },   { "cgroup", CLONE_NEWCGROUP }, { "net", CLONE_NEWNET },
};
#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

char *container_namespaces_text(uint64_t namespaces)
{
	struct str b = { 0 };
	for (size_t i = 0; i < N_KINDS; i++)
		if (namespaces & kinds[i].flag)
			str_addf(&b, "%s%s", b.len ? " " : "", kinds[i].name);
	return b.s ? b.s : xstrdup("none");
}

/* The user namespace has an option of its own. */
static int parse_namespaces(const char *val, uint64_t *ret, struct err *err)
{
	cleanup(strv_free) struct strv words = { 0 };
	strv_split(&words, val, " ,");
	uint64_t flags = 0;
	bool all = words.n == 1 && strcmp(words.v[0], "all") == 0;
	bool none = words.n == 1 && strcmp(words.v[0], "none") == 0;
	for (size_t k = 1; k < N_KINDS && all; k++)
		flags |= kinds[k].flag;
	for (size_t i = 0; i < words.n && !all && !none; i++) {
		uint64_t flag = 0;
		for (size_t k = 1; k < N_KINDS; k++)
			if (strcmp(words.v[i], kinds[k].name) == 0)
				flag = kinds[k].flag;
		if (!flag)
			return err_setf(err, -EINVAL, "namespaces = %s: '%s': expected all, none, or some of: mount pid ipc uts cgroup net",
			                val, words.v[i]);
		flags |= flag;
	}
	*ret = flags;
	return 0;
}

static unsigned choice(const struct kvs *opts, const char *name)
{
	return opts_choice(container_optdefs, opts, name);
}

static bool is(const struct kvs *opts, const char *name, const char *val)
{
	return strcmp(kvs_get(opts, name), val) == 0;
}

/* What can't be had together. */
static int check(const struct container_opts *o, struct err *err)
{
	bool net = o->namespaces & CLONE_NEWNET;
	if (o->root != ROOT_HOST && !(o->namespaces & CLONE_NEWNS))
		return err_setf(err, -EINVAL, "a root of its own needs the mount namespace: add mount to namespaces, or say root = host");
	if (net && o->network == NETWORK_HOST)
		return err_setf(err, -EINVAL, "network = host and the net namespace exclude each other: name the others in namespaces");
	if (!net && o->network != NETWORK_HOST)
		return err_setf(err, -EINVAL, "without the net namespace there is only the host's network: say network = host");
	if (strcmp(o->seccomp, "off") != 0 && !o->no_new_privs)
		return err_setf(err, -EINVAL, "without no-new-privs the kernel takes no filter from a process without capabilities: say "
		                "seccomp = off");
	return 0;
}

int container_opts_parse(const struct kvs *opts, bool privileged, struct container_opts *ret, struct err *err)
{
	struct container_opts o = {
		.network = choice(opts, "network"), .root = choice(opts, "root"), .writable = is(opts, "writable", "on"),
		.enter = choice(opts, "enter"), .masks = is(opts, "masks", "on"), .host_dev = is(opts, "devices", "host"),
		.no_new_privs = is(opts, "no-new-privs", "on"), .inherit = is(opts, "inherit", "on"),
		.cgroup = choice(opts, "cgroup"), .parallel = is(opts, "parallel", "on"), .seccomp = kvs_get(opts, "seccomp"),
		.caps = is(opts, "caps", "all") ? NULL : kvs_get(opts, "caps"),
	};
	int r = parse_namespaces(kvs_get(opts, "namespaces"), &o.namespaces, err);
	if (r < 0)
		return r;
	/* The common way to say it: a host's network, and all else new. */
	if (o.network == NETWORK_HOST && is(opts, "namespaces", "all"))
		o.namespaces &= ~(uint64_t)CLONE_NEWNET;
	if (is(opts, "userns", "on") || (is(opts, "userns", "auto") && !privileged))
		o.namespaces |= CLONE_NEWUSER;
	uint64_t layers;
	const char *val = kvs_get(opts, "layers");
	if (parse_u64(val, &layers) < 0 || layers < 1 || layers > 64)
		return err_setf(err, -EINVAL, "layers = %s: expected a whole number from 1 to 64", val);
	if (layers > 1 && o.root != ROOT_OVERLAY)
		return err_setf(err, -EINVAL, "layers = %s: only root = overlay has layers", val);
	o.layers = (unsigned)layers;
	r = check(&o, err);
	if (r == 0)
		*ret = o;
	return r;
}
