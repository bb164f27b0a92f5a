/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_startup.c - startup: phases, distribution, what an instance holds, and what others measured. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>

static bool has_startup(const struct report *r)
{
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (r->arms[a].n_startup)
			return true;
	return false;
}

static void phase_table(const struct report *r, struct str *b)
{
	str_addf(b, "| phase |");
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (r->arms[a].n_startup) {
			str_addf(b, " ");
			md_cell(b, r->arms[a].label);
			str_addf(b, " |");
		}
	str_addf(b, "\n|---|");
	for (size_t a = 0; a < r->run->n_arms; a++)
		str_addf(b, r->arms[a].n_startup ? "--:|" : "");
	str_addf(b, "\n");
	for (size_t p = 0; p < r->n_phases + 2; p++) {
		static const char *const sums[] = { "**start request until main runs**", "**start request until all is gone**" };
		str_addf(b, "| ");
		if (p < r->n_phases)
			md_cell(b, r->phases[p]);
		else
			str_addf(b, "%s", sums[p - r->n_phases]);
		str_addf(b, " |");
		for (size_t a = 0; a < r->run->n_arms; a++) {
			const struct report_arm *arm = &r->arms[a];
			double s = p < r->n_phases ? arm->phase_s[p] : p == r->n_phases ? arm->ready_s : arm->total_s;
			cleanup_free char *v = fmt_value(s, "s");
			if (arm->n_startup)
				str_addf(b, " %s |", v);
		}
		str_addf(b, "\n");
	}
	str_addf(b, "\nEach figure is the median duration of that phase over the launches; medians do not add up to the median of "
	            "the sum. A phase ends at the event that it is named by and begins where the one above it in the same "
	            "launch ended. All stamps are the host's clock%s. Behind main the program reports what it sees, the hash of its "
	            "own file above all, and ends. The limits of the host arm are put on before the start request: a bare process "
	            "has none.\n\n",
	         md_has_driver(r, "vm") ? "; in a guest, its kernel's own log splits what lies between the kernel's entry and init" : "");
}

static void footprint_table(const struct report *r, struct str *b)
{
	bool any = false;
	for (size_t a = 0; a < r->run->n_arms; a++)
		any = any || isfinite(r->arms[a].memory_peak) || isfinite(r->arms[a].cpu_s);
	if (!any)
		return;
	str_addf(b, "### What a launch takes of the host\n\nMedians over the same launches, from the start request until all is gone. Memory: what the control "
	            "group of the launch was charged with, without files that others had read before; of a guest, what QEMU's process held.\n\n"
	            "| arm | memory at its peak | CPU time |\n|---|--:|--:|\n");
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!r->arms[a].n_startup)
			continue;
		cleanup_free char *memory = fmt_bytes(r->arms[a].memory_peak), *cpu = fmt_value(r->arms[a].cpu_s, "s");
		str_addf(b, "| ");
		md_cell(b, r->arms[a].label);
		str_addf(b, " | %s | %s |\n", memory, cpu);
	}
	str_addf(b, "\n");
}

/* Facts of the literature, not of any run; never part of a ratio. */
static void anchors(struct str *b)
{
	static const struct {
		const char *system, *figure, *meaning, *source;
	} rows[] = {
		{ "Firecracker, KVM", "110 ms (p50), 115 ms (p99)", "boot as seen by the guest", "Agache et al., NSDI 2020, published data" },
		{ "Cloud Hypervisor, KVM", "103 ms (p50)", "the same", "the same" },
		{ "QEMU, KVM", "244 ms (p50), 214 ms with qboot", "the same", "the same" },
		{ "Unikraft, KVM", "9.1 ms (QEMU microvm), 2.8 ms (Firecracker)", "unikernel boot", "Kuenzer et al., EuroSys 2021, artifacts" },
		{ "LightVM, Xen", "2.3 ms", "boot of a no-op unikernel", "Manco et al., SOSP 2017" },
		{ "RunD, KVM", "88 ms", "cold start of a secure container", "Li et al., USENIX ATC 2022" },
		{ "crun, youki, runc", "47.3, 111.5, 224.6 ms", "create, start, delete; caches dropped each time", "youki's README" },
		{ "Docker's OCI runtime, gVisor, Kata, LXC", "100, 190, 600, 800 ms", "start to end; Docker's daemon adds 250 ms",
		  "van Rijn and Rellermeyer, Middleware 2021" },
	};
	str_addf(b, "### What others measured\n\nOn other machines, with other definitions of startup; for orientation only, not to be "
	            "divided by the figures above.\n\n| system | published | what was timed | source |\n|---|---|---|---|\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		str_addf(b, "| %s | %s | %s | %s |\n", rows[i].system, rows[i].figure, rows[i].meaning, rows[i].source);
	str_addf(b, "\n");
}

static void startup_workload(const struct report *r, size_t i, struct str *b)
{
	const struct run_workload *w = &r->run->workloads[i];
	if (w->workload->teaches)
		str_addf(b, "*Lesson:* %s\n\n", w->workload->teaches);
	for (size_t k = 0; k < r->workloads[i].n; k++)
		md_metric_table(r, &r->metrics[r->workloads[i].first + k], b);
}

/* The floor under a guest has no main, and no program whose hash could be compared. */
static void bare_arms(const struct report *r, struct str *b)
{
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!run_arm_is_bare(&r->run->arms[a]) || !r->arms[a].n_startup)
			continue;
		str_addf(b, "**");
		md_cell(b, r->arms[a].label);
		str_addf(b, "** has no operating system and runs no program: its startup ends with the receipt of the first byte that its own "
		            "code writes, which stands under *main*. No hash of a program was seen in it, and neither were its CPUs and memory.\n\n");
	}
}

void md_startup(const struct report *r, const struct md_figures *f, struct str *b)
{
	if (!has_startup(r))
		return;
	str_addf(b, "## Startup\n\nStartup is the host's clock from the start request to the receipt of the first record that the "
	            "program's main writes. No two clocks are subtracted from each other.\n\n"
	            "*Caveat:* of all starts but the first the files are in the host's page cache: what a cold disk adds is in no figure, and neither is what "
	            "a service does behind main until it is ready for work.\n\n");
	bare_arms(r, b);
	for (size_t i = 0; i < r->run->n_workloads; i++)
		if (report_is_startup(&r->run->workloads[i]))
			startup_workload(r, i, b);
	md_picture(f, FIG_ECDF, b);
	str_addf(b, "### Phases\n\n");
	md_picture(f, FIG_PHASES, b);
	if (r->n_phases)
		phase_table(r, b);
	footprint_table(r, b);
	anchors(b);
}
