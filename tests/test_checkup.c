/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_checkup.c - facts read from made-up trees of /proc and /sys, and the verdicts on them. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "report/checkup.h"
#include "store/hostinfo.h"
#include "store/hostmeter.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static char root[] = "/tmp/isocost-checkup-XXXXXX";

static void put(const char *path, const char *text)
{
	cleanup_free char *file = xasprintf("%s%s", root, path), *dir = xstrdup(file);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(fs_mkdirs(dir, 0755), 0);
	assert_int_equal(fs_write(file, text, strlen(text), 0644), 0);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	return fs_rmtree(root);
}

#define CPU "/sys/devices/system/cpu/"

/* A host as it should be. */
static void put_good(void)
{
	put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Made Up\nflags\t\t: fpu vmx sse\n");
	put("/proc/meminfo", "MemTotal:  16000000 kB\nMemAvailable:  8000000 kB\nSwapTotal:  100 kB\nSwapFree:  100 kB\nHugePages_Total: 0\n");
	put("/proc/loadavg", "0.10 0.20 0.30 1/100 1234\n");
	put("/proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 50 0 50 400 0 0 0 0 0 0\n");
	put("/proc/pressure/cpu", "some avg10=0.10 avg60=0.00 avg300=0.00 total=5000000\n");
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	put("/proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n");
	put("/proc/sys/kernel/randomize_va_space", "2\n");
	put("/proc/sys/kernel/osrelease", "6.1.0-made-up\n");
	put("/proc/sys/kernel/seccomp/actions_avail", "kill_process kill_thread trap errno user_notif trace log allow\n");
	put("/proc/sys/user/max_user_namespaces", "1000\n");
	put("/proc/self/ns/user", "");
	put("/proc/self/mountinfo", "30 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
	put("/proc/filesystems", "nodev\tsysfs\nnodev\toverlay\n\text4\n");
	put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
	put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	put("/sys/module/kvm_intel/parameters/nested", "Y\n");
	put(CPU "smt/control", "off\n");
	put(CPU "smt/active", "0\n");
	put(CPU "cpu0/cpufreq/scaling_governor", "performance\n");
	put(CPU "cpu0/cpufreq/scaling_cur_freq", "2400000\n");
	put(CPU "cpu1/cpufreq/scaling_governor", "performance\n");
	put(CPU "intel_pstate/no_turbo", "1\n");
	put(CPU "vulnerabilities/meltdown", "Not affected\n");
	put("/dev/kvm", "");
}

static void gather(struct kvs *facts)
{
	hostinfo_gather_at(root, root, facts);
	/* Those of the directory that the test works in. */
	kvs_set(facts, "disk.type", "ext4", 0);
	kvs_set(facts, "disk.free_bytes", "5000000000", 0);
	kvs_set(facts, "disk.rotational", "0", 0);
}

static void all_checks(bool as_root, struct kvs *facts, struct findings *found)
{
	gather(facts);
	checkup_kernel(facts, as_root, found);
	checkup_figures(facts, found);
	checkup_kvm(facts, found);
}

static void assert_fact(const struct kvs *facts, const char *name, const char *value)
{
	const char *v = kvs_get(facts, name);
	if (!v || strcmp(v, value) != 0)
		fail_msg("%s is '%s', expected '%s'", name, v ? v : "(none)", value);
}

/* After one change of the good host: the verdict of a check, its text, and that who is told has an effect and something to do. */
static void expect(bool as_root, const char *check, enum finding_verdict verdict, const char *says, const char *mend)
{
	struct kvs facts = { 0 };
	struct findings found = { 0 };
	all_checks(as_root, &facts, &found);
	const struct finding *f = findings_get(&found, check);
	if (!f)
		fail_msg("no finding %s", check);
	if (f->verdict != verdict || !strstr(f->what, says))
		fail_msg("%s: %s: %s; expected %s: …%s…", check, finding_verdict_names[f->verdict], f->what, finding_verdict_names[verdict], says);
	if (verdict != FOUND_OK && (!f->effect || !f->mend || !strstr(f->mend, mend)))
		fail_msg("%s: effect '%s', mend '%s', expected …%s…", check, f->effect ? f->effect : "(none)", f->mend ? f->mend : "(none)", mend);
	findings_free(&found);
	kvs_free(&facts);
}

static void good_host(void **state)
{
	(void)state;
	struct kvs facts = { 0 };
	struct findings found = { 0 };
	put_good();
	all_checks(true, &facts, &found);
	for (size_t i = 0; i < found.n; i++)
		if (found.v[i].verdict != FOUND_OK)
			fail_msg("%s: %s", found.v[i].check, found.v[i].what);
	assert_true(found.n >= 18);
	assert_fact(&facts, "cpu.governor", "performance");
	assert_fact(&facts, "cgroup.controllers", "cpu cpuset memory pids io");
	assert_fact(&facts, "kernel.overlayfs", "yes");
	assert_fact(&facts, "kvm.nested", "on");
	assert_fact(&facts, "kvm.device", "yes");
	assert_fact(&facts, "host.is_guest", "no");
	assert_fact(&facts, "cpu.virtualization", "vmx");
	assert_fact(&facts, "mitigation.meltdown", "Not affected");
	assert_fact(&facts, "memory.swap_used", "0 kB");
	findings_free(&found);
	kvs_free(&facts);
}

/* One thing at a time is wrong. */
static const struct {
	const char *path, *text;        /* text NULL: it is not there */
	bool as_root;
	const char *check;
	enum finding_verdict verdict;
	const char *says, *mend;
} wrongs[] = {
	{ CPU "cpu1/cpufreq/scaling_governor", "powersave\n", true, "cpu.governor", FOUND_WARNING, "(performance powersave)", "cpupower" },
	{ CPU "smt/control", "on\n", true, "cpu.smt", FOUND_WARNING, "(on)", "smt/control" },
	{ CPU "intel_pstate/no_turbo", "0\n", true, "cpu.no_turbo", FOUND_WARNING, "turbo is on", "no_turbo" },
	{ CPU "cpufreq/boost", "1\n", true, "cpu.boost", FOUND_WARNING, "boost is on", "boost" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n", true, "kernel.thp", FOUND_WARNING, "wherever", "madvise" },
	{ "/proc/sys/kernel/randomize_va_space", "0\n", true, "kernel.aslr", FOUND_WARNING, "not fully", "sysctl" },
	{ "/proc/loadavg", "3.00 0 0 1/1 1\n", true, "load", FOUND_WARNING, "3.00", "top" },
	{ "/proc/pressure/memory", "some avg10=12.00 avg60=0 avg300=0 total=1\n", true, "pressure.memory", FOUND_WARNING, "12 %", "rss" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n", true, "kernel.clocksource", FOUND_WARNING, "(hpet)", "tsc" },
	{ "/proc/meminfo", "MemTotal: 900000 kB\nMemAvailable: 500000 kB\n", true, "memory.available", FOUND_WARNING, "488 MiB", "memory" },
	{ "/proc/meminfo", "MemAvailable: 8000000 kB\nSwapTotal: 4096 kB\nSwapFree: 2048 kB\n", true, "memory.swap", FOUND_WARNING, "2 MiB", "swapoff" },
	{ "/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n", true, "cgroup", FOUND_WARNING, "no controller memory", "cgroup_enable=memory" },
	{ "/proc/self/mountinfo", "1 1 0:1 / / rw - ext4 /dev/x rw\n", true, "cgroup", FOUND_WARNING, "no control groups", "mount" },
	{ "/proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n32 30 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
	  true, "cgroup", FOUND_WARNING, "(cgroup v1) have no controller pids", "cgroup" },
	{ "/proc/sys/user/max_user_namespaces", "0\n", true, "userns", FOUND_WARNING, "no user namespaces", "max_user_namespaces" },
	{ "/proc/sys/user/max_user_namespaces", "0\n", false, "userns", FOUND_FAIL, "no user namespaces", "max_user_namespaces" },
	{ "/proc/sys/kernel/unprivileged_userns_clone", "0\n", true, "userns", FOUND_OK, "only root", "" },
	{ "/proc/sys/kernel/unprivileged_userns_clone", "0\n", false, "userns", FOUND_FAIL, "only root", "unprivileged_userns_clone=1" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", false, "userns", FOUND_FAIL, "only root", "apparmor" },
	{ "/proc/sys/kernel/seccomp/actions_avail", NULL, true, "seccomp", FOUND_WARNING, "no system-call filters", "SECCOMP" },
	{ "/proc/filesystems", "nodev\tsysfs\n\text4\n", true, "overlayfs", FOUND_WARNING, "no overlayfs", "modprobe" },
	{ "/proc/cpuinfo", "flags : fpu hypervisor\n", true, "kvm.nested", FOUND_WARNING, "passes no virtualization on", "host-passthrough" },
	{ "/proc/cpuinfo", "flags : fpu svm hypervisor\n", true, "kvm.nested", FOUND_WARNING, "guests run nested", "bare metal" },
	{ "/proc/cpuinfo", "flags : fpu hypervisor\n", true, "host.is_guest", FOUND_WARNING, "itself a virtual machine", "bare metal" },
	{ "/sys/module/kvm_intel/parameters/nested", "0\n", true, "kvm.nested", FOUND_OK, "is off", "" },
	{ "/proc/loadavg", "0 0 0 1/1 1\n", false, "rights", FOUND_WARNING, "ordinary user", "sudo" },
};

static void one_thing_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		assert_int_equal(fs_rmtree(root), 0);
		put_good();
		cleanup_free char *file = xasprintf("%s%s", root, wrongs[i].path);
		if (wrongs[i].text)
			put(wrongs[i].path, wrongs[i].text);
		else
			assert_int_equal(unlink(file), 0);
		expect(wrongs[i].as_root, wrongs[i].check, wrongs[i].verdict, wrongs[i].says, wrongs[i].mend);
	}
}

/* overlayfs as a module that no mount has loaded yet. */
static void overlay_module(void **state)
{
	(void)state;
	put_good();
	put("/proc/filesystems", "nodev\tsysfs\n");
	put("/lib/modules/6.1.0-made-up/modules.dep", "kernel/fs/overlayfs/overlay.ko.xz:\n");
	expect(true, "overlayfs", FOUND_OK, "a module", "");
}

/* No verdict without a value. */
static void nothing_known(void **state)
{
	(void)state;
	struct kvs none = { 0 };
	struct findings found = { 0 };
	checkup_kernel(&none, true, &found);
	checkup_figures(&none, &found);
	checkup_kvm(&none, &found);
	checkup_versions(&none, &found);
	checkup_missing(&none, &found);
	checkup_approot(&none, &found);
	checkup_steal(&none, &none, &found);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.v[0].check, "rights");
	findings_free(&found);
}

static void disk(void **state)
{
	(void)state;
	struct kvs facts = { 0 };
	struct findings found = { 0 };
	kvs_set(&facts, "disk.free_bytes", "1000000000", 0);
	kvs_set(&facts, "disk.type", "tmpfs", 0);
	kvs_set(&facts, "disk.rotational", "1", 0);
	kvs_set(&facts, "disk.device", "sdb", 0);
	checkup_figures(&facts, &found);
	assert_int_equal(findings_get(&found, "disk.free_bytes")->verdict, FOUND_FAIL);
	assert_non_null(strstr(findings_get(&found, "disk.free_bytes")->mend, "ISOCOST_WORK"));
	assert_int_equal(findings_get(&found, "disk.type")->verdict, FOUND_WARNING);
	assert_string_equal(findings_get(&found, "disk.rotational")->what, "the disk sdb spins");
	findings_free(&found);
	kvs_set(&facts, "host.is_guest", "yes", 0);
	checkup_figures(&facts, &found);
	assert_null(findings_get(&found, "disk.rotational"));
	findings_free(&found);
	kvs_free(&facts);
}

static void kvm_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *device, *virtualization, *guest, *mend;
	} broken[] = {
		{ "no access", "vmx", "no", "usermod -aG kvm" },
		{ "no", "none", "no", "firmware" },
		{ "no", "svm", "no", "modprobe" },
		{ "no", "none", "yes", "nested=1" },
	};
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct kvs facts = { 0 };
		struct findings found = { 0 };
		kvs_set(&facts, "kvm.device", broken[i].device, 0);
		kvs_set(&facts, "cpu.virtualization", broken[i].virtualization, 0);
		kvs_set(&facts, "host.is_guest", broken[i].guest, 0);
		kvs_set(&facts, "kvm.missing", "/dev/kvm can't be opened", 0);
		checkup_kvm(&facts, &found);
		const struct finding *f = findings_get(&found, "kvm");
		assert_int_equal(f->verdict, FOUND_WARNING);
		if (!strstr(f->mend, broken[i].mend) || !strstr(f->what, "can't be opened"))
			fail_msg("%s; mend %s, expected %s", f->what, f->mend, broken[i].mend);
		findings_free(&found);
		kvs_free(&facts);
	}
	static const char *const kinds[] = { "KVM with hardware virtualization", "KVM with nested hardware virtualization", "KVM without hardware virtualization" };
	for (size_t i = 0; i < 3; i++) {
		struct kvs facts = { 0 };
		struct findings found = { 0 };
		kvs_set(&facts, "kvm.kind", kinds[i], 0);
		kvs_set(&facts, "kvm.exit_port_s", "4e-06", 0);
		kvs_set(&facts, "kvm.exit_port_q1_s", "3e-06", 0);
		kvs_set(&facts, "kvm.exit_port_q3_s", "5e-06", 0);
		kvs_set(&facts, "kvm.exit_port_n", "20", 0);
		checkup_kvm(&facts, &found);
		const struct finding *f = findings_get(&found, "kvm");
		assert_int_equal(f->verdict, i == 0 ? FOUND_OK : FOUND_WARNING);
		assert_non_null(strstr(f->what, kinds[i]));
		assert_int_equal(f->details.n, 1);
		assert_non_null(strstr(f->details.v[0], "4.00 µs, quartiles 3.00 µs … 5.00 µs, n = 20"));
		findings_free(&found);
		kvs_free(&facts);
	}
}

