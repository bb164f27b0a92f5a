/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer_jitter.c - sleep until a stated time, again and again, and see how late the wake-up is: as cyclictest does. */
#include "load.h"

#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum { CHECKED = 5 };

static int sleep_until(int64_t when)
{
	struct timespec ts = { .tv_sec = when / 1000000000, .tv_nsec = when % 1000000000 };
	int error;
	while ((error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL)) == EINTR)
		;
	return -error;
}

/* The first time after now that is whole intervals after the last one: those that were slept through are left out. */
static int64_t next_time(int64_t last, int64_t now, int64_t interval)
{
	int64_t missed = now > last ? (now - last) / interval : 0;
	return last + (missed + 1) * interval;
}

static int wake(struct load *l, int64_t when, int64_t *ret_now)
{
	int r = sleep_until(when);
	*ret_now = load_now();
	if (r < 0)
		return load_failf(l, -r, "clock_nanosleep: %s", strerror(-r));
	return *ret_now >= when ? 0 : load_failf(l, EIO, "a sleep ended %lld ns early", (long long)(when - *ret_now));
}

/* Wake-ups are never early, and nothing is slept through that need not be. */
static int rehearse(struct load *l, int64_t interval)
{
	int64_t begin = load_now(), when = begin, now = begin;
	uint64_t passed = 0;
	int r = 0;
	for (int i = 0; i < CHECKED && r == 0; i++) {
		when = next_time(when, when, interval);
		r = wake(l, when, &now);
		passed += r == 0;
	}
	if (r == 0 && when - begin != CHECKED * interval)
		r = load_failf(l, EIO, "%d intervals are not that long", CHECKED);
	load_digest(l, &passed, sizeof(passed));
	load_digest(l, &interval, sizeof(interval));
	return r;
}

static int measure(struct load *l, int64_t interval)
{
	uint64_t warmup = load_count(l, "warmup"), count = load_count(l, "count");
	int64_t now = load_now(), when = now;
	int r = 0;
	for (uint64_t i = 0; i < warmup + count && r == 0; i++) {
		when = next_time(when, now, interval);
		r = wake(l, when, &now);
		if (r == 0)
			r = load_interval(l, "lateness", i < warmup, when, now, 1);
	}
	return r;
}

static int run(struct load *l)
{
	int64_t interval = load_ns(load_seconds(l, "interval"));
	int slack = prctl(PR_GET_TIMERSLACK);
	if (interval < 10000 || interval > 1000000000)
		return load_failf(l, EINVAL, "interval: expected 10us to 1s");
	if (load_is(l, "slack", "none") && prctl(PR_SET_TIMERSLACK, 1) < 0)
		return load_failf(l, errno, "can't set the timer slack: %s; take slack=default", strerror(errno));
	int r = rehearse(l, interval);
	if (r == 0)
		r = measure(l, interval);
	if (slack > 0)
		prctl(PR_SET_TIMERSLACK, slack);
	return r;
}

const struct workload workload_timer_jitter = {
	.name = "timer-jitter",
	.resource = "cpu",
	.what = "sleeps until stated times, and how late they end",
	.teaches = "Whether a program runs when it should: a timer, an interrupt and the scheduler in a process and a container; in a guest "
	           "the virtual CPU must be woken before, and the hypervisor's own timer is on the way.",
	.metrics = { { "lateness", "s", BETTER_LOWER, "from the time asked for until the thread runs", true } },
	.params = {
		{ "interval", PARAM_SECONDS, "1ms", NULL, "between two times, 10us to 1s" },
		{ "count", PARAM_COUNT, "1000", NULL, "wake-ups measured, 3 … 100000000", .least = LOAD_SAMPLES_MIN, .most = 100000000 },
		{ "warmup", PARAM_COUNT, "20", NULL, "wake-ups before them, marked, 0 … 1000", .most = 1000 },
		{ "slack", PARAM_CHOICE, "none", "none default", "none: the kernel may add 1 ns; default: what it adds to save energy, 50 us" },
	},
	.run = run,
};
