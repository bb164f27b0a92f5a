/* SPDX-License-Identifier: GPL-3.0-or-later */
/* density.c - many instances of one arm alive at once. */
#include "run/density.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/sig.h"
#include "model/wire.h"
#include "run/density_limits.h"
#include "run/observe.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

/* What runs beside the main thread waits. A page or two of this is ever touched; the rest costs address space only. */
#define STACK_SIZE (512 << 10)
#define WORDS_MAX 1000

enum state { STARTING, READY, FAILED };

struct crowd;

struct member {
	struct crowd *crowd;
	pthread_t thread;
	struct phases phases;
	struct env *env;                /* while it is READY */
	enum state state;
	bool ended;
};

struct crowd {
	const struct density_conf *conf;
	struct density *out;
	struct member *members;
	unsigned threads;               /* how many of these have one */
	int stop;                       /* eventfd: all are to end */
	pthread_attr_t attr;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	bool stopping;
	struct err why;                 /* of the start that failed, or of the first instance that was lost */
	/* Of the one instance that is starting. */
	struct wire_reader reader;
	struct result said;
	struct str words;               /* the beginning of its standard error */
};

static void set_state(struct member *m, enum state state)
{
	pthread_mutex_lock(&m->crowd->lock);
	m->state = state;
	pthread_cond_signal(&m->crowd->changed);
	pthread_mutex_unlock(&m->crowd->lock);
}

static void on_output(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct member *m = arg;
	struct crowd *c = m->crowd;
	/* Only this thread changes it. What is said later is nobody's. */
	if (m->state != STARTING)
		return;
	if (fd != 1) {
		str_add(&c->words, buf, len < WORDS_MAX ? len : WORDS_MAX);
		return;
	}
	wire_reader_feed(&c->reader, buf, len, t_ns);
	if (c->said.ready_ns)
		set_state(m, READY);
}

