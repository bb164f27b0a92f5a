/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_about.c - the report's second half: failed and marked launches, conditions, method. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/checkup.h"
#include "report/flags.h"
#include "report/fmt.h"

#include <string.h>

#define FAILED_SHOWN 20

static void failed_table(const struct report *r, struct str *b)
{
	if (r->n_failed == 0)
		return;
	str_addf(b, "### Failed launches\n\n| arm | workload | launch | why |\n|---|---|--:|---|\n");
	size_t shown = 0;
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		if (!launch_failed(l) || shown++ >= FAILED_SHOWN)
			continue;
		cleanup_free char *why = xstrndup(l->error ? l->error : "no reason was recorded", 300);
		str_addf(b, "| ");
		md_cell(b, l->arm);
		str_addf(b, " | ");
		md_cell(b, l->workload);
		str_addf(b, " | %u | ", l->number);
		md_cell(b, why);
		str_addf(b, " |\n");
	}
	if (shown > FAILED_SHOWN)
		str_addf(b, "\n%d of %zu are shown; the rest is in the journal.\n", FAILED_SHOWN, shown);
	str_addf(b, "\n");
}

static const char *mark_meaning(size_t bit)
{
	static const char *const text[MARK_COUNT] = {
		"guest and host disagree on how long the measurement took",
		"the host lost more than 1 % of the time to steal",
		"the CPUs or the memory seen from inside are not what was asked for",
		"reading the clock cost more than 5 % of the shortest timed interval",
		"tasks of the host, the launch at its own limit or others, waited for memory for more than 1 % of the time",
		"other programs ran on the measured CPUs for more than 5 % of the time",
		"a measured CPU was slowed down for heat",
	};
	return text[bit];
}

static void marks_table(const struct report *r, struct str *b)
{
	size_t total = 0;
	for (size_t a = 0; a < r->run->n_arms; a++)
		for (size_t k = 0; k < MARK_COUNT; k++)
			total += r->arms[a].marked[k];
	if (total == 0 && run_is_imported(r->run)) {
		str_addf(b, "No marks are in the imported files; that a launch has none does not say that nothing disturbed it.\n\n");
		return;
	}
	if (total == 0) {
		str_addf(b, "No launch that is counted carries a mark.\n\n");
		return;
	}
	str_addf(b, "Marked launches are in the figures; the journal names each.\n\n| arm | mark | launches | meaning |\n"
	            "|---|---|--:|---|\n");
	for (size_t a = 0; a < r->run->n_arms; a++)
		for (size_t k = 0; k < MARK_COUNT; k++) {
			if (r->arms[a].marked[k] == 0)
				continue;
			str_addf(b, "| ");
			md_cell(b, r->arms[a].label);
			str_addf(b, " | %s | %zu of %zu | %s |\n", launch_mark_names[k], r->arms[a].marked[k], r->arms[a].ok,
			         mark_meaning(k));
		}
	str_addf(b, "\n");
}

/* Of whole cells, not of single launches. */
static void flags(const struct report *r, struct str *b)
{
	cleanup(strv_free) struct strv said = { 0 };
	flags_say(r, "", &said);
	if (!said.n)
		str_addf(b, "No cell's launches drift over their order, and none's are of two kinds, by more than the margin.\n\n");
	for (size_t i = 0; i < said.n; i++) {
		md_cell(b, said.v[i]);
		str_addf(b, "\n\n");
	}
}

void md_care(const struct report *r, struct str *b)
{
	str_addf(b, "## Launches to look at with care\n\n");
	failed_table(r, b);
	marks_table(r, b);
	flags(r, b);
}

