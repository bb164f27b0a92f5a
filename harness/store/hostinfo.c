/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostinfo.c - what this host is and what it is doing. */
#include "store/hostinfo.h"

#include "base/cleanup.h"
#include "store/hostfile.h"
#include "store/hostkernel.h"
#include "store/hostmeter.h"

#include <cpuid.h>
#include <hwloc.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

/* A fact that is the first line of a file. */
static const struct {
	const char *name, *path;
} lines[] = {
	{ "kernel.version", "/proc/sys/kernel/version" },
	{ "kernel.aslr", "/proc/sys/kernel/randomize_va_space" },
	{ "kernel.clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource" },
	{ "kernel.thp", "/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "cpu.frequency_driver", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver" },
	{ "cpu.energy_preference", "/sys/devices/system/cpu/cpu0/cpufreq/energy_performance_preference" },
	{ "cpu.frequency_khz", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq" },
	{ "cpu.no_turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo" },
	{ "cpu.boost", "/sys/devices/system/cpu/cpufreq/boost" },
	{ "cpu.smt", "/sys/devices/system/cpu/smt/control" },
	{ "cpu.smt_active", "/sys/devices/system/cpu/smt/active" },
	{ "cpu.throttled", "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count" },
	{ "host.vendor", "/sys/class/dmi/id/sys_vendor" },
	{ "host.product", "/sys/class/dmi/id/product_name" },
	{ "load", "/proc/loadavg" },
	{ "cpu_time", "/proc/stat" },
	{ "pressure.cpu", "/proc/pressure/cpu" },
	{ "pressure.memory", "/proc/pressure/memory" },
	{ "pressure.io", "/proc/pressure/io" },
};

static void line_facts(const char *root, struct kvs *ret)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		hostfile_line_fact(root, ret, lines[i].name, lines[i].path);
}

/* Of all CPUs, each governor once: "performance", or "performance powersave" where they differ. */
static void governor_fact(const char *root, struct kvs *ret)
{
	cleanup(strv_free) struct strv seen = { 0 };
	cleanup(str_free) struct str b = { 0 };
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		cleanup_free char *path = xasprintf("/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", cpu);
		cleanup_free char *line = hostfile_line(root, path);
		if (!line || strv_has(&seen, line))
			continue;
		strv_add(&seen, line);
		str_addf(&b, "%s%s", b.len ? " " : "", line);
	}
	if (b.len)
		kvs_set(ret, "cpu.governor", b.s, 0);
}

/* Of the kernel's command line only what bears on figures: the rest may name things that do not belong into a published
 * result. */
static void command_line_fact(const char *root, struct kvs *ret)
{
	static const char *const bears[] = {
		"mitigations", "nopti", "pti", "nospectre", "spectre", "spec_store_bypass_disable", "l1tf", "mds", "tsx", "retbleed",
		"isolcpus", "nohz", "nohz_full", "rcu_nocbs", "irqaffinity", "nosmt", "idle", "processor.", "intel_idle.",
		"intel_pstate", "amd_pstate", "cpufreq", "cpuidle", "haltpoll", "clocksource", "tsc", "hpet", "preempt",
		"transparent_hugepage", "hugepages", "hugepagesz", "default_hugepagesz", "numa", "swapaccount", "cgroup",
		"systemd.unified_cgroup_hierarchy", "psi", "lockdown", "nokaslr", "norandmaps", "kvm", "nested", "init_on_", "slab",
	};
	cleanup_free char *line = hostfile_line(root, "/proc/cmdline");
	cleanup(strv_free) struct strv words = { 0 };
	cleanup(str_free) struct str kept = { 0 };
	if (!line)
		return;
	strv_split(&words, line, " ");
	for (size_t i = 0; i < words.n; i++)
		for (size_t k = 0; k < sizeof(bears) / sizeof(*bears); k++)
			if (strncmp(words.v[i], bears[k], strlen(bears[k])) == 0) {
				str_addf(&kept, "%s%s", kept.len ? " " : "", words.v[i]);
				break;
			}
	kvs_set(ret, "kernel.command_line", str_get(&kept), 0);
}

