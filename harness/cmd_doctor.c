/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_doctor.c - what can run here, what would distort it, how to mend it. Changes nothing. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/sig.h"
#include "env/approot.h"
#include "env/kvmprobe.h"
#include "report/checkup.h"
#include "run/session.h"
#include "store/hostinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct doctor {
	struct common common;
	int json;
	bool colour;
	struct kvs facts;               /* of the host, and of KVM */
	struct findings findings;
	size_t told;                    /* findings that were written */
	bool has_versions;
};

/* Write what was found since the last time: trying arms takes seconds. */
static void tell(struct doctor *d)
{
	for (; d->told < d->findings.n && !d->json; d->told++)
		finding_write(&d->findings.v[d->told], d->colour, stdout);
	fflush(stdout);
}

static bool is_kvm_fact(const char *key)
{
	return strncmp(key, "kvm.", 4) == 0;
}

/* One that runs guests without KVM has the reason in its note. */
static void note_accel(struct doctor *d, const char *check, const struct env_facts *facts)
{
	if (facts->accel && strncmp(facts->accel, "TCG", 3) == 0)
		findings_add(&d->findings, check, FOUND_WARNING, xasprintf("arm %s: guests run by software emulation (TCG), not by KVM", facts->label),
		             "their figures say nothing of what KVM costs", "measure on a host whose /dev/kvm runs a Linux guest");
}

static void note_versions(struct doctor *d, const struct kvs *facts)
{
	if (d->has_versions || !kvs_get(facts, "guest.kernel"))
		return;
	d->has_versions = true;
	checkup_versions(facts, &d->findings);
}

/* The three that every suite begins with; another one is missed by the suites alone that have it. */
static bool is_reference(const struct env_ops *ops)
{
	return strcmp(ops->name, "host") == 0 || strcmp(ops->name, "container") == 0 || strcmp(ops->name, "vm") == 0;
}

/* The only proof that an arm can run is to run it. */
static void check_driver(struct doctor *d, const struct env_ctx *ctx, const struct env_ops *ops)
{
	cleanup(env_facts_free) struct env_facts facts = { 0 };
	cleanup(kvs_free) struct kvs none = { 0 }, options = { 0 };
	cleanup_free char *check = xasprintf("arm.%s", ops->name);
	struct env_arm *arm = NULL;
	struct err err = { 0 };
	log_progressf("trying %s …", ops->name);
	int r = opts_resolve(ops->options, &none, NULL, &options, &err);
	if (r == 0)
		r = ops->open(ctx, ops->name, &options, &facts, &arm, &err);
	log_progress_end();
	if (r < 0) {
		cleanup_free char *mend = xasprintf("`isocost exec -v -a %s -- true` shows where it stops", ops->name);
		findings_add(&d->findings, check, is_reference(ops) ? FOUND_FAIL : FOUND_WARNING, xasprintf("arm %s can't run here: %s", ops->name, err.msg),
		             is_reference(ops) ? "its column is missing from every table" : "suites that name it run without it", mend);
		return;
	}
	struct finding *f = findings_add(&d->findings, check, FOUND_OK,
	                                 xasprintf("arm %s can run here%s%s", facts.label ? facts.label : ops->name, facts.note ? ": " : "",
	                                           facts.note ? facts.note : ""), NULL, NULL);
	for (size_t i = 0; i < facts.facts.n; i++)
		if (!is_kvm_fact(facts.facts.v[i].key))
			strv_addf(&f->details, "%s: %s", facts.facts.v[i].key, facts.facts.v[i].val);
	for (size_t i = 0; i < facts.warnings.n; i++)
		findings_add(&d->findings, check, FOUND_WARNING, xasprintf("arm %s: %s", ops->name, facts.warnings.v[i]),
		             "in this its conditions are not those of other arms; reports say so", NULL);
	note_accel(d, check, &facts);
	note_versions(d, &facts.facts);
	ops->close(arm);
}

