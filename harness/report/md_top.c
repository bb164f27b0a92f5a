/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_top.c - what stands first: what this host is, what was compared, and what weakens the figures. */
#include "report/md.h"

#include "base/cleanup.h"
#include "model/kvmcost.h"
#include "report/fmt.h"

#include <stdlib.h>
#include <string.h>

static void host_sentence(const struct run *run, struct str *b)
{
	static const struct {
		const char *fact, *before, *behind;
	} parts[] = {
		{ "cpu.model", "", "" },           { "cpu.threads", "", " hardware threads" }, { "memory.total", "", " of memory" },
		{ "host.os", "", "" },             { "kernel.release", "Linux ", "" },         { "cpu.governor", "governor ", "" },
		{ "cgroup.mode", "", "" },         { "disk.type", "files on ", "" },
	};
	const char *separator = "**Host:** ";
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const char *val = kvs_get(&run->host_before, parts[i].fact);
		if (!val)
			continue;
		/* "24684092 kB", as the kernel has it */
		bool memory = strcmp(parts[i].fact, "memory.total") == 0;
		cleanup_free char *shown = memory ? fmt_bytes(strtod(val, NULL) * 1024) : xstrdup(val);
		str_addf(b, "%s%s", separator, parts[i].before);
		md_cell(b, shown);
		str_addf(b, "%s", parts[i].behind);
		separator = ", ";
	}
	if (*separator == ',')
		str_addf(b, ".");
	const char *guest = kvs_get(&run->host_before, "host.is_guest");
	if (guest && strcmp(guest, "yes") == 0)
		str_addf(b, " **It is itself a guest of a hypervisor:** what is called host here is not bare metal.");
	str_addf(b, "\n\n");
}

static void arm_row(const struct report *r, size_t a, struct str *b)
{
	const struct run_arm *arm = &r->run->arms[a];
	str_addf(b, "| ");
	md_cell(b, r->arms[a].label);
	str_addf(b, " | %s | ", arm->driver);
	md_cell(b, arm->accel ? arm->accel : run_is_imported(r->run) ? "not known" : arm->available ? "none needed" : "-");
	str_addf(b, " | ");
	const char *separator = "";
	for (size_t i = 0; i < arm->options.n; i++) {
		if (!*arm->options.v[i].val)
			continue;
		str_addf(b, "%s", separator);
		separator = ", ";
		md_cell(b, arm->options.v[i].key);
		str_addf(b, " = ");
		md_cell(b, arm->options.v[i].val);
	}
	if (arm->available)
		str_addf(b, " | %zu | %zu | ", r->arms[a].ok, r->arms[a].failed);
	else
		str_addf(b, " | **not available** | | ");
	md_cell(b, arm->reason);
	str_addf(b, " |\n");
}

/* What accelerates a guest must be plain to a reader who looks at nothing else. */
static void accelerator_sentences(const struct report *r, struct str *b)
{
	for (size_t a = 0; a < r->run->n_arms; a++) {
		const char *accel = r->run->arms[a].accel;
		if (!accel || !report_arm_has(r, a))
			continue;
		if (strncmp(accel, "TCG", 3) == 0) {
			str_addf(b, "> **");
			md_cell(b, r->arms[a].label);
			str_addf(b, " ran under software emulation (QEMU's TCG), not under KVM.** Every guest instruction was "
			            "translated by a program. Its figures say nothing about what a guest under KVM costs.\n\n");
		} else if (strcmp(accel, KVM_KIND_NESTED_NAME) == 0) {
			str_addf(b, "> **");
			md_cell(b, r->arms[a].label);
			str_addf(b, " ran under nested KVM.** The host is itself a guest, and the hypervisor below it takes part in every "
			            "exit: what exits costs more than on bare metal.\n\n");
		} else if (strcmp(accel, KVM_KIND_SOFTWARE_NAME) == 0) {
			str_addf(b, "> **");
			md_cell(b, r->arms[a].label);
			str_addf(b, " ran under KVM without hardware virtualization.** Its figures are not those of a host with VT-x "
			            "or AMD-V.\n\n");
		}
	}
}

static void arms(const struct report *r, struct str *b)
{
	str_addf(b, "## What was compared\n\n| arm | driver | accelerator | options | launches | failed | note |\n"
	            "|---|---|---|---|--:|--:|---|\n");
	for (size_t a = 0; a < r->run->n_arms; a++)
		arm_row(r, a, b);
	str_addf(b, "\n");
	if (r->host == REPORT_NONE)
		str_addf(b, "There is no arm of the host in this run: no ratios are shown.\n\n");
	else if (r->arms[r->host].ok == 0)
		str_addf(b, "No launch on the host succeeded: no ratios are shown.\n\n");
}

static void warnings(const struct report *r, const struct md_figures *f, struct str *b)
{
	const struct run *run = r->run;
	struct strv l = { 0 };
	run_warnings(run, &l);
	unsigned missing = run_missing(run);
	if (missing)
		strv_addf(&l, "The run is not complete: %zu of %s%zu planned launches. `isocost run --resume` goes on.",
		          run->n_launches, run->adaptive.on ? "at least " : "", run->n_launches + missing);
	if (r->n_failed)
		strv_addf(&l, "%zu of %zu launches failed; they are listed below and no sample of them is used.", r->n_failed,
		          r->n_ok + r->n_failed);
	for (size_t i = 0; i < run->n_workloads; i++)
		if (r->workloads[i].gate)
			strv_addf(&l, "No timing is shown for %s: %s.", run->workloads[i].name, r->workloads[i].gate);
	if (f->missing)
		strv_add(&l, f->missing);
	if (l.n)
		str_addf(b, "**Warnings:**\n\n");
	for (size_t i = 0; i < l.n; i++) {
		str_addf(b, "- ");
		md_cell(b, l.v[i]);
		str_addf(b, "\n");
	}
	str_addf(b, l.n ? "\n" : "");
	strv_free(&l);
}

void md_top(const struct report *r, const struct md_figures *f, struct str *b)
{
	const struct run *run = r->run;
	if (run_is_imported(run)) {
		md_imported_top(r, b);
		accelerator_sentences(r, b);
		warnings(r, f, b);
		arms(r, b);
		return;
	}
	str_addf(b, "# What isolation costs here\n\nWritten by isocost %s from the run `%s` of the suite `%s`, started %s%s%s.\n\n",
	         run->tool_version, run->id, run->suite, run->started, run->ended ? ", ended " : "", run->ended ? run->ended : "");
	host_sentence(run, b);
	accelerator_sentences(r, b);
	md_short(r, b);
	md_trust(r, b);
	warnings(r, f, b);
	arms(r, b);
}
