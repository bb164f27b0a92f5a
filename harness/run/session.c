/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.c - a plan executed. */
#include "run/session.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/sig.h"
#include "run/cells.h"
#include "run/measure.h"
#include "run/places.h"
#include "run/progress.h"
#include "sha256.h"
#include "store/hostinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct open_arm {
	const struct env_ops *ops;
	struct env_arm *arm;            /* NULL: not available */
};

struct session {
	const struct session_conf *conf;
	struct workspace work;
	struct envelope envelope;
	struct env_ctx ctx;
	struct open_arm *arms;          /* of the suite, in its order */
	struct run *run;
	struct store store;
	struct progress progress;
	struct cells cells;
	struct spend spend;             /* {0}: the suite is not adaptive */
	char sha256[SHA256_HEX];
	char *keep;                     /* the arms' explanations until the run directory is there to take them */
};

static int hash_isoload(struct session *s, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/isoload", s->conf->load_dir);
	cleanup(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : sha256_fd(fd, s->sha256);
	return r < 0 ? err_sysf(err, r, "can't read %s (`make` builds it)", path) : 0;
}

static void describe_arm(struct session *s, size_t i, const struct env_facts *f, const struct kvs *options,
                         const char *reason, struct run_arm *ret)
{
	const struct suite_arm *a = &s->conf->suite->arms[i];
	*ret = (struct run_arm){ .name = xstrdup(a->name), .driver = xstrdup(a->driver),
	                         .label = xstrdup(f->label ? f->label : a->name), .accel = xstrdup(f->accel),
	                         .available = !reason, .reason = xstrdup(reason ? reason : f->note),
	                         .twin_of = xstrdup(a->twin_of) };
	kvs_copy(&ret->options, options);
	for (size_t k = 0; k < f->facts.n; k++) {
		cleanup_free char *val = places_hide(&s->ctx, f->facts.v[k].val);
		kvs_set(&ret->facts, f->facts.v[k].key, val, 0);
	}
	for (size_t k = 0; k < f->warnings.n && !a->twin_of; k++) {     /* a twin's are its arm's */
		cleanup_free char *text = xasprintf("%s: %s", a->name, f->warnings.v[k]);
		if (!strv_has(&s->run->warnings, text))
			strv_add(&s->run->warnings, text);
	}
}

static void log_warnings(const struct session *s)
{
	cleanup(strv_free) struct strv l = { 0 };
	run_warnings(s->run, &l);
	for (size_t i = 0; i < l.n; i++)
		log_warnf("%s", l.v[i]);
}

/* An arm that can't run here is not an error of the session: the others still run. Only an interruption ends it. */
static int open_arm(struct session *s, size_t i, struct run_arm *ret, struct err *err)
{
	const struct suite_arm *a = &s->conf->suite->arms[i];
	cleanup(env_facts_free) struct env_facts facts = { 0 };
	cleanup(kvs_free) struct kvs options = { 0 };
	struct err why = { 0 };
	s->arms[i].ops = env_find(a->driver);
	int r = opts_resolve(s->arms[i].ops->options, &a->options, s->conf->suite->file, &options, err);
	if (r < 0)
		return r;
	log_progressf("opening arm %s", a->name);
	r = s->arms[i].ops->open(&s->ctx, a->name, &options, &facts, &s->arms[i].arm, &why);
	if (sig_caught())
		return err_setf(err, -EINTR, "interrupted");
	if (r < 0) {
		s->arms[i].arm = NULL;
		log_warnf("arm %s can't run here: %s", a->name, why.msg);
	} else if (facts.note) {
		log_infof("arm %s: %s", a->name, facts.note);
	}
	describe_arm(s, i, &facts, &options, r < 0 ? why.msg : NULL, ret);
	return 0;
}

/* The arm of a resumed run must be what it was. An arm that has come since is described as it is now; one that has gone
 * keeps its description, which says what its launches so far ran in. */
static int match_resumed(struct session *s, struct run_arm *now, struct run_arm *was, struct err *err)
{
	if (!was->available)
		return 0;
	if (!now->available) {
		struct run_arm gone = *now;
		*now = *was;
		*was = gone;
		return 0;
	}
	if (strcmp(now->label, was->label) != 0)
		return err_setf(err, -EINVAL, "%s was begun with arm %s as '%s', now it is '%s': figures of the two do not mix; start "
		                "a new run", s->conf->resume, now->name, was->label, now->label);
	static const char *const keys[] = { "guest.kernel", "guest.machine", "qemu.version", "engine.version" };
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *a = kvs_get(&was->facts, keys[i]), *b = kvs_get(&now->facts, keys[i]);
		if (a && b && strcmp(a, b) != 0)
			return err_setf(err, -EINVAL, "%s was begun with %s '%s' in arm %s, now it is '%s': figures of the two do not mix; "
			                "start a new run", s->conf->resume, keys[i], a, now->name, b);
	}
	return 0;
}

