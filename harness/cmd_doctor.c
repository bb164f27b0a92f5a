/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_doctor.c - what can run here, what would distort it, how to mend it. Changes nothing. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/sig.h"
#include "model/kvmcost.h"
#include "report/fmt.h"
#include "run/session.h"
#include "store/hostinfo.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verdict { OK, WARN, FAIL };

struct doctor {
	int colour;
	unsigned n[3];
	bool kvm_told;
};

static void say(struct doctor *d, enum verdict v, const char *what, const char *effect, const char *mend)
{
	static const char *const word[] = { "ok", "warning", "fail" }, *const paint[] = { "\033[32m", "\033[33m", "\033[31m" };
	printf("%s%-8s%s %s\n", d->colour ? paint[v] : "", word[v], d->colour ? "\033[0m" : "", what);
	if (effect)
		printf("           effect: %s\n", effect);
	if (mend)
		printf("           mend:   %s\n", mend);
	fflush(stdout);
	d->n[v]++;
}

/* A fact that is well when it holds (or is, when exact) the good text. A fact that the host has not is passed over. */
static const struct {
	const char *fact, *good;
	const char *what_good, *what_bad, *effect, *mend;
} checks[] = {
	{ "cpu.governor", "performance", "the CPU frequency governor is 'performance'", "the CPU frequency governor changes the frequency",
	  "figures drift with the load before them", "cpupower frequency-set -g performance" },
	{ "cpu.smt", "off notsupported notimplemented", "no hyper-threads share the measured cores", "hyper-threads share the cores",
	  "a busy sibling slows the measured CPU", "echo off > /sys/devices/system/cpu/smt/control" },
	{ "cpu.no_turbo", "1", "turbo is off", "turbo is on", "the frequency depends on heat and on the other cores",
	  "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo" },
	{ "kernel.clocksource", "tsc kvm-clock", "the clock source is fast", "the clock source is slow to read",
	  "reading the time weighs on short intervals", "boot with clocksource=tsc where the hardware has an invariant TSC" },
	{ "host.is_guest", "no", "this host is no guest itself", "this host is itself a virtual machine",
	  "steal, a shared cache and a shared disk that can't be seen from here; guests run nested or by emulation",
	  "measure on bare metal when figures must carry to it" },
	{ "disk.type", "ext4 xfs btrfs f2fs zfs", "the work directory is on a disk", "the work directory is not on a disk file system",
	  "file workloads with O_DIRECT fail or measure memory", "set ISOCOST_WORK to a directory on a disk" },
};

static bool holds(const char *value, const char *good)
{
	struct strv words = { 0 };
	strv_split(&words, good, " ");
	bool found = strv_has(&words, value);
	strv_free(&words);
	return found;
}

static void check_facts(struct doctor *d, const struct kvs *facts)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		const char *v = kvs_get(facts, checks[i].fact);
		bool good = v && holds(v, checks[i].good);
		cleanup_free char *text = xasprintf("%s (%s)", good ? checks[i].what_good : checks[i].what_bad, v ? v : "");
		if (v)
			say(d, good ? OK : WARN, text, good ? NULL : checks[i].effect, good ? NULL : checks[i].mend);
	}
}

static void check_load(struct doctor *d, const struct kvs *facts)
{
	const char *load = kvs_get(facts, "load");
	double one = load ? strtod(load, NULL) : 0;
	cleanup_free char *text = xasprintf("the load average of the last minute is %.2f", one);
	if (one < 0.5)
		say(d, OK, text, NULL, NULL);
	else
		say(d, WARN, text, "other work runs beside the measurement", "wait, or end what `top` shows");
}

static void check_room(struct doctor *d, const struct kvs *facts)
{
	const char *bytes = kvs_get(facts, "disk.free_bytes");
	double gib = bytes ? strtod(bytes, NULL) / 0x1p30 : 0;
	cleanup_free char *text = xasprintf("%.1f GiB are free in the work directory", gib);
	if (gib >= 2)
		say(d, OK, text, NULL, NULL);
	else
		say(d, FAIL, text, "guest images and file workloads need about 2 GiB", "make room, or set ISOCOST_WORK to another disk");
}

static void check_rights(struct doctor *d)
{
	if (geteuid() == 0)
		say(d, OK, "running as root: limits on CPU, memory and tasks can be enforced in every arm", NULL, NULL);
	else
		say(d, WARN, "running as an ordinary user", "memory and task limits hold only where control groups are delegated; the "
		    "container needs a user namespace", "run with sudo for the reference figures");
}

static bool is_kvm_fact(const char *key)
{
	return strncmp(key, "kvm.", 4) == 0;
}

/* Of what KVM costs, from the first arm that tells: it is the same for all. */
static void check_kvm(struct doctor *d, const struct kvs *facts)
{
	struct kvmcost c;
	const char *missing = kvs_get(facts, "kvm.missing"), *modules = kvs_get(facts, "kvm.modules");
	if (d->kvm_told || (!missing && !kvs_get(facts, "kvm.kind")))
		return;
	d->kvm_told = true;
	if (!kvmcost_from_facts(facts, &c)) {
		say(d, WARN, "KVM runs nothing here", missing, NULL);
		return;
	}
	cleanup_free char *meaning = kvmcost_meaning(&c);
	cleanup_free char *text = xasprintf("this is %s%s%s%s", kvm_kind_name(c.kind), modules ? " (" : "", modules ? modules : "", modules ? ")" : "");
	say(d, c.kind == KVM_KIND_HARDWARE ? OK : WARN, text, meaning,
	    c.kind == KVM_KIND_HARDWARE ? NULL : "measure on bare metal with VT-x or AMD-V when a guest's figures must carry to it");
	for (size_t i = 0; i < KVMCOST_FIGURES; i++) {
		const struct kvmcost_value *v = &c.v[i];
		cleanup_free char *median = fmt_value(v->median, "s"), *q1 = fmt_value(v->q1, "s"), *q3 = fmt_value(v->q3, "s");
		if (v->n)
			printf("           %s: %s, quartiles %s … %s, n = %u\n", kvmcost_defs[i].what, median, q1, q3, v->n);
	}
	if (missing)
		printf("           not measured: %s\n", missing);
}

