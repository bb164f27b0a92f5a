/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tsc.h - the rate of the host's time stamp counter. */
#ifndef ISOCOST_TSC_H
#define ISOCOST_TSC_H

#include <stdbool.h>
#include <stdint.h>

/* kHz, measured against CLOCK_MONOTONIC_RAW over some 20 ms; within a few parts per million. Measured once a process. */
uint64_t tsc_khz(void);

/* Whether this host's kernel would take it for a clock. */
bool tsc_is_steady(void);

#endif