/* What the hypervisor calls itself to its guests; "" when it says nothing that can be printed. */
static void hypervisor_name(char name[13])
{
	unsigned eax, word[3] = { 0 };
	__cpuid(0x40000000, eax, word[0], word[1], word[2]);
	memcpy(name, word, 12);
	name[12] = '\0';
	for (char *c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '\0';
}

/* Linux tells a guest by the CPU flag `hypervisor`; which one it is, Xen's directory tells, or the CPU. */
static void hypervisor_facts(const char *root, struct kvs *ret)
{
	cleanup_free char *flags = hostfile_key(root, "/proc/cpuinfo", "flags");
	if (!flags)
		return;
	cleanup_free char *padded = xasprintf(" %s ", flags);
	bool guest = strstr(padded, " hypervisor "), vmx = strstr(padded, " vmx "), svm = strstr(padded, " svm ");
	kvs_set(ret, "host.is_guest", guest ? "yes" : "no", 0);
	kvs_set(ret, "cpu.virtualization", vmx ? "vmx" : svm ? "svm" : "none", 0);
	hostfile_line_fact(root, ret, "host.hypervisor", "/sys/hypervisor/type");
	char name[13];
	if (!guest || *root || kvs_get(ret, "host.hypervisor"))
		return;
	hypervisor_name(name);
	if (*str_trim(name))
		kvs_set(ret, "host.hypervisor", str_trim(name), 0);
}

static void topology_facts(struct kvs *ret)
{
	hwloc_topology_t t;
	if (hwloc_topology_init(&t) < 0)
		return;
	if (hwloc_topology_load(t) == 0) {
		static const struct {
			const char *name;
			hwloc_obj_type_t type;
		} counts[] = {
			{ "cpu.sockets", HWLOC_OBJ_PACKAGE },
			{ "cpu.cores", HWLOC_OBJ_CORE },
			{ "cpu.threads", HWLOC_OBJ_PU },
			{ "memory.nodes", HWLOC_OBJ_NUMANODE },
		};
		for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
			kvs_setf(ret, counts[i].name, "%d", hwloc_get_nbobjs_by_type(t, counts[i].type));
		hwloc_obj_t l3 = hwloc_get_obj_by_type(t, HWLOC_OBJ_L3CACHE, 0);
		if (l3)
			kvs_setf(ret, "cpu.l3_bytes", "%llu", (unsigned long long)l3->attr->cache.size);
	}
	hwloc_topology_destroy(t);
}

static void mitigation_facts(const char *root, struct kvs *ret)
{
	const char *dir = "/sys/devices/system/cpu/vulnerabilities";
	cleanup_free char *full = xasprintf("%s%s", root, dir);
	cleanup(dir_closep) DIR *d = opendir(full);
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *path = xasprintf("%s/%s", dir, e->d_name);
		cleanup_free char *line = *e->d_name == '.' ? NULL : hostfile_line(root, path);
		cleanup_free char *name = xasprintf("mitigation.%s", e->d_name);
		if (line)
			kvs_set(ret, name, line, 0);
	}
}

/* The block device below a directory: a partition's queue is its disk's. */
static void device_facts(const char *root, dev_t dev, struct kvs *ret)
{
	static const char *const queues[] = { "queue", "../queue" };
	cleanup_free char *base = xasprintf("/sys/dev/block/%u:%u", major(dev), minor(dev)), *uevent = xasprintf("%s/uevent", base);
	hostfile_key_fact(root, ret, "disk.device", uevent, "DEVNAME");
	for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++) {
		cleanup_free char *rotational = xasprintf("%s/%s/rotational", base, queues[i]);
		cleanup_free char *scheduler = xasprintf("%s/%s/scheduler", base, queues[i]);
		hostfile_line_fact(root, ret, "disk.rotational", rotational);
		hostfile_line_fact(root, ret, "disk.scheduler", scheduler);
	}
}

