/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_int.c - integer work: generate, sort, divide and hash numbers that fit the L1 cache; no system calls. */
#include "cpu_int.h"

enum { N = 1024 };

static const uint64_t expected = 0x03ddc2d4f5c511a8;   /* found by two programs, one in C, one in Python */

static uint64_t xorshift(uint64_t *x)
{
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 0x2545f4914f6cdd1d;
}

static void shell_sort(uint32_t *v)
{
	for (size_t gap = N / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
		for (size_t i = gap; i < N; i++) {
			uint32_t x = v[i];
			size_t j = i;
			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* One unit of work; its value depends on every step of it. */
static uint64_t unit(uint64_t x)
{
	uint32_t v[N];
	uint64_t hash = 0;
	for (size_t i = 0; i < N; i++)
		v[i] = (uint32_t)(xorshift(&x) >> 32);
	shell_sort(v);
	for (size_t i = 0; i < N; i++) {
		hash = (hash ^ v[i]) * 0x9e3779b97f4a7c15;
		hash = hash << 29 | hash >> 35;
	}
	for (size_t i = 0; i + 1 < N; i += 16)
		hash += gcd(v[i] ^ (uint32_t)hash, v[i + 1]);
	return hash;
}

/* The compiler can't know that it is the same number each time, and so computes it each time. */
static uint64_t hidden(uint64_t x)
{
	__asm__ volatile("" : "+r"(x));
	return x;
}

int cpu_int_units(void *arg, uint64_t n)
{
	const uint64_t *x = arg;
	for (uint64_t i = 0; i < n; i++)
		if (unit(hidden(*x)) != expected)
			return -EIO;
	return 0;
}

int cpu_int_check(struct load *l)
{
	uint64_t got = unit(hidden(CPU_INT_SEED));
	load_digest(l, &got, sizeof(got));
	return got == expected ? 0 : load_failf(l, EIO, "wrong result: the CPU or its emulation computes %#llx and not %#llx",
	                                        (unsigned long long)got, (unsigned long long)expected);
}

static int run(struct load *l)
{
	uint64_t x = CPU_INT_SEED;
	int r = cpu_int_check(l);
	return r < 0 ? r : load_loop(l, "time", cpu_int_units, &x, 1);
}

const struct workload workload_cpu_int = {
	.name = "cpu-int",
	.resource = "cpu",
	.what = "integer mix: generate, sort, divide and hash 1024 numbers",
	.teaches = "Plain user-mode code runs at the CPU's own speed in a process, a container and a hardware-virtualized guest; "
	           "only software emulation changes that.",
	.metrics = { { "time", "s", BETTER_LOWER, "one unit of work: 1024 numbers generated, sorted and hashed, 64 GCDs" } },
	.params = { LOAD_LOOP_PARAMS },
	.run = run,
};
