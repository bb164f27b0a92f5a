/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_int.h - the integer work of cpu-int, for whoever wants CPUs to be busy with something that can be checked. */
#ifndef ISOCOST_CPU_INT_H
#define ISOCOST_CPU_INT_H

#include "load.h"

#define CPU_INT_SEED 0x2545f4914f6cdd1du

/* A load_op: n units of work with the seed at arg, a uint64_t. -EIO: a unit's result was wrong. */
int cpu_int_units(void *arg, uint64_t n);

/* Do one unit, compare it with the known answer and give it to the check value. 0, or -EIO with the reason said. */
int cpu_int_check(struct load *l);

#endif