static void versions(void **state)
{
	(void)state;
	static const struct {
		const char *libvirt, *qemu;
		enum finding_verdict expect_libvirt, expect_qemu;
	} rows[] = {
		{ "9.0.0", "7.2.22", FOUND_OK, FOUND_OK },          { "10.1.0", "10.0", FOUND_OK, FOUND_OK },
		{ "8.10.0", "7.1.0", FOUND_WARNING, FOUND_WARNING }, { "9.0", "6.2.0 (Debian)", FOUND_OK, FOUND_WARNING },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kvs facts = { 0 };
		struct findings found = { 0 };
		kvs_set(&facts, "libvirt.version", rows[i].libvirt, 0);
		kvs_set(&facts, "qemu.version", rows[i].qemu, 0);
		kvs_set(&facts, "guest.kernel", "6.1.0-1", 0);
		checkup_versions(&facts, &found);
		assert_int_equal(findings_get(&found, "libvirt.version")->verdict, rows[i].expect_libvirt);
		assert_int_equal(findings_get(&found, "qemu.version")->verdict, rows[i].expect_qemu);
		assert_non_null(strstr(findings_get(&found, "guest.kernel")->what, "6.1.0-1"));
		findings_free(&found);
		kvs_free(&facts);
	}
}

static void programs(void **state)
{
	(void)state;
	struct kvs facts = { 0 };
	struct findings found = { 0 };
	for (const struct checkup_program *p = checkup_programs; p->name; p++) {
		cleanup_free char *key = xasprintf("program.%s", p->name);
		kvs_set(&facts, key, "/usr/bin/x", 0);
	}
	checkup_missing(&facts, &found);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.v[0].verdict, FOUND_OK);
	findings_free(&found);
	kvs_set(&facts, "program.gnuplot", "", 0);
	kvs_set(&facts, "program.qemu-system-x86_64", "", 0);
	checkup_missing(&facts, &found);
	assert_int_equal(findings_count(&found, FOUND_FAIL), 1);
	assert_int_equal(findings_count(&found, FOUND_WARNING), 1);
	assert_string_equal(found.v[0].mend, "apt-get install qemu-system-x86");
	findings_free(&found);
	kvs_free(&facts);
}

