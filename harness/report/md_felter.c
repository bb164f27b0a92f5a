/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_felter.c - what the IBM study of 2014 published, beside the run's own figures of the same kind of work. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

/* W. Felter, A. Ferreira, R. Rajamony, J. Rubio: "An updated performance comparison of virtual machines and Linux containers", IBM
 * Research Report RC25482 (2014), and ISPASS 2015. 2x Xeon E5-2665, Linux 3.11, QEMU 1.5, Docker 1.0. */
static const struct row {
	const char *workload, *metric;  /* as the registry has them; metric NULL: the workload has one */
	const char *param, *value;      /* of a run that is the same kind of work; NULL: any */
	const char *title;
	const char *native, *docker, *kvm;
} rows[] = {
	{ "cpu-float", NULL, NULL, NULL, "Linpack", "290.8 GFLOPS", "290.9", "241.3 untuned, 284.2 tuned" },
	{ "mem-random", NULL, NULL, NULL, "RandomAccess, one socket", "0.0458 GUPS", "0.0457", "0.0394" },
	{ "mem-bandwidth", "triad", NULL, NULL, "STREAM triad", "45.6 GB/s", "45.6", "45.0" },
	{ "net-rr", NULL, "peer", "outside", "netperf TCP_RR", "37.6 µs", "about twice, with NAT", "67.9" },
	{ "file-seq", "read", NULL, NULL, "fio, sequential read", "807 MB/s", "807", "802" },
	{ "file-seq", "write", NULL, NULL, "fio, sequential write", "751 MB/s", "752", "740" },
	{ "file-random", "read-rate", "depth", "32", "fio, 4 KiB random read", "84.0 kIOPS", "84.1", "46.2" },
	{ "file-random", "write-rate", "depth", "32", "fio, 4 KiB random write", "112.0 kIOPS", "112.1", "59.3" },
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

static const char *param_of(const struct run_workload *w, const char *name)
{
	const struct param *p = workload_param(w->workload, name);
	const char *given = kvs_get(&w->params, name);
	return given ? given : p ? p->def : NULL;
}

static bool is_metric(const struct report *r, const struct report_metric *m, const struct row *row)
{
	const struct run_workload *w = &r->run->workloads[m->workload];
	if (!w->workload || strcmp(w->workload->name, row->workload) != 0)
		return false;
	const char *value = row->param ? param_of(w, row->param) : NULL, *last = strrchr(m->label, ' ');
	if (row->param && (!value || strcmp(value, row->value) != 0))
		return false;
	return !row->metric || (last && strcmp(last + 1, row->metric) == 0);
}

static void own_columns(const struct report *r, const struct report_metric *m, struct str *b)
{
	for (size_t a = 0; a < r->run->n_arms; a++) {
		const struct report_cell *c = &m->cells[a];
		if (!report_arm_has(r, a))
			continue;
		cleanup_free char *v = c->n ? fmt_value(c->s.median, m->unit) : xstrdup(FMT_NONE);
		str_addf(b, " %s |", v);
	}
	str_addf(b, "\n");
}

static void head(const struct report *r, struct str *b)
{
	str_addf(b, "## Beside the IBM study of 2014\n\n| work | native | Docker | KVM | here:");
	size_t n = 0;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!report_arm_has(r, a))
			continue;
		str_addf(b, n++ ? " | " : " ");
		md_cell(b, r->arms[a].label);
	}
	str_addf(b, " |\n|---|---|---|---|");
	for (size_t i = 0; i < n; i++)
		str_addf(b, "--:|");
	str_addf(b, "\n");
}

void md_felter_beside(const struct report *r, const char *resource, struct str *b)
{
	size_t shown = 0;
	if (strcmp(r->run->suite, "felter") == 0)       /* they have a section of their own */
		return;
	for (size_t i = 0; i < N_ROWS; i++)
		for (size_t k = 0; k < r->n_metrics; k++) {
			const struct report_metric *m = &r->metrics[k];
			if (!is_metric(r, m, &rows[i]) || strcmp(r->run->workloads[m->workload].workload->resource, resource) != 0)
				continue;
			if (!shown++)
				str_addf(b, "### What others measured\n\n| work | beside | native | Docker | KVM |\n|---|---|---|---|---|\n");
			str_addf(b, "| %s | ", rows[i].title);
			md_cell(b, m->label);
			str_addf(b, " | %s | %s | %s |\n", rows[i].native, rows[i].docker, rows[i].kvm);
		}
	if (shown)
		str_addf(b, "\nFelter et al., \"An updated performance comparison of virtual machines and Linux containers\", IBM 2014, ISPASS 2015. Other hardware "
		            "(two Xeon E5-2665, Linux 3.11, QEMU 1.5) and more CPUs: how its columns lie to each other can be compared, its figures can't.\n\n");
}

void md_felter(const struct report *r, struct str *b)
{
	size_t shown = 0;
	if (strcmp(r->run->suite, "felter") != 0)
		return;
	for (size_t i = 0; i < N_ROWS; i++)
		for (size_t k = 0; k < r->n_metrics; k++) {
			if (!is_metric(r, &r->metrics[k], &rows[i]))
				continue;
			if (!shown++)
				head(r, b);
			str_addf(b, "| %s: ", rows[i].title);
			md_cell(b, r->metrics[k].label);
			str_addf(b, " | %s | %s | %s |", rows[i].native, rows[i].docker, rows[i].kvm);
			own_columns(r, &r->metrics[k], b);
		}
	if (shown)
		str_addf(b, "\nThe published columns are of other hardware (two Xeon E5-2665, Linux 3.11, QEMU 1.5, Docker 1.0; a 10 GbE network, an SSD array; all "
		            "cores of a socket or host) and stand here to be looked at, not to be divided by: what can be compared is how the columns of each "
		            "host lie to each other. Their Redis and MySQL rows have no counterpart here.\n\n");
}
