/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_made.h - made-up runs in the reference arms, and a directory to write their reports and figures to. */
#ifndef ISOCOST_TESTS_REPORT_MADE_H
#define ISOCOST_TESTS_REPORT_MADE_H

#include "base/cleanup.h"
#include "base/fs.h"
#include "report/model.h"
#include "report/report.h"
#include "run_made.h"
#include "says.h"

#define GP_DIR "plots"                  /* tests run in the top directory */

static const struct made_arm three[3] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "container", "container", "container", NULL, 0.0018, 1.1, "clone namespaces mounts seccomp exec main exit reaped" },
	{ "vm", "vm", "vm (TCG)", "TCG (software emulation)", 2.1, 20, "libvirt qemu kernel init main poweroff destroyed" },
};

static inline void report_freep(struct report **r)
{
	report_free(*r);
}
#define cleanup_run cleanup(run_freep)
#define cleanup_report cleanup(report_freep)

static char dir[] = "/tmp/isocost-test-report-XXXXXX";

static inline int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	(void)state;
	return fs_rmtree(dir);
}

/* Write the report and give its text. */
static inline char *written(const struct run *run)
{
	cleanup_free char *path = xasprintf("%s/REPORT.md", dir);
	struct err err = { 0 };
	char *text = NULL;
	if (report_write(run, &(struct report_paths){ .md = path, .gp_dir = GP_DIR }, &err) < 0)
		fail_msg("report_write: %s", err.msg);
	assert_int_equal(fs_read(path, &text, NULL), 0);
	return text;
}

static inline const struct report_metric *metric(const struct report *r, const char *label)
{
	for (size_t i = 0; i < r->n_metrics; i++)
		if (strcmp(r->metrics[i].label, label) == 0)
			return &r->metrics[i];
	fail_msg("there is no metric %s", label);
	return NULL;
}

#endif