static void check_drivers(struct doctor *d, const struct workspace *work)
{
	const struct common *c = &d->common;
	struct suite suite = { .name = (char *)"doctor", .cpus = 1, .memory = 512u << 20, .pids = 256 };
	struct envelope envelope = { 0 };
	struct err err = { 0 };
	cleanup_free char *load_dir = path_load_dir(), *cache = NULL;
	if (cache_make(&cache, &err) < 0 || session_envelope(&suite, &envelope, &err) < 0) {
		findings_add(&d->findings, "arms", FOUND_FAIL, xstrdup(err.msg), "no arm can run", NULL);
		return;
	}
	const struct env_ctx ctx = { .load_dir = load_dir, .cache = cache, .work = work->dir, .id = work->id, .uri = c->uri,
	                             .accel = c->accel, .guest_kernel = c->guest_kernel, .envelope = envelope, .stdin_fd = -1 };
	for (size_t i = 0; env_drivers[i] && !sig_caught(); i++)
		/* One that is made of what a suite says is nothing without it. */
		if (!opts_missing(env_drivers[i]->options, &(struct kvs){ 0 })) {
			check_driver(d, &ctx, env_drivers[i]);
			tell(d);
		}
	free(envelope.cpu_list);
}

static void find_programs(struct kvs *facts)
{
	for (const struct checkup_program *p = checkup_programs; p->name; p++) {
		cleanup_free char *key = xasprintf("program.%s", p->name), *path = fs_which(p->name);
		kvs_set(facts, key, path ? path : "", 0);
	}
}

static void find_approot(struct kvs *facts)
{
	cleanup_free char *cache = path_cache();
	struct approot app;
	approot_find(cache, &app);
	kvs_set(facts, "app.root", app.dir ? app.dir : "", 0);
	if (app.packages)
		kvs_set(facts, "app.packages", app.packages, 0);
	approot_free(&app);
}

static void check_host(struct doctor *d)
{
	checkup_kernel(&d->facts, geteuid() == 0, &d->findings);
	checkup_missing(&d->facts, &d->findings);
	checkup_approot(&d->facts, &d->findings);
	checkup_figures(&d->facts, &d->findings);
	tell(d);
}

/* Who asks for TCG wants to hear nothing of KVM. */
static void check_kvm(struct doctor *d)
{
	if (d->common.accel == ACCEL_TCG)
		return;
	struct err err = { 0 };
	kvmprobe_facts(&d->facts, &err);
	checkup_kvm(&d->facts, &d->findings);
	tell(d);
}

static void head(const struct doctor *d)
{
	static const char *const keys[] = { "host.os", "kernel.release", "cpu.model", "cpu.threads", "memory.total", "cgroup.mode" };
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && !d->json; i++)
		if (kvs_get(&d->facts, keys[i]))
			printf("%-15s %s\n", keys[i], kvs_get(&d->facts, keys[i]));
}

static int finish(struct doctor *d)
{
	size_t n[FOUND_COUNT];
	for (int v = 0; v < FOUND_COUNT; v++)
		n[v] = findings_count(&d->findings, (enum finding_verdict)v);
	tell(d);
	if (d->json && findings_write_json(&d->findings, &d->facts, stdout) < 0)
		return EXIT_FAILED;
	if (!d->json)
		printf("%zu ok, %zu warnings, %zu failed\n", n[FOUND_OK], n[FOUND_WARNING], n[FOUND_FAIL]);
	if (sig_caught())
		return EXIT_INTERRUPTED;
	return n[FOUND_FAIL] ? EXIT_UNAVAILABLE : EXIT_OK;
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "one JSON document in place of lines: facts, checks with verdict, effect and what mends it", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct doctor *d = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &d->common;
		return 0;
	case 'j': d->json = 1; return 0;
	case ARGP_KEY_ARG: argp_error(state, "unexpected '%s'; expected options only", arg); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse, NULL,
	"Find out what can run here, what would distort it and how to mend it. Changes nothing on the host; each arm is really "
	"opened, so that it takes some seconds. Exit status 4 when an arm can't run or something that it needs is missing.", children, NULL, NULL,
};

int cmd_doctor(int argc, char **argv)
{
	struct doctor d = { .colour = log_has_colour(STDOUT_FILENO) };
	argp_parse(&argp, argc, argv, 0, NULL, &d);
	struct err err = { 0 };
	struct workspace work;
	cmd_begin();
	if (workspace_create(d.common.uri, &work, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	cleanup(kvs_free) struct kvs after = { 0 };
	hostinfo_gather(work.dir, &d.facts);
	find_programs(&d.facts);
	find_approot(&d.facts);
	head(&d);
	check_host(&d);
	check_kvm(&d);
	check_drivers(&d, &work);
	hostinfo_gather(work.dir, &after);
	checkup_steal(&d.facts, &after, &d.findings);
	workspace_destroy(&work);
	int status = finish(&d);
	findings_free(&d.findings);
	kvs_free(&d.facts);
	return status;
}
