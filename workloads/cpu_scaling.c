/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_scaling.c - the work of cpu-int on one CPU, on half and on all of those that the arm has, each thread kept on its own. */
#include "cpu_int.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 1024, STACK = 64 << 10 };

struct worker {
	struct crew *crew;
	pthread_t thread;
	int cpu;
};

/* Rounds: every thread does n units, and a round ends when the last one is done. Who measures is the first of them. */
struct crew {
	pthread_mutex_t lock;
	pthread_cond_t go, done;
	uint64_t round, n;
	unsigned busy, started;
	bool end;
	int failed;                     /* -errno of any thread */
	struct worker *workers;
};

static int stay_on(int cpu)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) < 0 ? -errno : 0;
}

/* Wait for the next round. False: there is none. */
static bool next_round(struct crew *c, uint64_t *round)
{
	pthread_mutex_lock(&c->lock);
	while (c->round == *round && !c->end)
		pthread_cond_wait(&c->go, &c->lock);
	bool go = !c->end;
	*round = c->round;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void *worker(void *arg)
{
	struct worker *w = arg;
	struct crew *c = w->crew;
	int placed = stay_on(w->cpu);
	for (uint64_t round = 0; next_round(c, &round);) {
		uint64_t x = CPU_INT_SEED;
		int r = placed < 0 ? placed : cpu_int_units(&x, c->n);
		pthread_mutex_lock(&c->lock);
		if (r < 0)
			c->failed = r;
		if (--c->busy == 0)
			pthread_cond_signal(&c->done);
		pthread_mutex_unlock(&c->lock);
	}
	return NULL;
}

static int one_round(void *arg, uint64_t n)
{
	struct crew *c = arg;
	uint64_t x = CPU_INT_SEED;
	pthread_mutex_lock(&c->lock);
	c->n = n;
	c->busy = c->started;
	c->round++;
	pthread_cond_broadcast(&c->go);
	pthread_mutex_unlock(&c->lock);
	int r = cpu_int_units(&x, n);
	pthread_mutex_lock(&c->lock);
	while (c->busy)
		pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
	return r < 0 ? r : c->failed;
}

/* All but the first, which is this one here. */
static int start(struct load *l, struct crew *c, unsigned threads)
{
	pthread_attr_t attr;
	int error = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	while (error == 0 && c->started + 1 < threads) {
		struct worker *w = &c->workers[c->started + 1];
		w->crew = c;
		error = pthread_create(&w->thread, &attr, worker, w);
		c->started += error == 0;
	}
	pthread_attr_destroy(&attr);
	return error ? load_failf(l, error, "can't start thread %u of %u: %s", c->started + 2, threads, strerror(error)) : 0;
}

static void stop(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->end = true;
	pthread_cond_broadcast(&c->go);
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 1; i <= c->started; i++)
		pthread_join(c->workers[i].thread, NULL);
}

static int measure(struct load *l, const char *metric, struct worker *workers, unsigned threads)
{
	struct crew c = { .lock = PTHREAD_MUTEX_INITIALIZER, .go = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER,
	                  .workers = workers };
	int r = start(l, &c, threads);
	if (r == 0)
		r = load_loop(l, metric, one_round, &c, threads);
	stop(&c);
	if (r == -EIO)
		return load_failf(l, EIO, "a thread computed a wrong result");
	return r == c.failed && r < 0 ? load_failf(l, -r, "a thread can't stay on its CPU: %s", strerror(-r)) : r;
}

/* The CPUs in their order, from the start again where there are more threads. */
static void place(struct worker *workers, unsigned threads, const cpu_set_t *cpus)
{
	for (unsigned i = 0, cpu = 0; i < threads; i++, cpu = (cpu + 1) % CPU_SETSIZE) {
		while (!CPU_ISSET(cpu, cpus))
			cpu = (cpu + 1) % CPU_SETSIZE;
		workers[i].cpu = (int)cpu;
	}
}

static int measure_all(struct load *l, const cpu_set_t *cpus)
{
	unsigned threads = (unsigned)load_count(l, "threads");
	if (threads == 0)
		threads = (unsigned)CPU_COUNT(cpus);
	struct worker *workers = calloc(threads, sizeof(*workers));
	if (!workers)
		return load_failf(l, ENOMEM, "no memory for %u threads", threads);
	place(workers, threads, cpus);
	int r = stay_on(workers[0].cpu);
	r = r < 0 ? load_failf(l, -r, "can't stay on CPU %d: %s", workers[0].cpu, strerror(-r)) : cpu_int_check(l);
	if (r == 0)
		r = measure(l, "one", workers, 1);
	if (r == 0)
		r = measure(l, "half", workers, threads > 1 ? threads / 2 : 1);
	if (r == 0)
		r = measure(l, "all", workers, threads);
	free(workers);
	return r;
}

static int run(struct load *l)
{
	cpu_set_t cpus;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return load_failf(l, errno, "can't tell the CPUs: %s", strerror(errno));
	int r = measure_all(l, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	return r;
}

const struct workload workload_cpu_scaling = {
	.name = "cpu-scaling",
	.resource = "cpu",
	.what = "the work of cpu-int on one, half and all of the arm's CPUs at once",
	.teaches = "What more CPUs are worth: all over one is the speed-up. A round ends with its slowest thread, so a virtual CPU that "
	           "is not running, or two that share a core unknown to the guest, hold up all of them.",
	.metrics = {
		{ "one", "1/s", BETTER_HIGHER, "units of cpu-int's work by time, one thread" },
		{ "half", "1/s", BETTER_HIGHER, "the same, all threads together, with half as many threads as CPUs, at least one" },
		{ "all", "1/s", BETTER_HIGHER, "the same with as many threads as CPUs, or as `threads` says" },
	},
	.params = {
		{ "threads", PARAM_COUNT, "0", NULL, "at most so many, up to 1024; 0: one for each CPU that the arm has", .most = THREADS_MAX },
		{ "time", PARAM_SECONDS, "300ms", NULL, "how long to measure each" },
		{ "warmup", PARAM_SECONDS, "50ms", NULL, "how long to run before that; samples are marked" },
		{ "min-time", PARAM_SECONDS, "20ms", NULL, "the least a round lasts; waking the threads is a part of it" },
	},
	.run = run,
};
