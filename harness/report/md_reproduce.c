/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_reproduce.c - how to do it again: the figures from their data, the measurement from a clone, and what must match for the two to be
 * compared. */
#include "report/md.h"

#include "base/cleanup.h"
#include "model/suite.h"
#include "report/fmt.h"

#include <ctype.h>
#include <string.h>

/* A fence that the text itself does not hold. */
static void fenced(const char *text, struct str *b)
{
	char fence[16] = "```";
	while (strstr(text, fence) && strlen(fence) < sizeof(fence) - 1)
		strcat(fence, "`");
	size_t len = strlen(text);
	str_addf(b, "%sini\n%s%s%s\n\n", fence, text, len && text[len - 1] == '\n' ? "" : "\n", fence);
}

/* A word of a command line, quoted where a shell would read it as more; what would end the fence is left out. */
static void add_word(struct str *b, const char *word)
{
	bool plain = *word;
	for (const char *c = word; *c; c++)
		plain = plain && (isalnum((unsigned char)*c) || strchr("._-/:,+=@%", *c));
	str_addf(b, plain ? "" : "'");
	for (const char *c = word; *c; c++)
		if (*c == '\'')
			str_addf(b, "'\\''");
		else if ((unsigned char)*c >= ' ' && *c != '`')
			str_add(b, c, 1);
	str_addf(b, plain ? "" : "'");
}

static void add_option(struct str *b, const char *option, const char *value)
{
	str_addf(b, " %s ", option);
	add_word(b, value);
}

static void add_name(struct str *list, const char *name)
{
	str_addf(list, "%s%s", list->len ? "," : "", name);
}

/* What -a, -w, -n and --aa made of the suite, compared with the suite as its text has it. */
static void narrowed(const struct run *run, const struct suite *s, struct str *b)
{
	cleanup(str_free) struct str has = { 0 }, had = { 0 }, work = { 0 }, worked = { 0 }, twins = { 0 }, aa = { 0 };
	for (size_t i = 0; i < run->n_arms; i++)
		add_name(&has, run->arms[i].name);
	for (size_t i = 0; i < s->n_arms; i++)
		add_name(&had, s->arms[i].name);
	if (strcmp(str_get(&has), str_get(&had)) != 0)
		add_option(b, "-a", str_get(&has));
	bool same = true, uniform = true;
	for (size_t i = 0; i < run->n_workloads; i++) {
		add_name(&work, run->workloads[i].name);
		uniform = uniform && run->workloads[i].launches == run->workloads[0].launches;
		for (size_t k = 0; k < s->n_workloads; k++)
			if (strcmp(s->workloads[k].name, run->workloads[i].name) == 0)
				same = same && s->workloads[k].launches == run->workloads[i].launches;
	}
	for (size_t i = 0; i < s->n_workloads; i++)
		add_name(&worked, s->workloads[i].name);
	if (strcmp(str_get(&work), str_get(&worked)) != 0)
		add_option(b, "-w", str_get(&work));
	if (!same && uniform)
		str_addf(b, " -n %u", run->workloads[0].launches);
	for (size_t i = 0; i < run->n_twins; i++)
		if (run->arms[run->n_arms + i].twin_of)
			add_name(&twins, run->arms[run->n_arms + i].twin_of);
	for (size_t i = 0; i < s->aa.n; i++)
		if (run_arm(run, s->aa.v[i]))
			add_name(&aa, s->aa.v[i]);
	if (strcmp(str_get(&twins), str_get(&aa)) != 0) {
		cleanup_free char *option = xasprintf("--aa=%s", str_get(&twins));
		str_addf(b, " ");
		add_word(b, twins.len ? option : "--no-aa");
	}
}

/* What --adaptive and its fellows made of the suite. */
static void adapted(const struct run *run, const struct suite *s, struct str *b)
{
	const struct adaptive *was = &s->adaptive, *is = &run->adaptive;
	if (is->on != was->on)
		str_addf(b, is->on ? " --adaptive" : " --no-adaptive");
	if (is->on && (!was->on || is->half_width != was->half_width))
		str_addf(b, " --half-width %g%%", is->half_width * 100);
	if (is->on && (!was->on || is->min_launches != was->min_launches))
		str_addf(b, " --min-launches %u", is->min_launches);
}

/* A fact of the first guest that has it; NULL: none. */
static const char *guest_fact(const struct run *run, const char *fact)
{
	for (size_t i = 0; i < run->n_arms; i++) {
		const char *val = strcmp(run->arms[i].driver, "vm") == 0 ? kvs_get(&run->arms[i].facts, fact) : NULL;
		if (val)
			return val;
	}
	return NULL;
}

static const char *accel_option(const struct run *run)
{
	const char *option = NULL;
	for (size_t i = 0; i < run->n_arms; i++)
		if (run->arms[i].accel && strcmp(run->arms[i].driver, "vm") == 0)
			option = strncmp(run->arms[i].accel, "TCG", 3) == 0 ? "tcg" : "kvm";
	return option;
}

static void command(const struct run *run, struct str *b)
{
	cleanup(suite_freep) struct suite *s = NULL;
	const char *accel = accel_option(run), *uri = guest_fact(run, "libvirt.uri");
	str_addf(b, "build/isocost run");
	add_option(b, "-s", run->suite);
	if (suite_parse(run->suite, run->suite_text ? run->suite_text : "", &s, NULL) == 0) {
		narrowed(run, s, b);
		adapted(run, s, b);
	}
	if (accel)
		add_option(b, "--accel", accel);
	if (uri && strcmp(uri, "qemu:///embed") != 0)
		add_option(b, "-c", uri);
	str_addf(b, " --seed %llu\n", (unsigned long long)run->seed);
}

