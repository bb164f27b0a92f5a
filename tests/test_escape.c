/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The battery: the container holds every attempt, and still does by what is left when one layer is taken away; every attempt
 * succeeds where what holds it is taken away. As it is, and once more as an ordinary user. */
#include "arm.h"
#include "nobody.h"

#include "base/lifeline.h"
#include "run/battery.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define LAUNCH_S 60.0

static bool as_root;

/* ---- arms ---- */

/* A battery in an arm of its own; false and the reason printed when that arm can't be had. */
static bool try_in(const struct env_ops *ops, const char *options, struct battery *ret, size_t *ret_warnings)
{
	struct session s;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	struct bait *bait = NULL;
	session_make(&s);
	/* Behind the lifeline every such test has the same pid. */
	session_unlight(&s);
	session_name(&s, lifeline_owner());
	/* Several attempts fill it. */
	s.ctx.envelope.memory = 32 * MiB;
	cleanup_free char *real = xasprintf("%s/isoload", getenv("ISOCOST_BUILD") ? getenv("ISOCOST_BUILD") : "build");
	cleanup_free char *to = xasprintf("%s/isoload", s.load);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(fs_copy(real, to, 0755), 0);
	assert_int_equal(bait_lay(&s.ctx, &bait, &err), 0);
	int r = arm_open(ops, &s, ops->name, options, &facts, &arm, &err);
	if (r == 0)
		r = battery_run(ops, arm, bait, LAUNCH_S, ret, &err);
	if (r == 0)
		*ret_warnings = facts.warnings.n;
	ops->close(arm);
	bait_take_up(bait);
	env_facts_free(&facts);
	assert_int_equal(session_cgroups(&s), 0);
	session_remove(&s);
	if (r == -ENOTSUP || r == -EPERM)
		print_message("skipped: %s with '%s': %s\n", ops->name, options, err.msg);
	else if (r < 0)
		fail_msg("%s with '%s': %s", ops->name, options, err.msg);
	return r == 0;
}

static void say_result(const char *name, const char *options, const struct battery_result *r)
{
	print_message("%s with '%s': %s %s %s\n", name, options, battery_outcomes[r->outcome], r->code ? r->code : "",
	              r->text ? r->text : "");
}

static bool is_limit(const char *name)
{
	return strcmp(name, "fork-bomb") == 0 || strcmp(name, "memory-hog") == 0 || strcmp(name, "all-cpus") == 0;
}

/* Everything that holds it is among the layers that were taken away. */
static bool has_lost_all(const struct escape *e, const char *lost)
{
	struct strv layers = { 0 }, gone = { 0 };
	bool all = true;
	strv_split(&layers, e->held_by, ",");
	strv_split(&gone, lost, ",");
	for (size_t i = 0; i < layers.n; i++)
		all &= strv_has(&gone, layers.v[i]);
	strv_free(&layers);
	strv_free(&gone);
	return all;
}

/* Every attempt is held in the way that is expected of it, but for those of which every layer was taken away. Returns how
 * many are not. */
static unsigned check_held(const char *options, const char *lost)
{
	struct battery b;
	size_t warnings;
	unsigned bad = 0;
	if (!try_in(&env_container, options, &b, &warnings))
		return 0;
	assert_false(b.own_kernel);
	for (size_t i = 0; i < b.n; i++) {
		const struct escape *e = escape_at(i);
		const struct battery_result *r = &b.v[i];
		bool unlimited = warnings && is_limit(e->name);         /* an ordinary user without a delegated cgroup */
		bool held = r->outcome == BATTERY_HELD || r->outcome == BATTERY_NA || (unlimited && r->outcome == BATTERY_ESCAPED);
		if (has_lost_all(e, lost))
			continue;
		if (!held || unlimited)
			say_result(e->name, options, r);
		bad += !held;
	}
	battery_free(&b);
	return bad;
}

static void test_container_holds(void **state)
{
	(void)state;
	assert_int_equal(check_held("", ""), 0);
}

