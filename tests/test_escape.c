/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The battery: its records are read right; the container holds every attempt, and still does by what is left when one layer
 * is taken away; every attempt succeeds where what holds it is taken away. As it is, and once more as an ordinary user. */
#include "arm.h"

#include "base/lifeline.h"
#include "run/battery.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define LAUNCH_S 60.0
#define BOOT "00000000-0000-0000-0000-000000000001"

static bool as_root;

/* ---- records ---- */

static char *records_of_all(const char *outcome)
{
	struct str b = { 0 }, lines = { 0 };
	const struct escape *e;
	size_t n;
	for (n = 0; (e = escape_at(n)); n++)
		str_addf(&lines, "attempt %s %s\n", e->name, outcome);
	str_addf(&b, "battery %d %zu " BOOT "\n%send\n", ESCAPE_VERSION, n, lines.s);
	str_free(&lines);
	return b.s;
}

static void test_records(void **state)
{
	(void)state;
	struct battery b;
	struct err err = { 0 };
	cleanup_free char *held = records_of_all("held EPERM  not permitted");
	assert_int_equal(battery_parse(held, BOOT, &b, &err), 0);
	assert_false(b.own_kernel);
	assert_int_equal(battery_count(&b, BATTERY_HELD), b.n);
	assert_string_equal(battery_of(&b, "mount-tmpfs")->code, "EPERM");
	assert_string_equal(battery_of(&b, "mount-tmpfs")->text, " not permitted");
	assert_null(battery_of(&b, "no-such-attempt"));
	battery_free(&b);
	cleanup_free char *escaped = records_of_all("escaped -");
	assert_int_equal(battery_parse(escaped, BOOT, &b, &err), 0);
	for (size_t i = 0; i < b.n; i++) {
		assert_true(battery_is_escape(&b, i));
		assert_null(b.v[i].code);
		assert_null(b.v[i].text);
	}
	battery_free(&b);
	/* With a kernel of its own only what lies outside counts. */
	assert_int_equal(battery_parse(escaped, "another", &b, &err), 0);
	assert_true(b.own_kernel);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(battery_is_escape(&b, i), escape_at(i)->target == ESCAPE_OUTSIDE);
	battery_free(&b);
}

static void test_bad_records(void **state)
{
	(void)state;
	static const struct {
		const char *text, *because;
	} bad[] = {
		{ "", "no record" },
		{ "isoload: unknown command\n", "line 1: 'isoload: unknown command': expected 'battery" },
		{ "battery 2 0 x\nend\n", "version 2, expected 1" },
		{ "battery 1 1 x\nattempt mount-tmpfs held EPERM\n", "broke off after 1 of 1" },
		{ "battery 1 2 x\nattempt mount-tmpfs held EPERM\nend\n", "line 3: end after 1 of 2" },
		{ "battery 1 1 x\nattempt mount-tmpfs\nend\n", "line 2: 'attempt mount-tmpfs': expected 'attempt NAME" },
		{ "battery 1 1 x\nattempt mount-tmpfs won -\nend\n", "line 2: outcome 'won'" },
		{ "battery 1 1 x\nattempt frobnicate held -\nend\n", "line 2: no attempt is called 'frobnicate'" },
		{ "battery 1 2 x\nattempt ptrace held -\nattempt ptrace held -\nend\n", "line 3: a second result of ptrace" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct battery b = { 0 };
		struct err err = { 0 };
		assert_int_equal(battery_parse(bad[i].text, BOOT, &b, &err), -EPROTO);
		if (!strstr(err.msg, bad[i].because))
			fail_msg("%s: expected '%s'", err.msg, bad[i].because);
		assert_null(b.v);
	}
}

static void test_table(void **state)
{
	(void)state;
	const struct escape *e;
	size_t n;
	for (n = 0; (e = escape_at(n)); n++) {
		assert_true(strlen(e->name) <= 20 && strspn(e->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(e->name));
		assert_true(*e->what && *e->held_by);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(e->name, escape_at(i)->name);
	}
	assert_true(n >= 40);
}

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
	if (r == -ENOTSUP)
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

/* Held by one of the layers that are named, apart from the one that was taken away. */
static bool held_without(const struct escape *e, const char *layer)
{
	return strcmp(e->held_by, layer) != 0;
}

/* Every attempt is held in the way that is expected of it, but for those that had one layer only when it is taken away. */
static unsigned check_held(const char *options, const char *layer)
{
	struct battery b;
	size_t warnings;
	unsigned bad = 0;
	if (!try_in(&env_container, options, &b, &warnings))
		skip();
	assert_false(b.own_kernel);
	for (size_t i = 0; i < b.n; i++) {
		const struct escape *e = escape_at(i);
		const struct battery_result *r = &b.v[i];
		bool unlimited = warnings && is_limit(e->name);         /* an ordinary user without a delegated cgroup */
		bool good = r->outcome == BATTERY_HELD || r->outcome == BATTERY_NA || (unlimited && r->outcome == BATTERY_ESCAPED);
		if (layer && !held_without(e, layer))
			continue;
		if (!good || r->outcome == BATTERY_NA || unlimited)
			say_result(e->name, options, r);
		bad += !good;
	}
	battery_free(&b);
	return bad;
}

static void test_container_holds(void **state)
{
	(void)state;
	assert_int_equal(check_held("", NULL), 0);
}

/* Where a filter and something else are named, either is enough. */
static void test_holds_without_filter(void **state)
{
	(void)state;
	assert_int_equal(check_held("seccomp=off", "filter"), 0);
}

static void test_holds_with_capabilities(void **state)
{
	(void)state;
	assert_int_equal(check_held("caps=all", "capability"), 0);
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

	{ "mknod", OPEN, ROOT }, { "open-disk", OPEN " devices=host", ROOT }, { "dev-mem", OPEN " devices=host", ROOT },
	{ "dev-kmsg", OPEN " devices=host", ROOT }, { "dev-kvm", OPEN " devices=host", ROOT }, { "dev-fuse", OPEN " devices=host" },
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

static void test_weak_arms_do_not_hold(void **state)
{
	(void)state;
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_every_attempt_has_a_weak_arm),
		cmocka_unit_test(test_container_holds),
		cmocka_unit_test(test_holds_without_filter),
		cmocka_unit_test(test_holds_with_capabilities),
		cmocka_unit_test(test_weak_arms_do_not_hold),
	};
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

/* The same tests as the user nobody, in a process of its own. */
static int run_as_user(void)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(99);
		/* As after a login: a change of ids leaves /proc/self to root. */
		prctl(PR_SET_DUMPABLE, 1);
		as_root = false;
		exit(run_all("escape, rootless") ? 1 : 0);
	}
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void)
{
	struct err err = { 0 };
	/* What an attempt mounts where it can is gone with this namespace. */
	if (geteuid() == 0 && lifeline_enter(&err) < 0) {
		printf("1..0 # SKIP no namespace of its own for the weak arms: %s\n", err.msg);
		return 0;
	}
	as_root = geteuid() == 0;
	if (!as_root)
		return run_all("escape, rootless");
	const gid_t adm = 4;
	if (setgroups(1, &adm) < 0)
		return 1;
	int failed = run_all("escape, as root");
	return run_as_user() + failed;
}
