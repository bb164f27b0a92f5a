/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkup_figures.c - what on this host distorts figures. */
#include "report/checkup.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

#define LOAD_MAX 0.5            /* tasks: more than the looking itself makes */
#define PRESSURE_MAX 5.0        /* per cent of the last ten seconds */
#define STEAL_MAX 0.01
#define ROOM_MIN 0x1p31         /* bytes: the guest's kernel and images, and files of twice the envelope's memory */
#define MEMORY_NEEDED 0x1p30    /* the envelope of the reference suites twice: QEMU and the host's page cache come on top */

/* A fact that is well when its value is one of the good words. */
static const struct {
	const char *fact, *good;
	const char *what_good, *what_bad, *effect, *mend;
	const char *shown;              /* the fact whose value is told, where it is another one */
} checks[] = {
	{ "cpu.governor", "performance", "the CPU frequency governor is 'performance'", "the CPU frequency governor changes the frequency",
	  "figures drift with the load before them", "cpupower frequency-set -g performance" },
	{ "cpu.smt", "off notsupported notimplemented forceoff", "no hyper-threads share the measured cores", "hyper-threads share the cores",
	  "a busy sibling slows the measured CPU", "echo off > /sys/devices/system/cpu/smt/control" },
	{ "cpu.no_turbo", "1", "turbo is off", "turbo is on", "the frequency depends on heat and on the other cores",
	  "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo" },
	{ "cpu.boost", "0", "boost is off", "boost is on", "the frequency depends on heat and on the other cores",
	  "echo 0 > /sys/devices/system/cpu/cpufreq/boost" },
	{ "kernel.aslr", "2", "every launch has another memory layout (ASLR)", "memory layouts are not fully randomised (ASLR)",
	  "an accident of one layout, the same in every launch, looks like a cost",
	  "sysctl -w kernel.randomize_va_space=2" },
	{ "kernel.clocksource", "tsc kvm-clock hyperv_clocksource_tsc_page", "the clock source is fast", "the clock source is slow to read",
	  "reading the time weighs on short intervals", "boot with clocksource=tsc where the hardware has an invariant TSC" },
	{ "host.is_guest", "no", "this host is no guest itself", "this host is itself a virtual machine",
	  "steal, a shared cache and a shared disk that can't be seen from here; guests run nested or by emulation",
	  "measure on bare metal when figures must carry to it", "host.hypervisor" },
	{ "disk.type", "ext4 xfs btrfs f2fs zfs", "the work directory is on a disk", "the work directory is not on a disk file system",
	  "file workloads with O_DIRECT fail or measure memory", "set ISOCOST_WORK to a directory on a disk" },
};

static bool holds(const char *value, const char *good)
{
	struct strv words = { 0 };
	strv_split(&words, good, " ");
	bool found = strv_has(&words, value);
	strv_free(&words);
	return found;
}

static void check_words(const struct kvs *facts, struct findings *ret)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		const char *v = kvs_get(facts, checks[i].fact), *shown = checks[i].shown ? kvs_get(facts, checks[i].shown) : v;
		bool good = v && holds(v, checks[i].good);
		if (v)
			findings_add(ret, checks[i].fact, good ? FOUND_OK : FOUND_WARNING,
			             xasprintf("%s%s%s%s", good ? checks[i].what_good : checks[i].what_bad, shown ? " (" : "", shown ? shown : "", shown ? ")" : ""),
			             checks[i].effect, checks[i].mend);
	}
}

