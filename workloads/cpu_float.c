/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_float.c - solve a dense system of linear equations by LU with partial pivoting, as Linpack does. */
#include "load.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct system {
	size_t n;
	double *a0, *b0;                /* the system: n x n by rows, and its right side */
	double *a, *x;                  /* what is worked on: becomes the factors, and the solution */
	double *first;                  /* the first solution */
};

/* Uniform in [-0.5, 0.5): the same numbers everywhere. */
static void generate(double *v, size_t n, uint64_t x)
{
	for (size_t i = 0; i < n; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		v[i] = (double)(x >> 11) * 0x1p-53 - 0.5;
	}
}

static void swap_rows(struct system *s, size_t i, size_t k)
{
	for (size_t j = 0; j < s->n; j++) {
		double t = s->a[i * s->n + j];
		s->a[i * s->n + j] = s->a[k * s->n + j];
		s->a[k * s->n + j] = t;
	}
	double t = s->x[i];
	s->x[i] = s->x[k];
	s->x[k] = t;
}

/* Factor a, and carry the right side along. false: the matrix is singular. */
static bool eliminate(struct system *s)
{
	size_t n = s->n;
	for (size_t k = 0; k < n; k++) {
		size_t pivot = k;
		for (size_t i = k + 1; i < n; i++)
			if (fabs(s->a[i * n + k]) > fabs(s->a[pivot * n + k]))
				pivot = i;
		if (s->a[pivot * n + k] == 0)
			return false;
		if (pivot != k)
			swap_rows(s, pivot, k);
		const double *restrict from = s->a + k * n;
		for (size_t i = k + 1; i < n; i++) {
			double *restrict row = s->a + i * n, factor = row[k] / from[k];
			row[k] = factor;
			for (size_t j = k + 1; j < n; j++)
				row[j] -= factor * from[j];
			s->x[i] -= factor * s->x[k];
		}
	}
	return true;
}

static void substitute(struct system *s)
{
	for (size_t i = s->n; i-- > 0;) {
		double sum = s->x[i];
		for (size_t j = i + 1; j < s->n; j++)
			sum -= s->a[i * s->n + j] * s->x[j];
		s->x[i] = sum / s->a[i * s->n + i];
	}
}

static bool solve(struct system *s)
{
	memcpy(s->a, s->a0, s->n * s->n * sizeof(double));
	memcpy(s->x, s->b0, s->n * sizeof(double));
	if (!eliminate(s))
		return false;
	substitute(s);
	return true;
}

static int solve_n(void *arg, uint64_t n)
{
	struct system *s = arg;
	for (uint64_t i = 0; i < n; i++)
		if (!solve(s) || memcmp(s->x, s->first, s->n * sizeof(double)) != 0)
			return -EIO;
	return 0;
}

/* HPL's test of the solution: ||Ax-b|| / (eps (||A|| ||x|| + ||b||) n), infinity norms; below 16 is right. */
static double residual(const struct system *s)
{
	double norm_r = 0, norm_a = 0, norm_x = 0, norm_b = 0;
	for (size_t i = 0; i < s->n; i++) {
		double r = -s->b0[i], sum = 0;
		for (size_t j = 0; j < s->n; j++) {
			r += s->a0[i * s->n + j] * s->x[j];
			sum += fabs(s->a0[i * s->n + j]);
		}
		norm_r = fmax(norm_r, fabs(r));
		norm_a = fmax(norm_a, sum);
		norm_x = fmax(norm_x, fabs(s->x[i]));
		norm_b = fmax(norm_b, fabs(s->b0[i]));
	}
	return norm_r / (DBL_EPSILON * (norm_a * norm_x + norm_b) * (double)s->n);
}

static int measure(struct load *l, struct system *s)
{
	size_t n = s->n;
	generate(s->a0, n * n, 1);
	generate(s->b0, n, 2);
	double r = solve(s) ? residual(s) : INFINITY;
	if (!(r < 16))
		return load_failf(l, EIO, "wrong result: the residual is %.3g and must be below 16", r);
	memcpy(s->first, s->x, n * sizeof(double));
	load_digest(l, s->x, n * sizeof(double));
	double flop = 2.0 / 3.0 * (double)n * (double)n * (double)n + 2.0 * (double)n * (double)n;
	int error = load_loop(l, "rate", solve_n, s, flop);
	return error == -EIO ? load_failf(l, EIO, "wrong result: a later solution differs from the first") : error;
}

static int run(struct load *l)
{
	size_t n = load_count(l, "n");
	double *memory = calloc(2 * n * n + 3 * n, sizeof(*memory));
	if (!memory)
		return load_failf(l, ENOMEM, "no memory for a system of %zu equations", n);
	struct system s = { .n = n, .a0 = memory, .a = memory + n * n, .b0 = memory + 2 * n * n };
	s.x = s.b0 + n;
	s.first = s.x + n;
	int r = measure(l, &s);
	free(memory);
	return r;
}

const struct workload workload_cpu_float = {
	.name = "cpu-float",
	.resource = "cpu",
	.what = "dense LU with partial pivoting in double precision, as Linpack",
	.teaches = "Floating-point code needs no help from the kernel, so isolation costs it nothing; software emulation, which "
	           "makes a function call of each operation, costs it most.",
	.metrics = { { "rate", "FLOP/s", BETTER_HIGHER, "2/3 n^3 + 2 n^2 operations by the time of one solution" } },
	.params = {
		{ "n", PARAM_COUNT, "200", NULL, "equations, 2 … 2000", .least = 2, .most = 2000 },
		LOAD_LOOP_PARAMS
	},
	.run = run,
};