/* However the container is made, as long as no layer is missing. */
static void test_every_kind_of_container_holds(void **state)
{
	(void)state;
	static const char *const kinds[] = {
		"userns=on", "root=overlay", "root=overlay layers=4", "root=tmpfs", "root=squashfs", "root=erofs", "network=none",
		"network=veth", "network=pool",
	};
	unsigned bad = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		bad += check_held(kinds[i], "");
	assert_int_equal(bad, 0);
}

/* Limits that were put on before the start request are limits all the same. */
static void test_limits_put_on_before_hold(void **state)
{
	(void)state;
	assert_int_equal(check_held("cgroup=before", ""), 0);
}

/* One layer taken away: what is said to be held by another one too must be. */
static void test_either_layer_holds(void **state)
{
	(void)state;
	static const struct {
		const char *options, *lost;
	} arms[] = {
		{ "seccomp=off", "filter" },
		{ "caps=all", "capability,bounding set" },
		{ "caps=docker", "capability,bounding set" },
		{ "no-new-privs=off seccomp=off", "filter,no_new_privs" },
		{ "network=host namespaces=mount,pid,ipc,uts,cgroup", "net namespace" },
		{ "namespaces=mount,ipc,uts,cgroup,net", "pid namespace" },
		{ "namespaces=mount,pid,uts,cgroup,net", "ipc namespace" },
		{ "namespaces=mount,pid,ipc,cgroup,net", "uts namespace" },
		{ "namespaces=mount,pid,ipc,uts,net", "cgroup namespace" },
		{ "enter=chroot", "pivoted root" },
		{ "writable=on", "read-only root" },
		{ "masks=off", "mask,read-only /proc,read-only /sys,read-only cgroup" },
		{ "devices=host", "no such node in /dev,minimal /dev,read-only nodes,size of the tmpfs" },
		{ "cgroup=off", "cgroup,cgroup (cpuset),read-only cgroup" },
		{ "inherit=on", "closed descriptors,clean environment" },
	};
	unsigned bad = 0;
	for (size_t i = 0; i < sizeof(arms) / sizeof(*arms); i++)
		bad += check_held(arms[i].options, arms[i].lost);
	assert_int_equal(bad, 0);
}

/* ---- what must succeed where ---- */

#define OPEN "seccomp=off caps=all"
#define BARE "namespaces=none network=host root=host userns=off " OPEN

/* The host's own root is needed: an ordinary user is held by being one. */
#define ROOT true