/* The different values of an env record over an arm's launches, joined. */
static void seen_values(const struct report *r, size_t arm, const char *key, struct str *b)
{
	struct strv l = { 0 };
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *x = &r->run->launches[i];
		const char *val = kvs_get(&x->result.seen, key);
		uint64_t bytes;
		if (!x->ok || !val || strcmp(x->arm, r->run->arms[arm].name) != 0)
			continue;
		bool memory = strcmp(key, "memory") == 0 && parse_u64(val, &bytes) == 0;
		cleanup_free char *shown = memory ? fmt_bytes((double)bytes) : xstrdup(val);
		if (!strv_has(&l, shown))
			strv_add(&l, shown);
	}
	str_addf(b, " ");
	for (size_t i = 0; i < l.n && i < 4; i++) {
		str_addf(b, i ? ", " : "");
		md_cell(b, l.v[i]);
	}
	str_addf(b, "%s |", l.n > 4 ? ", …" : "");
	strv_free(&l);
}

static void inside_table(const struct report *r, struct str *b)
{
	static const char *const keys[] = { "cpus", "memory", "kernel", "clocksource", "scratch", "uid" };
	const size_t n = sizeof(keys) / sizeof(*keys);
	str_addf(b, "What the workload program saw from inside:\n\n| arm |");
	for (size_t k = 0; k < n; k++)
		str_addf(b, " %s |", keys[k]);
	str_addf(b, "\n|---|---|---|---|---|---|---|\n");
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!report_arm_has(r, a))
			continue;
		str_addf(b, "| ");
		md_cell(b, r->arms[a].label);
		str_addf(b, " |");
		for (size_t k = 0; k < n && !run_arm_is_bare(&r->run->arms[a]); k++)
			seen_values(r, a, keys[k], b);
		if (run_arm_is_bare(&r->run->arms[a]))
			str_addf(b, " nothing: no program runs in it | | | | | |");
		str_addf(b, "\n");
	}
	str_addf(b, "\n");
}

/* Those that differ from known's; NULL: all. */
static void facts_but(const struct kvs *l, const struct kvs *known, struct str *b)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *before = known ? kvs_get(known, l->v[i].key) : NULL;
		if (before && strcmp(before, l->v[i].val) == 0)
			continue;
		str_addf(b, "| ");
		md_cell(b, l->v[i].key);
		str_addf(b, " | ");
		md_cell(b, l->v[i].val);
		str_addf(b, " |\n");
	}
}

static void facts(const struct kvs *l, struct str *b)
{
	facts_but(l, NULL, b);
}

/* The first arm that tells facts and has the same driver, or a itself. */
static size_t first_of_driver(const struct run *run, size_t a)
{
	size_t k = 0;
	while (k < a && (run->arms[k].facts.n == 0 || strcmp(run->arms[k].driver, run->arms[a].driver) != 0))
		k++;
	return k;
}

static void arm_facts(const struct report *r, struct str *b)
{
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (r->run->arms[a].facts.n == 0)
			continue;
		size_t like = first_of_driver(r->run, a);
		str_addf(b, "<details><summary>Facts of ");
		md_cell(b, r->arms[a].label);
		if (like != a) {
			str_addf(b, ", which are those of ");
			md_cell(b, r->arms[like].label);
			str_addf(b, " but for these");
		}
		str_addf(b, "</summary>\n\n| fact | value |\n|---|---|\n");
		facts_but(&r->run->arms[a].facts, like != a ? &r->run->arms[like].facts : NULL, b);
		str_addf(b, "\n</details>\n\n");
	}
}

static void unequal(const struct report *r, struct str *b)
{
	if (!md_has_driver(r, "vm"))
		return;
	str_addf(b, "What could not be made equal:\n\n"
	            "- A guest has a kernel of its own, and with it its own scheduler, page cache and timers.\n"
	            "- The guest's memory is its RAM, of which its kernel keeps a part; in the other arms the same number limits "
	            "the cgroup.\n"
	            "- QEMU's own threads share the pinned CPUs with the virtual ones, or have CPUs beside them: the warnings say which.\n"
	            "- A guest's disk is a device that QEMU backs with a file; the other arms use the host's file system "
	            "directly.\n\n");
}