static int open_arms(struct session *s, struct err *err)
{
	size_t n = s->conf->suite->n_arms, open = 0;
	struct run *run = s->run;
	s->arms = xcalloc(n, sizeof(*s->arms));
	struct run_arm *arms = xcalloc(n, sizeof(*arms));
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		r = open_arm(s, i, &arms[i], err);
		open += r == 0 && arms[i].available;
	}
	for (size_t i = 0; i < n && r == 0 && s->conf->resume; i++)
		r = match_resumed(s, &arms[i], &run->arms[i], err);
	if (r == 0 && !open)
		r = err_setf(err, -ENOTSUP, "no arm of suite %s can run here; `isocost doctor` tells more", s->conf->suite->name);
	if (r < 0) {
		run_arms_free(arms, n);
		return r;
	}
	run_arms_free(run->arms, run->n_arms + run->n_twins);
	run->arms = arms;
	run->n_twins = s->conf->suite->n_twins;
	run->n_arms = n - run->n_twins;
	log_warnings(s);
	return 0;
}

static void close_arms(struct session *s)
{
	for (size_t i = 0; s->arms && i < s->conf->suite->n_arms; i++)
		if (s->arms[i].arm)
			s->arms[i].ops->close(s->arms[i].arm);
	free(s->arms);
	s->arms = NULL;
}

static struct run *new_run(const struct session *s)
{
	const struct suite *suite = s->conf->suite;
	struct run *run = xcalloc(1, sizeof(*run));
	char now[32];
	store_utc_now(now);
	*run = (struct run){ .suite = xstrdup(suite->name), .suite_text = xstrdup(s->conf->suite_text),
	                     .tool_version = xstrdup(ISOCOST_VERSION), .tool_commit = xstrdup(s->conf->commit), .isoload_sha256 = xstrdup(s->sha256),
	                     .started = xstrdup(now), .seed = s->conf->plan->seed, .cpus = s->envelope.cpus,
	                     .cpu_list = xstrdup(s->envelope.cpu_list), .memory = s->envelope.memory,
	                     .pids = s->envelope.pids, .margin = suite->margin, .adaptive = suite->adaptive, .planned = (unsigned)s->conf->plan->n,
	                     .n_workloads = suite->n_workloads };
	run->workloads = xcalloc(suite->n_workloads, sizeof(*run->workloads));
	for (size_t i = 0; i < suite->n_workloads; i++) {
		const struct suite_workload *w = &suite->workloads[i];
		run->workloads[i] =
			(struct run_workload){ .name = xstrdup(w->name), .workload = w->workload, .launches = w->launches };
		kvs_copy(&run->workloads[i].params, &w->params);
	}
	run->adaptive.budget_s = suite->adaptive.on ? s->conf->budget_s : 0;
	ladder_copy(&run->ladder, &suite->ladder);
	hostinfo_gather(s->work.dir, &run->host_before);
	return run;
}

static int check_resumed(struct session *s, struct err *err)
{
	const struct run *run = s->run;
	if (!run->isoload_sha256 || strcmp(run->isoload_sha256, s->sha256) != 0)
		return err_setf(err, -EINVAL, "%s was begun with another isoload (sha256 %.12s…, this build has %.12s…); "
		                "start a new run", s->conf->resume, run->isoload_sha256 ? run->isoload_sha256 : "?", s->sha256);
	cleanup(kvs_free) struct kvs now = { 0 };
	hostinfo_gather(s->work.dir, &now);
	const char *keys[] = { "host.name", "kernel.release", "cpu.model", NULL };
	for (size_t i = 0; keys[i]; i++) {
		const char *was = kvs_get(&run->host_before, keys[i]), *is = kvs_get(&now, keys[i]);
		if (was && is && strcmp(was, is) != 0)
			return err_setf(err, -EINVAL, "%s was begun on another host: %s was '%s' and is '%s'; start a new run",
			                s->conf->resume, keys[i], was, is);
	}
	return 0;
}

static bool is_done(const struct run *run, const struct suite *suite, const struct plan_item *it)
{
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		if (l->number == it->number && strcmp(l->arm, suite->arms[it->arm].name) == 0 &&
		    strcmp(l->workload, suite->workloads[it->workload].name) == 0)
			return true;
	}
	return false;
}

/* The cells that can't be run are told once, an arm and a reason a line. */
static void find_cannots(struct session *s)
{
	const struct cannots *l = &s->run->cannot;
	cells_init(&s->cells, s->conf->suite, s->run);
	for (size_t i = 0; i < s->conf->suite->n_arms; i++)
		cells_ask(&s->cells, i, s->arms[i].ops, s->arms[i].arm);
	cells_tell(&s->cells);
	for (size_t i = 0; i < l->n; i++) {
		cleanup_free char *names = cannots_names(l, i);
		if (names)
			log_infof("arm %s can't run %s: %s", l->v[i].arm, names, l->v[i].reason);
	}
}