/* It ended: as it was told to, too early, or without ever having been there. */
static void note_end(struct member *m, int r, int status, const struct err *err)
{
	struct crowd *c = m->crowd;
	unsigned number = (unsigned)(m - c->members) + 1;
	pthread_mutex_lock(&c->lock);
	bool lost = m->state == READY && !c->stopping && r != -EINTR;
	c->out->lost += lost;
	if (lost && c->out->lost == 1 && r < 0) {
		err_setf(&c->why, r, "instance %u ended while it was to stay: %s", number, err->msg);
	} else if (lost && c->out->lost == 1) {
		err_setf(&c->why, -EIO, "instance %u ended with status %d while it was to stay", number, status);
	} else if (m->state == STARTING && r < 0) {
		err_setf(&c->why, r, "%s", err->msg);
	} else if (m->state == STARTING) {
		err_setf(&c->why, -EIO, "isoload ended with status %d before it was ready%s%s", status, c->words.len ? "; it said: " : "",
		         c->words.len ? str_trim(c->words.s) : "");
	}
	m->state = m->state == READY ? READY : FAILED;
	m->ended = true;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static void *live(void *arg)
{
	struct member *m = arg;
	struct crowd *c = m->crowd;
	const struct env_ops *ops = c->conf->ops;
	struct env_spec spec = { .phases = &m->phases };
	struct env_call call = {
		.argv = (char *[]){ (char *)"isoload", (char *)"hold", NULL }, .output = on_output, .arg = m, .stop_fd = &c->stop,
	};
	struct err err = { 0 };
	if (ops->own_files && unshare(CLONE_FILES) < 0) {
		/* Only its speed is lost. */
	}
	m->phases.start_ns = clk_now();
	int r = ops->start(c->conf->arm, &spec, &m->env, &err);
	if (r == 0)
		r = ops->exec(m->env, &call, &err);
	note_end(m, r, call.status, &err);
	ops->stop(m->env);
	return NULL;
}

/* Wait until the state of the one that is starting has changed; 1: it has not in time. */
static int await(struct crowd *c, struct member *m)
{
	int64_t deadline = clk_now() + (int64_t)(c->conf->deadline_s * 1e9);
	struct timespec until = { .tv_sec = deadline / CLK_S, .tv_nsec = deadline % CLK_S };
	int r = 0;
	pthread_mutex_lock(&c->lock);
	while (m->state == STARTING && r == 0)
		r = pthread_cond_timedwait(&c->changed, &c->lock, &until);
	r = m->state == STARTING ? 1 : m->state == FAILED ? c->why.code : 0;
	pthread_mutex_unlock(&c->lock);
	return r;
}

static int start_one(struct crowd *c, struct err *err)
{
	struct member *m = &c->members[c->threads];
	unsigned number = c->threads + 1;
	result_free(&c->said);
	wire_reader_init(&c->reader, &c->said);
	str_free(&c->words);
	m->crowd = c;
	int r = -pthread_create(&m->thread, &c->attr, live, m);
	if (r < 0) {
		err_sysf(err, r, "instance %u: can't make a thread", number);
		density_limits_hint(r, err);
		return r;
	}
	c->threads++;
	r = await(c, m);
	if (r > 0)
		return err_setf(err, -ETIMEDOUT, "instance %u was not ready within %.3g s", number, c->conf->deadline_s);
	if (r == -EINTR)
		return err_setf(err, r, "interrupted");
	if (r < 0) {
		err_setf(err, r, "instance %u can't be started: %s", number, c->why.msg);
		density_limits_hint(r, err);
		return r;
	}
	c->out->start_s[c->out->n++] = clk_to_s(c->said.ready_ns - m->phases.start_ns);
	return 0;
}

static void read_memory(struct density *d)
{
	d->readings = xrealloc(d->readings, d->n_readings + 1, sizeof(*d->readings));
	struct density_reading *r = &d->readings[d->n_readings++];
	*r = (struct density_reading){ .alive = d->n, .begin_ns = clk_now() };
	density_read_memory(&r->rss, &r->used, &r->slab);
	r->end_ns = clk_now();
}

/* What may have happened to those that are there. */
static int check_alive(struct crowd *c, struct err *err)
{
	if (sig_caught())
		return err_setf(err, -EINTR, "interrupted");
	pthread_mutex_lock(&c->lock);
	int r = c->out->lost ? err_setf(err, c->why.code, "%s", c->why.msg) : 0;
	pthread_mutex_unlock(&c->lock);
	return r;
}

static int start_all(struct crowd *c, struct err *err)
{
	const struct density_conf *conf = c->conf;
	int descriptors = density_descriptors();
	int r = 0;
	read_memory(c->out);
	while (c->out->n < conf->n && r == 0) {
		r = check_alive(c, err);
		if (r == 0)
			r = start_one(c, err);
		if (r == 0 && c->out->n == 1)
			r = density_limits_check(density_descriptors() - descriptors, conf->n, err);
		if (r == 0 && conf->alive)
			conf->alive(conf->arg, c->out->n);
		if (r == 0 && (c->out->n % conf->group == 0 || c->out->n == conf->n))
			read_memory(c->out);
	}
	return r < 0 ? r : check_alive(c, err);
}

/* What each holds, while all are there: an instance that is alone shares its pages with nobody. None ends meanwhile but by itself, and
 * then its thread waits for the lock before it takes the instance away. */
static void read_held(struct crowd *c)
{
	struct density *d = c->out;
	d->held = xcalloc(d->n, sizeof(*d->held));
	for (unsigned i = 0; i < d->n && !sig_caught(); i++) {
		pthread_mutex_lock(&c->lock);
		if (!c->members[i].ended)
			observe_memory(c->conf->ops, c->members[i].env, &d->held[i]);
		pthread_mutex_unlock(&c->lock);
	}
}

static void end_all(struct crowd *c)
{
	int64_t t0 = clk_now();
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_mutex_unlock(&c->lock);
	eventfd_write(c->stop, 1);
	for (unsigned i = 0; i < c->threads; i++)
		pthread_join(c->members[i].thread, NULL);
	c->out->teardown_s = clk_to_s(clk_now() - t0);
}

static void init_sync(struct crowd *c)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&c->lock, NULL);
	pthread_attr_init(&c->attr);
	pthread_attr_setstacksize(&c->attr, STACK_SIZE);
	/* For the threads of drivers, too. */
	pthread_setattr_default_np(&c->attr);
}

int density_run(const struct density_conf *conf, struct density *ret, struct err *err)
{
	*ret = (struct density){ .start_s = xcalloc(conf->n, sizeof(*ret->start_s)) };
	struct crowd c = { .conf = conf, .out = ret, .members = xcalloc(conf->n, sizeof(*c.members)) };
	density_limits_raise();
	init_sync(&c);
	c.stop = eventfd(0, EFD_CLOEXEC);
	int r = c.stop < 0 ? err_sysf(err, -errno, "eventfd") : start_all(&c, err);
	if (r == 0)
		read_held(&c);
	if (r == 0)
		r = check_alive(&c, err);
	end_all(&c);
	fd_closep(&c.stop);
	pthread_attr_destroy(&c.attr);
	pthread_cond_destroy(&c.changed);
	pthread_mutex_destroy(&c.lock);
	result_free(&c.said);
	str_free(&c.words);
	free(c.members);
	return r;
}

void density_free(struct density *d)
{
	for (unsigned i = 0; d->held && i < d->n; i++)
		footprint_free(&d->held[i]);
	free(d->held);
	free(d->start_s);
	free(d->readings);
	*d = (struct density){ 0 };
}