static void disk_facts(const char *root, const char *work, struct kvs *ret)
{
	static const struct {
		long magic;
		const char *name;
	} types[] = {
		{ 0xEF53, "ext4" },      { 0x58465342, "xfs" },       { 0x9123683E, "btrfs" }, { 0x01021994, "tmpfs" },
		{ 0x794c7630, "overlay" }, { 0x6969, "nfs" },         { 0x2fc12fc1, "zfs" },   { 0xF2F52010, "f2fs" },
	};
	struct statfs s;
	if (!work || statfs(work, &s) < 0)
		return;
	kvs_setf(ret, "disk.type", "0x%lx", (long)s.f_type);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].magic == (long)s.f_type)
			kvs_set(ret, "disk.type", types[i].name, 0);
	kvs_setf(ret, "disk.free_bytes", "%llu", (unsigned long long)s.f_bavail * (unsigned long long)s.f_bsize);
	struct stat st;
	if (stat(work, &st) == 0)
		device_facts(root, st.st_dev, ret);
}

size_t hostinfo_cpus(unsigned **ret)
{
	cpu_set_t set;
	size_t n = 0;
	*ret = xcalloc(CPU_SETSIZE, sizeof(**ret));
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	for (unsigned c = 0; c < CPU_SETSIZE; c++)
		if (CPU_ISSET(c, &set))
			(*ret)[n++] = c;
	return n;
}

static void memory_facts(const char *root, struct kvs *ret)
{
	static const char file[] = "/proc/meminfo";
	hostfile_key_fact(root, ret, "memory.total", file, "MemTotal");
	hostfile_key_fact(root, ret, "memory.available", file, "MemAvailable");
	hostfile_key_fact(root, ret, "memory.huge_pages", file, "HugePages_Total");
	cleanup_free char *total = hostfile_key(root, file, "SwapTotal"), *left = hostfile_key(root, file, "SwapFree");
	if (total && left)
		kvs_setf(ret, "memory.swap_used", "%.0f kB", strtod(total, NULL) - strtod(left, NULL));
}

static void meter_facts(const char *root, struct kvs *ret)
{
	double c = hostmeter_temperature_c(root);
	if (c > 0)
		kvs_setf(ret, "cpu.temperature_c", "%.1f", c);
	kvs_setf(ret, "cpu.steal_s", "%.2f", hostmeter_steal_s(root));
}

void hostinfo_gather_at(const char *root, const char *work, struct kvs *ret)
{
	struct utsname u;
	if (uname(&u) == 0) {
		kvs_set(ret, "host.name", u.nodename, 0);
		kvs_set(ret, "host.machine", u.machine, 0);
		kvs_set(ret, "kernel.release", u.release, 0);
	}
	hostfile_key_fact(root, ret, "host.os", "/etc/os-release", "PRETTY_NAME");
	hostfile_key_fact(root, ret, "cpu.model", "/proc/cpuinfo", "model name");
	hypervisor_facts(root, ret);
	topology_facts(ret);
	memory_facts(root, ret);
	hostkernel_facts(root, ret);
	line_facts(root, ret);
	governor_fact(root, ret);
	meter_facts(root, ret);
	command_line_fact(root, ret);
	mitigation_facts(root, ret);
	disk_facts(root, work, ret);
	kvs_set(ret, "compiler", __VERSION__, 0);
}

void hostinfo_gather(const char *work, struct kvs *ret)
{
	hostinfo_gather_at("", work, ret);
}

uint64_t hostinfo_memory(void)
{
	struct sysinfo s;
	return sysinfo(&s) < 0 ? 0 : (uint64_t)s.totalram * s.mem_unit;
}