static void checkout(const struct run *run, struct str *b)
{
	const char *dirty = run->tool_commit ? strstr(run->tool_commit, "-dirty") : NULL;
	if (!run->tool_commit) {
		str_addf(b, "# the commit was not recorded: version ");
		add_word(b, run->tool_version);
		str_addf(b, " it was\n");
		return;
	}
	str_addf(b, "git checkout ");
	cleanup_free char *commit = dirty ? xstrndup(run->tool_commit, (size_t)(dirty - run->tool_commit)) : xstrdup(run->tool_commit);
	add_word(b, commit);
	str_addf(b, dirty ? "      # and changes to it that were not committed\n" : "\n");
}

static void add_part(struct str *b, const char *separator, const char *before, const char *val)
{
	if (!val)
		return;
	str_addf(b, "%s%s", b->len ? separator : "", before);
	md_cell(b, val);
}

/* With what it was built and run. */
static void ingredients(const struct run *run, struct str *b)
{
	cleanup(str_free) struct str used = { 0 }, guest = { 0 };
	const char *origin = guest_fact(run, "guest.kernel_origin"), *release = guest_fact(run, "guest.kernel");
	add_part(&used, ", ", "", kvs_get(&run->host_before, "host.os"));
	add_part(&used, ", ", "gcc ", kvs_get(&run->host_before, "compiler"));
	add_part(&used, ", ", "QEMU ", guest_fact(run, "qemu.version"));
	add_part(&used, ", ", "libvirt ", guest_fact(run, "libvirt.version"));
	str_addf(b, "Packages: those of `scripts/packages`, which `scripts/bootstrap` installs%s%s.", used.len ? "; here " : "", str_get(&used));
	add_part(&guest, "", "", origin ? origin : release);
	if (guest.len)
		str_addf(b, " The guest's kernel: %s; `--guest-kernel FILE` gives another.", str_get(&guest));
	str_addf(b, "\n\n");
}

static void match_row(const char *what, const char *here, const char *otherwise, struct str *b)
{
	if (!here)
		return;
	str_addf(b, "| %s | ", what);
	md_cell(b, here);
	str_addf(b, " | %s |\n", otherwise);
}

static void matches(const struct run *run, struct str *b)
{
	static const struct {
		const char *fact, *what;
	} facts[] = {
		{ "host.name", "host" },                  { "cpu.model", "CPU" },           { "cpu.governor", "frequency governor" },
		{ "kernel.release", "kernel" },           { "kernel.command_line", "its command line" }, { "kernel.thp", "transparent huge pages" },
		{ "cpu.smt", "SMT" },                     { "cgroup.mode", "control groups" }, { "disk.type", "file system" },
	};
	cleanup_free char *memory = fmt_bytes((double)run->memory), *envelope = xasprintf("%u CPU%s, %s", run->cpus, run->cpus == 1 ? "" : "s", memory);
	cleanup_free char *sha = run->isoload_sha256 ? xasprintf("%.12s…", run->isoload_sha256) : NULL;
	const char *accel = accel_option(run);
	str_addf(b, "What must match, and what `isocost compare` does where it does not:\n\n| | here | otherwise |\n|---|---|---|\n");
	match_row("workload program (SHA-256)", sha, "refuses, but for `--force`", b);
	match_row("what every arm gets", envelope, "refuses, but for `--force`", b);
	match_row("accelerator of guests", !accel ? NULL : strcmp(accel, "tcg") == 0 ? "TCG" : "KVM", "refuses, but for `--force`", b);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		match_row(facts[i].what, kvs_get(&run->host_before, facts[i].fact), "compares, and names it", b);
	str_addf(b, "\n");
}

/* As the host's own launches saw it: in a container the user may be another. */
static bool by_root(const struct report *r)
{
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		const char *uid = l->ok && r->host != REPORT_NONE && strcmp(l->arm, r->run->arms[r->host].name) == 0 ? kvs_get(&l->result.seen, "uid") : NULL;
		if (uid)
			return strcmp(uid, "0") == 0;
	}
	return false;
}

void md_reproduce(const struct report *r, struct str *b)
{
	const struct run *run = r->run;
	if (run_is_imported(run))       /* another program measured */
		return;
	str_addf(b, "## How to reproduce\n\nEvery figure can be computed again from `journal.jsonl` in the run's directory "
	            "(docs/results-format.md); `isocost report results/%s` does.\n\nTo measure again, with the same plan, in a clone of isocost's "
	            "repository, as %s:\n\n```sh\n", run->id, by_root(r) ? "root" : "an ordinary user");
	checkout(run, b);
	str_addf(b, "scripts/bootstrap && make\n");
	command(run, b);
	str_addf(b, "```\n\n");
	ingredients(run, b);
	str_addf(b, "To compare the new run with this one, A being this:\n\n```sh\nbuild/isocost compare ");
	cleanup_free char *dir = xasprintf("results/%s", run->id);
	add_word(b, dir);
	str_addf(b, " NEW-RUN        # its directory, which `isocost run` prints at its end\n```\n\n");
	matches(run, b);
	if (run->suite_text && *run->suite_text) {
		str_addf(b, "<details><summary>The suite file as it was</summary>\n\nWhere another is found by that name, save this one and give its path, "
		            "`-s ./FILE.suite`.\n\n");
		fenced(run->suite_text, b);
		str_addf(b, "</details>\n");
	}
}