static const struct weak {
	const char *attempt, *options;  /* options of the container; NULL: the host driver */
	bool root;
} weak[] = {
	{ "mount-tmpfs", OPEN }, { "mount-proc", OPEN " masks=off" }, { "remount-root", OPEN }, { "remount-proc", OPEN },
	{ "umount-mask", OPEN }, { "pivot-root", OPEN }, { "chroot-out", OPEN " enter=chroot" }, { "dotdot", BARE },
	{ "fsopen", OPEN }, { "open-tree", OPEN }, { "move-mount", OPEN }, { "mount-setattr", OPEN },
	{ "open-by-handle", OPEN, ROOT }, { "write-root", "writable=on" }, { "exe-overwrite", "writable=on" },

	{ "proc-visible", BARE }, { "ptrace", BARE }, { "signal", BARE }, { "vm-readv", BARE }, { "pidfd-getfd", BARE },
	{ "kcmp", BARE }, { "proc-root", BARE }, { "setns", BARE, ROOT },
	{ "unshare-user", OPEN }, { "unshare-mount", OPEN }, { "clone-user", OPEN }, { "clone3-user", OPEN },
	{ "exec-gain", OPEN " no-new-privs=off" }, { "setuid-file", BARE " no-new-privs=off", ROOT }, { "file-caps", OPEN },
	{ "priority", OPEN, ROOT }, { "realtime", OPEN, ROOT }, { "realtime-io", OPEN, ROOT }, { "rlimit", OPEN, ROOT },

	{ "core-pattern", OPEN " masks=off", ROOT }, { "sysctl", OPEN " masks=off", ROOT }, { "sysfs", OPEN " masks=off", ROOT },
	{ "uevent-helper", OPEN " masks=off", ROOT }, { "sysrq", OPEN " masks=off", ROOT }, { "kexec", OPEN, ROOT },
	{ "kexec-file", OPEN, ROOT }, { "module-load", OPEN, ROOT }, { "module-file", OPEN, ROOT }, { "module-unload", OPEN, ROOT },
	{ "kernel-log", OPEN, ROOT }, { "reboot", OPEN }, { "swapon", OPEN, ROOT }, { "acct", OPEN, ROOT },
	{ "settimeofday", OPEN, ROOT }, { "adjtimex", OPEN, ROOT }, { "sethostname", BARE, ROOT },
	{ "proc-keys", OPEN " masks=off", ROOT }, { "proc-kcore", OPEN " masks=off", ROOT },
	{ "proc-timer-list", OPEN " masks=off", ROOT }, { "proc-interrupts", OPEN " masks=off" },
	{ "sys-firmware", OPEN " masks=off" }, { "kallsyms", OPEN, ROOT },

	{ "bpf", OPEN, ROOT }, { "add-key", OPEN }, { "request-key", OPEN }, { "keyctl", OPEN }, { "perf", OPEN, ROOT },
	{ "userfaultfd", OPEN }, { "io-uring", OPEN }, { "fanotify", OPEN, ROOT }, { "personality", OPEN }, { "modify-ldt", OPEN },
	{ "ioperm", OPEN, ROOT }, { "iopl", OPEN, ROOT }, { "int80", OPEN }, { "x32", OPEN },

	{ "mknod", OPEN, ROOT }, { "mknod-open", BARE, ROOT }, { "open-disk", OPEN " devices=host", ROOT }, { "dev-mem", OPEN " devices=host", ROOT },
	{ "dev-kmsg", OPEN " devices=host", ROOT }, { "dev-kvm", OPEN " devices=host", ROOT }, { "dev-fuse", OPEN " devices=host", ROOT },
	{ "other-devices", OPEN " devices=host" }, { "device-chmod", OPEN " devices=host", ROOT },
	{ "tiocsti", OPEN " inherit=on", ROOT }, { "console", OPEN " devices=host", ROOT },

	{ "raw-socket", OPEN }, { "packet-socket", OPEN }, { "vsock", OPEN }, { "af-alg", OPEN },
	{ "netlink", OPEN " network=host", ROOT }, { "abstract-socket", OPEN " network=host" },
	{ "loopback-service", OPEN " network=host" }, { "sysv-shm", BARE },

	{ "fork-bomb", "cgroup=off" }, { "memory-hog", "cgroup=off" }, { "all-cpus", "cgroup=off" }, { "fill-tmp", BARE " cgroup=off" },
	{ "fill-shm", BARE " cgroup=off" },
	{ "fill-root", BARE " cgroup=off", ROOT }, { "cgroup-limit", BARE, ROOT }, { "notify-on-release", BARE, ROOT },
	{ "release-agent", BARE, ROOT },

	{ "descriptors", OPEN " inherit=on" }, { "read-descriptor", OPEN " inherit=on" },
	{ "directory-descriptor", OPEN " inherit=on" }, { "environment", OPEN " inherit=on" }, { "groups", NULL, ROOT },
};
#define N_WEAK (sizeof(weak) / sizeof(*weak))

static bool same_arm(const struct weak *a, const struct weak *b)
{
	return a->options && b->options ? strcmp(a->options, b->options) == 0 : a->options == b->options;
}

