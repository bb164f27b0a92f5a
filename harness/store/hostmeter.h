/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostmeter.h - what the host did to a launch: counters read before and after it. root as in store/hostfile.h. */
#ifndef ISOCOST_HOSTMETER_H
#define ISOCOST_HOSTMETER_H

#include "model/launch.h"

#include <stdint.h>

/* Since the host's boot. */
struct hostmeter {
	double steal_s;                         /* stolen from the fullest of the listed CPUs; 0 where it is not counted */
	double busy_s;                          /* the listed CPUs ran tasks (user, nice, system; no interrupts), added up */
	double pressure_s[PRESSURE_COUNT];      /* some task of the host waited for it (PSI); NaN where the kernel does not tell */
	uint64_t throttled;                     /* times that a listed CPU's core was slowed down for heat; 0 where it is not counted */
};

/* cpu_list: "0,2". */
void hostmeter_read(const char *root, const char *cpu_list, struct hostmeter *ret);

/* CPU seconds that were stolen from all CPUs since boot; 0 where it is not counted. */
double hostmeter_steal_s(const char *root);

/* Current frequency in Hz of the first CPU of the list, and the temperature of the CPU package in degrees Celsius, or of the hottest
 * thermal zone where none is called one; 0 where the host does not tell. */
double hostmeter_frequency_hz(const char *root, const char *cpu_list);
double hostmeter_temperature_c(const char *root);

#endif