/* Run one launch of the plan and store it. -EINTR: it was interrupted and leaves no trace. */
static int run_item(struct session *s, const struct plan_item *it, struct err *err)
{
	const struct suite *suite = s->conf->suite;
	const struct measure m = { .ops = s->arms[it->arm].ops, .arm = s->arms[it->arm].arm, .envelope = &s->envelope,
	                           .isoload_sha256 = s->sha256, .deadline_s = suite->deadline_s };
	cleanup(launch_free) struct launch l = { .arm = xstrdup(suite->arms[it->arm].name),
	                                         .workload = xstrdup(suite->workloads[it->workload].name),
	                                         .number = it->number, .block = it->block };
	progress_start(&s->progress, it);
	int r = measure_launch(&m, &suite->workloads[it->workload], &l, err);
	if (r == 0 && s->spend.cells)
		spend_decide(&s->spend, it, &l);
	if (r == 0)
		r = store_append(&s->store, &l, err);
	if (r < 0)
		return r;
	progress_finish(&s->progress, it, &l);
	if (cells_note(&s->cells, it, &l)) {
		log_infof("arm %s can't run %s: %s", l.arm, l.workload, l.error);
		spend_out(&s->spend, it);
		r = store_put_run(&s->store, s->run, err);
	}
	if (s->spend.cells)
		spend_keep(&s->spend, it, &l);
	return r;
}

/* What an adaptive session is still going to do, as far as it can tell, and which cells have all that they need. */
static void expect_adaptive(struct session *s)
{
	const struct suite *suite = s->conf->suite;
	for (size_t a = 0; a < suite->n_arms && s->spend.cells; a++)
		for (size_t w = 0; w < suite->n_workloads; w++) {
			const struct plan_item it = { .arm = a, .workload = w };
			progress_set_left(&s->progress, &it, spend_left(&s->spend, &it));
		}
	for (size_t a = 0; a < suite->n_arms && s->spend.cells; a++)
		for (size_t w = 0; w < suite->n_workloads; w++) {
			const struct plan_item it = { .arm = a, .workload = w };
			if (spend_closed(&s->spend, &it))
				progress_ended(&s->progress, &it);
		}
}

static void begin_adaptive(struct session *s)
{
	const struct suite *suite = s->conf->suite;
	if (!s->run->adaptive.on)
		return;
	spend_init(&s->spend, suite, s->run, s->conf->eye);
	for (size_t a = 0; a < suite->n_arms; a++)
		for (size_t w = 0; w < suite->n_workloads; w++) {
			const struct plan_item it = { .arm = a, .workload = w };
			if (!s->arms[a].arm || cells_closed(&s->cells, &it))
				spend_out(&s->spend, &it);
		}
	run_ends_free(s->run);          /* they are open again, as far as no rule ended them */
}

/* Write down how the cells ended. Where all have their pilot, a budget ends a run as the other rules do. */
static void end_adaptive(struct session *s, bool interrupted, struct session_end *end)
{
	if (!s->spend.cells)
		return;
	unsigned without_pilot = spend_tell(&s->spend, interrupted ? CELL_INTERRUPTED : CELL_BUDGET);
	if (end->out_of_time && !without_pilot) {
		end->out_of_time = false;
		end->budget_ended = true;
	}
	end->planned = end->done + s->progress.todo;
	end->estimated = true;
}

static int run_plan(struct session *s, struct session_end *end, struct err *err)
{
	const struct plan *plan = s->conf->plan;
	int64_t t0 = clk_now();
	cleanup_free bool *todo = xcalloc(plan->n, sizeof(*todo)), *left = xcalloc(plan->n, sizeof(*left));
	progress_init(&s->progress, s->conf->suite, s->conf->progress);
	progress_known(&s->progress, s->run);
	s->progress.estimated = s->spend.cells;
	s->progress.end_ns = s->conf->budget_s > 0 ? t0 + (int64_t)(s->conf->budget_s * 1e9) : 0;
	for (size_t i = 0; i < plan->n; i++) {
		left[i] = !is_done(s->run, s->conf->suite, &plan->v[i]);
		todo[i] = left[i] && s->arms[plan->v[i].arm].arm && !cells_closed(&s->cells, &plan->v[i]);
		if (todo[i] && !s->spend.cells)
			progress_expect(&s->progress, &plan->v[i]);
	}
	expect_adaptive(s);
	int r = 0;
	for (size_t i = 0; i < plan->n && r == 0; i++) {
		if (!todo[i] || spend_closed(&s->spend, &plan->v[i]))
			continue;
		if (s->conf->budget_s > 0 && clk_to_s(clk_now() - t0) > s->conf->budget_s) {
			end->out_of_time = true;
			break;
		}
		if (cells_closed(&s->cells, &plan->v[i])) {
			if (!s->spend.cells)
				progress_drop(&s->progress, &plan->v[i]);
			continue;
		}
		r = sig_caught() ? -EINTR : run_item(s, &plan->v[i], err);
		left[i] = r < 0;
		expect_adaptive(s);
	}
	for (size_t i = 0; i < plan->n; i++)
		end->planned += !(left[i] && cells_closed(&s->cells, &plan->v[i]));
	end->done = (unsigned)s->run->n_launches + s->progress.done;
	end->failed = s->progress.failed;
	for (size_t i = 0; i < s->run->n_launches; i++)
		end->failed += launch_failed(&s->run->launches[i]);
	end_adaptive(s, r < 0, end);
	progress_free(&s->progress);
	return r;
}

