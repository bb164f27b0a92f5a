/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tsc.h - the rate of the host's time stamp counter. */
#ifndef ISOCOST_TSC_H
#define ISOCOST_TSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* kHz, measured against CLOCK_MONOTONIC_RAW over some 20 ms; within a few parts per million. Measured once a process. */
uint64_t tsc_khz(void);

/* The counter and CLOCK_MONOTONIC_RAW at one moment; the reading took `width` ticks. */
struct tsc_pair {
	int64_t ns;
	uint64_t tsc, width;
};

/* Whether all of them, from whatever CPU, lie on one line with that rate, within 20 us. */
bool tsc_agree(const struct tsc_pair *pairs, size_t n, uint64_t khz);

/* Whether it can be a clock: this host's kernel offers it as one, or the CPU says that its rate is constant and the CPUs of this thread
 * were found to agree. Measured once a process. */
bool tsc_is_steady(void);

#endif