static void application_root(void **state)
{
	(void)state;
	struct kvs facts = { 0 };
	struct findings found = { 0 };
	kvs_set(&facts, "app.root", "", 0);
	checkup_approot(&facts, &found);
	assert_int_equal(found.v[0].verdict, FOUND_WARNING);
	assert_non_null(strstr(found.v[0].effect, "kv can't run"));
	assert_non_null(strstr(found.v[0].mend, "make app-root"));
	findings_free(&found);
	kvs_set(&facts, "app.root", "/cache/app/redis-0123/root", 0);
	checkup_approot(&facts, &found);
	assert_int_equal(found.v[0].verdict, FOUND_OK);
	assert_string_equal(found.v[0].what, "the applications' root file system is in the cache");
	findings_free(&found);
	kvs_set(&facts, "app.packages", "libc6=2.36-9 redis-server=5:7.0.15-1 redis-tools=5:7.0.15-1", 0);
	checkup_approot(&facts, &found);
	assert_string_equal(found.v[0].what, "the applications' root file system is in the cache (redis-server 5:7.0.15-1)");
	findings_free(&found);
	kvs_free(&facts);
}

static void steal(void **state)
{
	(void)state;
	struct kvs before = { 0 }, after = { 0 };
	struct findings found = { 0 };
	kvs_set(&before, "cpu_time", "cpu  100 0 100 800 0 0 0 0 0 0", 0);
	kvs_set(&after, "cpu_time", "cpu  150 0 130 1700 0 0 0 20 0 0", 0);
	checkup_steal(&before, &after, &found);
	assert_int_equal(found.v[0].verdict, FOUND_WARNING);
	assert_non_null(strstr(found.v[0].what, "2.0 %"));
	findings_free(&found);
	kvs_set(&after, "cpu_time", "cpu  150 0 130 1700 0 0 0 1 0 0", 0);
	checkup_steal(&before, &after, &found);
	assert_int_equal(found.v[0].verdict, FOUND_OK);
	findings_free(&found);
	checkup_steal(&before, &before, &found);
	assert_int_equal(found.n, 0);
	kvs_free(&before);
	kvs_free(&after);
}

