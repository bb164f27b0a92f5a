/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostinfo.c - what this host is and what it is doing. */
#include "store/hostinfo.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <hwloc.h>
#include <math.h>
#include <sched.h>
#include <string.h>
#include <sys/sysinfo.h>
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
	{ "cpu.governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor" },
	{ "cpu.frequency_khz", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq" },
	{ "cpu.no_turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo" },
	{ "cpu.boost", "/sys/devices/system/cpu/cpufreq/boost" },
	{ "cpu.smt", "/sys/devices/system/cpu/smt/control" },
	{ "cpu.temperature_mc", "/sys/class/thermal/thermal_zone0/temp" },
	{ "host.product", "/sys/class/dmi/id/product_name" },
	{ "load", "/proc/loadavg" },
	{ "cpu_time", "/proc/stat" },
	{ "pressure.cpu", "/proc/pressure/cpu" },
	{ "pressure.memory", "/proc/pressure/memory" },
	{ "pressure.io", "/proc/pressure/io" },
};

static void line_facts(struct kvs *ret)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		cleanup_free char *line = fs_read_line(lines[i].path);
		if (line)
			kvs_set(ret, lines[i].name, line, 0);
	}
}

/* Of the kernel's command line only what bears on figures: the rest may name things that do not belong into a published
 * result. */
static void command_line_fact(struct kvs *ret)
{
	static const char *const bears[] = {
		"mitigations", "nopti", "pti", "nospectre", "spectre", "spec_store_bypass_disable", "l1tf", "mds", "tsx", "retbleed",
		"isolcpus", "nohz", "nohz_full", "rcu_nocbs", "irqaffinity", "nosmt", "idle", "processor.", "intel_idle.",
		"intel_pstate", "amd_pstate", "cpufreq", "cpuidle", "haltpoll", "clocksource", "tsc", "hpet", "preempt",
		"transparent_hugepage", "hugepages", "hugepagesz", "default_hugepagesz", "numa", "swapaccount", "cgroup",
		"systemd.unified_cgroup_hierarchy", "psi", "lockdown", "nokaslr", "norandmaps", "kvm", "nested", "init_on_", "slab",
	};
	cleanup_free char *line = fs_read_line("/proc/cmdline");
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

/* The value of the first "key : value" or "key=value" line of a text file. Caller frees. */
static char *keyed_line(const char *path, const char *key)
{
	cleanup_free char *text = NULL;
	if (fs_read(path, &text, NULL) < 0)
		return NULL;
	size_t len = strlen(key);
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, key, len) != 0)
			continue;
		char *rest = str_trim(line + len);
		if (*rest != ':' && *rest != '=')
			continue;
		rest = str_trim(rest + 1);
		if (*rest == '"' && strlen(rest) > 1) {
			rest++;
			rest[strcspn(rest, "\"")] = '\0';
		}
		return xstrdup(rest);
	}
	return NULL;
}

static void keyed_fact(struct kvs *ret, const char *name, const char *path, const char *key)
{
	cleanup_free char *val = keyed_line(path, key);
	if (val)
		kvs_set(ret, name, val, 0);
}

/* Linux tells a guest by the CPU flag `hypervisor`; which one it is, DMI tells or nobody. */
static void hypervisor_facts(struct kvs *ret)
{
	cleanup_free char *flags = keyed_line("/proc/cpuinfo", "flags");
	if (!flags)
		return;
	cleanup_free char *padded = xasprintf(" %s ", flags);
	kvs_set(ret, "host.is_guest", strstr(padded, " hypervisor ") ? "yes" : "no", 0);
	bool vmx = strstr(padded, " vmx "), svm = strstr(padded, " svm ");
	kvs_set(ret, "cpu.virtualization", vmx ? "vmx" : svm ? "svm" : "none", 0);
	cleanup_free char *type = fs_read_line("/sys/hypervisor/type");
	if (type)
		kvs_set(ret, "host.hypervisor", type, 0);
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

static void mitigation_facts(struct kvs *ret)
{
	const char *dir = "/sys/devices/system/cpu/vulnerabilities";
	cleanup(dir_closep) DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *path = xasprintf("%s/%s", dir, e->d_name);
		cleanup_free char *line = *e->d_name == '.' ? NULL : fs_read_line(path);
		cleanup_free char *name = xasprintf("mitigation.%s", e->d_name);
		if (line)
			kvs_set(ret, name, line, 0);
	}
}

static void disk_facts(const char *work, struct kvs *ret)
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
}

const char *hostinfo_cgroup_mode(void)
{
	cleanup_free char *text = NULL;
	if (fs_read("/proc/self/mountinfo", &text, NULL) < 0)
		return "none";
	bool v1 = strstr(text, " - cgroup "), v2 = strstr(text, " - cgroup2 ");
	return v1 ? (v2 ? "cgroup hybrid" : "cgroup v1") : v2 ? "cgroup v2" : "none";
}

double hostinfo_steal_s(const char *cpu_list)
{
	cleanup_free char *text = NULL;
	double most = 0;
	if (fs_read("/proc/stat", &text, NULL) < 0)
		return 0;
	cleanup(strv_free) struct strv cpus = { 0 };
	strv_split(&cpus, cpu_list, ",");
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char cpu[16];
		unsigned long long steal;
		if (sscanf(line, "cpu%15[0-9] %*u %*u %*u %*u %*u %*u %*u %llu", cpu, &steal) == 2 && strv_has(&cpus, cpu))
			most = fmax(most, (double)steal / (double)sysconf(_SC_CLK_TCK));
	}
	return most;
}

static double number_in(const char *path)
{
	cleanup_free char *line = fs_read_line(path);
	return line ? strtod(line, NULL) : 0;
}

double hostinfo_frequency_hz(const char *cpu_list)
{
	cleanup_free char *path = xasprintf("/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", atoi(cpu_list));
	return number_in(path) * 1e3;
}

double hostinfo_temperature_c(void)
{
	return number_in("/sys/class/thermal/thermal_zone0/temp") / 1e3;
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

void hostinfo_gather(const char *work, struct kvs *ret)
{
	struct utsname u;
	if (uname(&u) == 0) {
		kvs_set(ret, "host.name", u.nodename, 0);
		kvs_set(ret, "host.machine", u.machine, 0);
		kvs_set(ret, "kernel.release", u.release, 0);
	}
	keyed_fact(ret, "host.os", "/etc/os-release", "PRETTY_NAME");
	keyed_fact(ret, "cpu.model", "/proc/cpuinfo", "model name");
	hypervisor_facts(ret);
	topology_facts(ret);
	keyed_fact(ret, "memory.total", "/proc/meminfo", "MemTotal");
	keyed_fact(ret, "memory.available", "/proc/meminfo", "MemAvailable");
	keyed_fact(ret, "memory.huge_pages", "/proc/meminfo", "HugePages_Total");
	kvs_set(ret, "cgroup.mode", hostinfo_cgroup_mode(), 0);
	line_facts(ret);
	command_line_fact(ret);
	mitigation_facts(ret);
	disk_facts(work, ret);
	kvs_set(ret, "compiler", __VERSION__, 0);
}

uint64_t hostinfo_memory(void)
{
	struct sysinfo s;
	return sysinfo(&s) < 0 ? 0 : (uint64_t)s.totalram * s.mem_unit;
}