/* The arms wrote their explanations before the run directory was there. */
static void move_explanations(struct session *s)
{
	cleanup(dir_closep) DIR *d = opendir(s->keep);
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *from = xasprintf("%s/%s", s->keep, e->d_name), *to = xasprintf("%s/%s", s->store.dir, e->d_name);
		cleanup_free char *text = NULL;
		if (*e->d_name == '.')
			continue;
		int r = fs_read(from, &text, NULL);
		cleanup_free char *shown = r < 0 ? NULL : places_hide(&s->ctx, text);
		if (r < 0 || fs_write(to, shown, strlen(shown), 0644) < 0)
			log_warnf("can't keep %s in the run directory", e->d_name);
	}
}

static int open_store(struct session *s, struct err *err)
{
	if (!s->conf->resume)
		return store_create(s->conf->results, s->run, &s->store, err);
	int r = store_reopen(s->conf->resume, &s->store, err);
	return r < 0 ? r : store_put_run(&s->store, s->run, err);
}

static int finish(struct session *s, struct session_end *end, struct err *err)
{
	unsigned missing = 0;
	for (size_t i = 0; i < s->conf->suite->n_arms; i++)
		missing += !s->arms[i].arm;
	end->arms_missing = missing;
	move_explanations(s);
	kvs_free(&s->run->host_after);
	hostinfo_gather(s->work.dir, &s->run->host_after);
	if (!end->interrupted && !end->out_of_time) {
		char now[32];
		store_utc_now(now);
		free(s->run->ended);
		s->run->ended = xstrdup(now);
	}
	return store_put_run(&s->store, s->run, err);
}

static int session_body(struct session *s, struct session_end *end, struct err *err)
{
	int r = hash_isoload(s, err);
	if (r < 0)
		return r;
	s->run = s->conf->resume ? s->conf->resumed : new_run(s);
	r = s->conf->resume ? check_resumed(s, err) : 0;
	if (r == 0)
		r = open_arms(s, err);
	if (r == 0) {
		find_cannots(s);
		begin_adaptive(s);
		r = open_store(s, err);
	}
	if (r < 0)
		return r;
	end->dir = xstrdup(s->store.dir);
	r = run_plan(s, end, err);
	end->interrupted = r == -EINTR;
	if (r < 0 && r != -EINTR)
		return r;
	return finish(s, end, err);
}

int session_run(const struct session_conf *conf, struct session_end *ret, struct err *err)
{
	struct session s = { .conf = conf, .store = { .journal = -1, .lock = -1 } };
	*ret = (struct session_end){ 0 };
	int r = session_envelope(conf->suite, &s.envelope, err);
	if (r < 0)
		return r;
	r = workspace_create(conf->uri, &s.work, err);
	if (r < 0) {
		free(s.envelope.cpu_list);
		return r;
	}
	s.keep = xasprintf("%s/keep", s.work.dir);
	r = fs_mkdirs(s.keep, 0755);
	if (r < 0)
		err_sysf(err, r, "can't make %s", s.keep);
	s.ctx = (struct env_ctx){ .load_dir = conf->load_dir, .cache = conf->cache, .work = s.work.dir, .id = s.work.id,
	                          .keep = s.keep, .uri = conf->uri, .accel = conf->accel, .guest_kernel = conf->guest_kernel,
	                          .envelope = s.envelope, .stdin_fd = -1 };
	if (r == 0)
		r = session_body(&s, ret, err);
	close_arms(&s);
	cells_free(&s.cells);
	spend_free(&s.spend);
	store_close(&s.store);
	if (!conf->resume)
		run_free(s.run);
	workspace_destroy(&s.work);
	free(s.envelope.cpu_list);
	free(s.keep);
	return r;
}