static void meters(void **state)
{
	(void)state;
	struct hostmeter m;
	put_good();
	put("/proc/stat", "cpu  9 9 9 9 9 9 9 250 0 0\ncpu0 100 0 0 0 0 0 0 50 0 0\ncpu1 200 10 90 0 0 7 7 200 0 0\ncpu11 5000 0 0 0 0 0 0 5000 0 0\n");
	put(CPU "cpu1/thermal_throttle/core_throttle_count", "3\n");
	double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	hostmeter_read(root, "0,1", &m);
	assert_true(fabs(m.steal_s - 200 * tick) < 1e-9);
	assert_true(fabs(m.busy_s - 400 * tick) < 1e-9);
	assert_true(m.pressure_s[PRESSURE_CPU] == 5.0 && m.pressure_s[PRESSURE_MEMORY] == 0 && m.pressure_s[PRESSURE_IO] == 1.5);
	assert_int_equal(m.throttled, 3);
	assert_true(fabs(hostmeter_steal_s(root) - 250 * tick) < 1e-9);
	assert_true(hostmeter_frequency_hz(root, "0") == 2.4e9);
	assert_true(hostmeter_frequency_hz(root, "7") == 0 && hostmeter_temperature_c(root) == 0);
	/* The package's own sensor counts, however hot another; without one, the hottest. */
	put("/sys/class/thermal/thermal_zone0/type", "acpitz\n");
	put("/sys/class/thermal/thermal_zone0/temp", "90000\n");
	assert_true(hostmeter_temperature_c(root) == 90);
	put("/sys/class/hwmon/hwmon2/name", "k10temp\n");
	put("/sys/class/hwmon/hwmon2/temp1_input", "61500\n");
	assert_true(hostmeter_temperature_c(root) == 61.5);
	put("/sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
	put("/sys/class/thermal/thermal_zone1/temp", "55000\n");
	assert_true(hostmeter_temperature_c(root) == 55);
	/* A kernel without PSI. */
	assert_int_equal(fs_rmtree(root), 0);
	put("/proc/stat", "cpu  1 1 1 1 1 1 1 0 0 0\n");
	hostmeter_read(root, "0", &m);
	assert_true(isnan(m.pressure_s[PRESSURE_CPU]) && m.busy_s == 0 && m.steal_s == 0 && m.throttled == 0);
}

static void as_text_and_json(void **state)
{
	(void)state;
	struct findings found = { 0 };
	struct kvs facts = { 0 };
	cleanup_free char *text = NULL;
	size_t len;
	findings_add(&found, "a", FOUND_OK, xstrdup("is well"), "no effect", "nothing");
	struct finding *f = findings_add(&found, "b", FOUND_FAIL, xstrdup("is \"bad\""), "that", "this");
	strv_add(&f->details, "more");
	kvs_set(&facts, "k", "v", 0);
	FILE *to = open_memstream(&text, &len);
	finding_write(&found.v[0], false, to);
	finding_write(&found.v[1], false, to);
	assert_int_equal(findings_write_json(&found, &facts, to), 0);
	fclose(to);
	const char *lines = "ok       is well\nfail     is \"bad\"\n           effect: that\n           mend:   this\n           more\n";
	assert_int_equal(strncmp(text, lines, strlen(lines)), 0);
	assert_non_null(strstr(text, "\"what\": \"is \\\"bad\\\"\""));
	assert_non_null(strstr(text, "\"fail\": 1"));
	assert_non_null(strstr(text, "\"effect\": null"));
	findings_free(&found);
	kvs_free(&facts);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_host), TEST(one_thing_wrong), TEST(overlay_module), TEST(nothing_known), TEST(disk), TEST(kvm_kinds),
		TEST(versions),  TEST(programs),        TEST(application_root), TEST(steal),        TEST(meters), TEST(as_text_and_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