/* What doctor would have said of the host as the run began. */
static void host_state(const struct run *run, struct str *b)
{
	cleanup(findings_free) struct findings found = { 0 };
	checkup_figures(&run->host_before, &found);
	if (run->host_after.n)
		checkup_steal(&run->host_before, &run->host_after, &found);
	if (findings_count(&found, FOUND_OK) == found.n)
		return;
	str_addf(b, "What distorts figures on this host (`isocost doctor` tells what mends it):\n\n");
	for (size_t i = 0; i < found.n; i++) {
		if (found.v[i].verdict == FOUND_OK)
			continue;
		str_addf(b, "- ");
		md_cell(b, found.v[i].what);
		str_addf(b, ": %s.\n", found.v[i].effect);
	}
	str_addf(b, "\n");
}

void md_conditions(const struct report *r, struct str *b)
{
	const struct run *run = r->run;
	if (run_is_imported(run)) {
		md_imported_conditions(r, b);
		return;
	}
	cleanup_free char *memory = fmt_bytes((double)run->memory);
	str_addf(b, "## Equal conditions\n\nEvery arm was given %u CPU%s (host CPU list %s), %s of memory and at most %u tasks, and "
	            "ran the same static program", run->cpus, run->cpus == 1 ? "" : "s", run->cpu_list, memory, run->pids);
	str_addf(b, run->isoload_sha256 ? " (SHA-256 `%.64s`).\n\n" : ".\n\n", run->isoload_sha256);
	inside_table(r, b);
	unequal(r, b);
	arm_facts(r, b);
	if (run->host_before.n == 0)
		return;
	host_state(run, b);
	str_addf(b, "<details><summary>Facts of the host</summary>\n\nBefore the run:\n\n| fact | value |\n|---|---|\n");
	facts(&run->host_before, b);
	struct kvs changed = { 0 };
	for (size_t i = 0; i < run->host_after.n; i++) {
		const struct kv *f = &run->host_after.v[i];
		const char *before = kvs_get(&run->host_before, f->key);
		if (!before || strcmp(before, f->val) != 0)
			kvs_set(&changed, f->key, f->val, 0);
	}
	if (changed.n)
		str_addf(b, "\nOther after the run:\n\n| fact | value |\n|---|---|\n");
	facts(&changed, b);
	kvs_free(&changed);
	str_addf(b, "\n</details>\n\n");
}

/* What isocost sees to in its own runs, and can't know of others. */
static void own_method(const struct run *run, struct str *b)
{
	str_addf(b, "- Launches of all arms and workloads are interleaved in randomised blocks (seed %llu).\n"
	            "- A workload whose computed results, parameters or binary differ between arms shows no timing. A failed launch "
	            "gives no sample.\n"
	            "- Only the host's clock times anything across a boundary.\n", (unsigned long long)run->seed);
}

void md_method(const struct report *r, struct str *b)
{
	const struct run *run = r->run;
	str_addf(b, "## Method in brief\n\n"
	            "- The unit is the launch: %s. Samples of one launch are not independent; a "
	            "launch counts once, with the median of its samples after warm-up.\n"
	            "- Figures are medians over launches. The 95 %% interval of a median lies between two launches of their order, by the "
	            "binomial distribution, interpolated; below %d launches there is none.\n"
	            "- A ratio is the median of the ratios within blocks: each block holds a launch of either arm, so that what slows the machine down for a while is in "
	            "both. Its interval is that of any median. Where launches don't pair up, it is the ratio of the two medians, with a percentile bootstrap interval "
	            "(%d times, seeded by the run). They are not corrected for the number of comparisons: of twenty equal pairs one may look different.\n"
	            "- Quantiles are of type 7. Outliers lie outside of Tukey's fences; they are counted and stay in.\n",
	         run_is_imported(run) ? "what counts as one is said above" : "a fresh process, container or guest", STATS_LAUNCHES_MIN, STATS_RESAMPLES);
	if (run_is_imported(run)) {
		str_addf(b, "- A failed launch gives no sample.\n");
		return;
	}
	own_method(run, b);
	str_addf(b, "\n");
}
