/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostmeter.c - counters of the host that tell what a launch suffered. */
#include "store/hostmeter.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "store/hostfile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double number_in(const char *root, const char *path)
{
	cleanup_free char *line = hostfile_line(root, path);
	return line ? strtod(line, NULL) : 0;
}

/* Steal and work of the listed CPUs. */
static void read_stat(const char *root, const struct strv *cpus, struct hostmeter *ret)
{
	cleanup_free char *text = hostfile_text(root, "/proc/stat");
	double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		char cpu[16];
		unsigned long long user, nice, system, steal = 0;
		if (sscanf(line, "cpu%15[0-9] %llu %llu %llu %*u %*u %*u %*u %llu", cpu, &user, &nice, &system, &steal) < 4 || !strv_has(cpus, cpu))
			continue;
		ret->steal_s = fmax(ret->steal_s, (double)steal * tick);
		ret->busy_s += (double)(user + nice + system) * tick;
	}
}

double hostmeter_steal_s(const char *root)
{
	cleanup_free char *line = hostfile_line(root, "/proc/stat");
	unsigned long long steal;
	if (!line || sscanf(line, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
		return 0;
	return (double)steal / (double)sysconf(_SC_CLK_TCK);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=713343162": microseconds. Reading fails where PSI is compiled in and not enabled. */
static double pressure_s(const char *root, const char *what)
{
	cleanup_free char *path = xasprintf("/proc/pressure/%s", what), *line = hostfile_line(root, path);
	const char *total = line ? strstr(line, " total=") : NULL;
	unsigned long long us;
	return total && sscanf(total, " total=%llu", &us) == 1 ? (double)us / 1e6 : NAN;
}

void hostmeter_read(const char *root, const char *cpu_list, struct hostmeter *ret)
{
	cleanup(strv_free) struct strv cpus = { 0 };
	strv_split(&cpus, cpu_list, ",");
	*ret = (struct hostmeter){ 0 };
	read_stat(root, &cpus, ret);
	for (int i = 0; i < PRESSURE_COUNT; i++)
		ret->pressure_s[i] = pressure_s(root, pressure_names[i]);
	for (size_t i = 0; i < cpus.n; i++) {
		cleanup_free char *path = xasprintf("/sys/devices/system/cpu/cpu%s/thermal_throttle/core_throttle_count", cpus.v[i]);
		ret->throttled += (uint64_t)number_in(root, path);
	}
}

double hostmeter_frequency_hz(const char *root, const char *cpu_list)
{
	cleanup_free char *path = xasprintf("/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", atoi(cpu_list));
	return number_in(root, path) * 1e3;
}

/* The package's own sensor, as drivers name it. */
static bool is_package(const char *sensor)
{
	static const char *const names[] = { "x86_pkg_temp", "coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(sensor, names[i]) == 0)
			return true;
	return false;
}

/* The hottest of a class of sensors: all that are there when any is true, else the package's. */
static double hottest_c(const char *root, const char *class, const char *name_file, const char *value_file, bool any)
{
	cleanup_free char *dir = xasprintf("%s%s", root, class);
	cleanup(dir_closep) DIR *d = opendir(dir);
	double most = 0;
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *name_path = xasprintf("%s/%s/%s", class, e->d_name, name_file);
		cleanup_free char *value_path = xasprintf("%s/%s/%s", class, e->d_name, value_file);
		cleanup_free char *name = *e->d_name == '.' ? NULL : hostfile_line(root, name_path);
		if (name && (any || is_package(name)))
			most = fmax(most, number_in(root, value_path) / 1e3);
	}
	return most;
}

double hostmeter_temperature_c(const char *root)
{
	double c = hottest_c(root, "/sys/class/thermal", "type", "temp", false);
	if (c <= 0)
		c = hottest_c(root, "/sys/class/hwmon", "name", "temp1_input", false);
	return c > 0 ? c : hottest_c(root, "/sys/class/thermal", "type", "temp", true);
}