/* The only proof that an arm can run is to run it. */
static void check_driver(struct doctor *d, const struct env_ctx *ctx, const struct env_ops *ops)
{
	cleanup(env_facts_free) struct env_facts facts = { 0 };
	cleanup(kvs_free) struct kvs none = { 0 }, options = { 0 };
	struct env_arm *arm = NULL;
	struct err err = { 0 };
	log_progressf("trying %s …", ops->name);
	int r = opts_resolve(ops->options, &none, NULL, &options, &err);
	if (r == 0)
		r = ops->open(ctx, ops->name, &options, &facts, &arm, &err);
	log_progress_end();
	cleanup_free char *text = NULL;
	if (r < 0) {
		text = xasprintf("arm %s can't run here: %s", ops->name, err.msg);
		say(d, FAIL, text, "its column is missing from every table", NULL);
		check_kvm(d, &facts.facts);
		return;
	}
	text = xasprintf("arm %s can run here%s%s", facts.label ? facts.label : ops->name, facts.note ? ": " : "",
	                 facts.note ? facts.note : "");
	say(d, OK, text, NULL, NULL);
	for (size_t i = 0; i < facts.warnings.n; i++) {
		cleanup_free char *warning = xasprintf("arm %s: %s", ops->name, facts.warnings.v[i]);
		say(d, WARN, warning, NULL, NULL);
	}
	if (facts.accel && strncmp(facts.accel, "TCG", 3) == 0)
		say(d, WARN, "guests run by software emulation (TCG), not by KVM", "their figures say nothing of what KVM costs",
		    "measure on a host whose /dev/kvm runs a Linux guest");
	check_kvm(d, &facts.facts);
	for (size_t i = 0; i < facts.facts.n; i++)
		if (!is_kvm_fact(facts.facts.v[i].key))
			printf("           %s: %s\n", facts.facts.v[i].key, facts.facts.v[i].val);
	ops->close(arm);
}

static void check_drivers(struct doctor *d, const struct common *c, const struct workspace *work)
{
	struct suite suite = { .name = (char *)"doctor", .cpus = 1, .memory = 512u << 20, .pids = 256 };
	struct envelope envelope = { 0 };
	struct err err = { 0 };
	cleanup_free char *load_dir = path_load_dir(), *cache = NULL;
	if (cache_make(&cache, &err) < 0 || session_envelope(&suite, &envelope, &err) < 0) {
		say(d, FAIL, err.msg, "no arm can run", NULL);
		return;
	}
	const struct env_ctx ctx = { .load_dir = load_dir, .cache = cache, .work = work->dir, .id = work->id, .uri = c->uri,
	                             .accel = c->accel, .guest_kernel = c->guest_kernel, .envelope = envelope, .stdin_fd = -1 };
	for (size_t i = 0; env_drivers[i] && !sig_caught(); i++)
		/* One that is made of what a suite says is nothing without it. */
		if (!opts_missing(env_drivers[i]->options, &(struct kvs){ 0 }))
			check_driver(d, &ctx, env_drivers[i]);
	free(envelope.cpu_list);
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = state->input;
		return 0;
	}
	if (key == ARGP_KEY_ARG)
		argp_error(state, "unexpected '%s'", arg);
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	NULL, parse, NULL,
	"Find out what can run here, what would distort it and how to mend it. Changes nothing on the host; each arm is really "
	"opened, so that it takes some seconds. Exit status 4 when an arm can't run.", children, NULL, NULL,
};

int cmd_doctor(int argc, char **argv)
{
	struct common c = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &c);
	struct err err = { 0 };
	struct doctor d = { .colour = log_has_colour(STDOUT_FILENO) };
	struct workspace work;
	cmd_begin();
	if (workspace_create(c.uri, &work, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	cleanup(kvs_free) struct kvs facts = { 0 };
	hostinfo_gather(work.dir, &facts);
	const char *keys[] = { "host.os", "kernel.release", "cpu.model", "cpu.threads", "memory.total", "cgroup.mode", NULL };
	for (size_t i = 0; keys[i]; i++)
		if (kvs_get(&facts, keys[i]))
			printf("%-15s %s\n", keys[i], kvs_get(&facts, keys[i]));
	check_rights(&d);
	check_facts(&d, &facts);
	check_load(&d, &facts);
	check_room(&d, &facts);
	check_drivers(&d, &c, &work);
	workspace_destroy(&work);
	printf("%u ok, %u warnings, %u failed\n", d.n[OK], d.n[WARN], d.n[FAIL]);
	if (sig_caught())
		return EXIT_INTERRUPTED;
	return d.n[FAIL] ? EXIT_UNAVAILABLE : EXIT_OK;
}