/* "always [madvise] never": the one in brackets. */
static void check_thp(const struct kvs *facts, struct findings *ret)
{
	const char *v = kvs_get(facts, "kernel.thp");
	if (!v)
		return;
	bool always = strstr(v, "[always]");
	findings_add(ret, "kernel.thp", always ? FOUND_WARNING : FOUND_OK,
	             xasprintf("transparent huge pages are given %s (%s)", always ? "wherever there are some" : "to who asks for them, if at all", v),
	             "memory figures depend on which launch found huge pages free; a guest's memory has them by chance",
	             "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
}

static void check_load(const struct kvs *facts, struct findings *ret)
{
	const char *load = kvs_get(facts, "load");
	if (!load)
		return;
	double one = strtod(load, NULL);
	findings_add(ret, "load", one < LOAD_MAX ? FOUND_OK : FOUND_WARNING,
	             xasprintf("the load average of the last minute is %.2f", one), "other work runs beside the measurement",
	             "wait, or end what `top` shows");
}

/* "some avg10=1.23 …" */
static void check_pressure(const struct kvs *facts, struct findings *ret)
{
	static const struct {
		const char *fact, *what, *effect, *mend;
	} kinds[] = {
		{ "pressure.cpu", "a CPU", "launches wait for neighbours", "wait, or end what `top` shows" },
		{ "pressure.memory", "memory", "pages are reclaimed or swapped while they are measured", "end what holds memory: `ps aux --sort=-rss`" },
		{ "pressure.io", "a disk", "file figures have the neighbours' requests in them", "wait, or end what `pidstat -d 1` shows" },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *v = kvs_get(facts, kinds[i].fact), *avg = v ? strstr(v, "avg10=") : NULL;
		if (!avg)
			continue;
		double share = strtod(avg + strlen("avg10="), NULL);
		findings_add(ret, kinds[i].fact, share < PRESSURE_MAX ? FOUND_OK : FOUND_WARNING,
		             xasprintf("tasks of this host waited for %s for %.0f %% of the last ten seconds", kinds[i].what, share),
		             kinds[i].effect, kinds[i].mend);
	}
}

/* A virtual disk tells nothing of what it lies on, and says that it spins. */
static void check_spinning(const struct kvs *facts, struct findings *ret)
{
	const char *v = kvs_get(facts, "disk.rotational"), *device = kvs_get(facts, "disk.device"), *guest = kvs_get(facts, "host.is_guest");
	if (!v || (guest && strcmp(guest, "yes") == 0))
		return;
	bool spins = strcmp(v, "0") != 0;
	findings_add(ret, "disk.rotational", spins ? FOUND_WARNING : FOUND_OK,
	             xasprintf("the disk%s%s%s", device ? " " : "", device ? device : "", spins ? " spins" : " has no spinning parts"),
	             "file figures are those of seeks and differ by where on the disk a file lies", "set ISOCOST_WORK to a directory on an SSD");
}

static void check_room(const struct kvs *facts, struct findings *ret)
{
	const char *bytes = kvs_get(facts, "disk.free_bytes");
	if (!bytes)
		return;
	double free_bytes = strtod(bytes, NULL);
	findings_add(ret, "disk.free_bytes", free_bytes >= ROOM_MIN ? FOUND_OK : FOUND_FAIL,
	             xasprintf("%.1f GiB are free in the work directory", free_bytes / 0x1p30),
	             "guest images and file workloads need about 2 GiB", "make room, or set ISOCOST_WORK to a directory on another disk");
}

static void check_memory(const struct kvs *facts, struct findings *ret)
{
	const char *available = kvs_get(facts, "memory.available"), *swap = kvs_get(facts, "memory.swap_used");
	if (available) {
		double bytes = strtod(available, NULL) * 1024;
		cleanup_free char *text = fmt_bytes(bytes);
		findings_add(ret, "memory.available", bytes >= MEMORY_NEEDED ? FOUND_OK : FOUND_WARNING,
		             xasprintf("%s of memory can be had", text), "arms of 512 MiB are reclaimed or swapped while they are measured",
		             "end what holds memory (`ps aux --sort=-rss`), or lower `memory` in the suite");
	}
	if (swap) {
		double bytes = strtod(swap, NULL) * 1024;
		cleanup_free char *text = fmt_bytes(bytes);
		findings_add(ret, "memory.swap", bytes < 1 ? FOUND_OK : FOUND_WARNING,
		             bytes < 1 ? xstrdup("nothing is swapped out") : xasprintf("%s are swapped out", text),
		             "memory was short here: what comes back from swap is measured with the rest", "swapoff -a && swapon -a");
	}
}

void checkup_figures(const struct kvs *facts, struct findings *ret)
{
	check_words(facts, ret);
	check_thp(facts, ret);
	check_memory(facts, ret);
	check_load(facts, ret);
	check_pressure(facts, ret);
	check_spinning(facts, ret);
	check_room(facts, ret);
}

/* Of "cpu  user nice system idle iowait irq softirq steal …": ticks in all, and stolen. */
static bool ticks_of(const struct kvs *facts, double *all, double *stolen)
{
	unsigned long long v[8];
	const char *line = kvs_get(facts, "cpu_time");
	if (!line || sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) != 8)
		return false;
	*all = 0;
	for (int i = 0; i < 8; i++)
		*all += (double)v[i];
	*stolen = (double)v[7];
	return true;
}

void checkup_steal(const struct kvs *before, const struct kvs *after, struct findings *ret)
{
	double all[2], stolen[2];
	if (!ticks_of(before, &all[0], &stolen[0]) || !ticks_of(after, &all[1], &stolen[1]) || all[1] <= all[0])
		return;
	double share = (stolen[1] - stolen[0]) / (all[1] - all[0]);
	findings_add(ret, "steal", share <= STEAL_MAX ? FOUND_OK : FOUND_WARNING,
	             xasprintf("%.1f %% of the CPUs' time was stolen by the hypervisor below meanwhile", 100 * fmax(share, 0)),
	             "launches lose time that they did not use; those that lose more than 1 % are marked",
	             "ask for dedicated CPUs, or measure when the neighbours are idle");
}