/* One launch of the arm of row `first` judges all rows that name it. Returns how many of them did not succeed. */
static unsigned check_arm(size_t first, unsigned *shown, unsigned *not_shown)
{
	const char *options = weak[first].options ? weak[first].options : "";
	struct battery b;
	size_t warnings;
	unsigned bad = 0;
	bool tried = try_in(weak[first].options ? &env_container : &env_host, options, &b, &warnings);
	for (size_t i = first; i < N_WEAK; i++) {
		if (!same_arm(&weak[first], &weak[i]))
			continue;
		const struct battery_result *r = tried ? battery_of(&b, weak[i].attempt) : NULL;
		if (r && r->outcome == BATTERY_ESCAPED) {
			(*shown)++;
			continue;
		}
		(*not_shown)++;
		if (!r)
			continue;
		say_result(weak[i].attempt, options, r);
		bad += r->outcome != BATTERY_NA && (as_root || !weak[i].root);
	}
	if (tried)
		battery_free(&b);
	return bad;
}

/* What the attempts ask for, as it is on this host. */
static char *host_state(void)
{
	static const char *const files[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/vm/swappiness", "/proc/sys/kernel/hostname", "/proc/sys/kernel/acct",
		"/proc/swaps", "/proc/modules", "/proc/self/mountinfo", "/sys/kernel/rcu_expedited",
		"/sys/kernel/uevent_helper", "/sys/kernel/kexec_loaded", "/sys/class/net/lo/flags", "/sys/fs/cgroup/memory/release_agent",
		"/sys/fs/cgroup/systemd/release_agent", "/sys/fs/cgroup/memory/notify_on_release",
	};
	static const char *const nodes[] = { "/dev/null", "/tmp", "/dev/shm", "/" };
	struct str b = { 0 };
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		cleanup_free char *text = NULL;
		if (fs_read(files[i], &text, NULL) == 0)
			str_addf(&b, "%s: %s\n", files[i], text);
	}
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		struct stat st = { 0 };
		if (stat(nodes[i], &st) == 0)
			str_addf(&b, "%s: mode %o of %u\n", nodes[i], st.st_mode, st.st_uid);
	}
	return b.s;
}

static void test_weak_arms_do_not_hold(void **state)
{
	(void)state;
	cleanup_free char *untouched = host_state();
	unsigned bad = 0, shown = 0, not_shown = 0;
	for (size_t i = 0; i < N_WEAK; i++) {
		size_t before = 0;
		while (!same_arm(&weak[before], &weak[i]))
			before++;
		if (before == i)
			bad += check_arm(i, &shown, &not_shown);
	}
	print_message("%u attempts were shown to succeed, %u can't be on this host or by this user\n", shown, not_shown);
	assert_int_equal(bad, 0);
	assert_true(shown >= 40);
	/* And they are harmless. */
	cleanup_free char *after = host_state();
	assert_string_equal(after, untouched);
}

static void test_every_attempt_has_a_weak_arm(void **state)
{
	(void)state;
	const struct escape *e;
	for (size_t i = 0; (e = escape_at(i)); i++) {
		size_t k = 0;
		while (k < N_WEAK && strcmp(weak[k].attempt, e->name) != 0)
			k++;
		if (k == N_WEAK)
			fail_msg("%s is never shown to succeed", e->name);
	}
}

static int run_all(const char *name)
{
	as_root = geteuid() == 0;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_attempt_has_a_weak_arm),
		cmocka_unit_test(test_container_holds),
		cmocka_unit_test(test_every_kind_of_container_holds),
		cmocka_unit_test(test_limits_put_on_before_hold),
		cmocka_unit_test(test_either_layer_holds),
		cmocka_unit_test(test_weak_arms_do_not_hold),
	};
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	struct err err = { 0 };
	/* What an attempt mounts where it can is gone with this namespace. */
	if (geteuid() == 0 && lifeline_enter(&err) < 0) {
		printf("1..0 # SKIP no namespace of its own for the weak arms: %s\n", err.msg);
		return 0;
	}
	if (geteuid() != 0)
		return run_all("escape, rootless");
	const gid_t adm = 4;
	if (setgroups(1, &adm) < 0)
		return 1;
	int failed = run_all("escape, as root");
	return as_nobody(run_all, "escape, rootless") + failed;
}
