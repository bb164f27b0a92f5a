/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_export.c - a run in a format that another tool reads. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "report/export.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct args {
	const char *run, *output;
	const struct export_format *format;
};

static const struct argp_option options[] = {
	{ "format", 'f', "FORMAT", 0, "one of those below (default: csv)", 0 },
	{ "output", 'o', "FILE", 0, "where to (default: standard output); for gha a directory, or what the two files' names begin with", 0 },
	{ 0 },
};

static const char *format_at(size_t i, const char **ret_what)
{
	const struct export_format *f = export_formats[i];
	*ret_what = f ? f->what : NULL;
	return f ? f->name : NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case 'f':
		a->format = export_find(arg);
		if (!a->format)
			cmd_no_format(format_at, arg, state);
		return 0;
	case 'o': a->output = arg; return 0;
	default: return cmd_run_arg(&a->run, key, arg, state);
	}
}

/* The formats behind the text of --help, from their table. */
static char *help(int key, const char *text, void *input)
{
	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	return cmd_formats_help(format_at, "What a format has no room for is said on standard error. docs/export.md tells what is in each.");
}

static const struct argp argp = { options, parse, "RUN", "Write the figures of a run in a format that another tool reads.\v",
	                          NULL, help, NULL };

static void report_freep(struct report **r)
{
	report_free(*r);
}

static void file_closep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static int finish(FILE *f, const char *path, struct err *err)
{
	if (fflush(f) != 0 || ferror(f))
		return err_sysf(err, errno ? -errno : -EIO, "can't write %s", path);
	return 0;
}

/* A file that is there is replaced as a whole or not at all; what is no file (a pipe, /dev/stdout) is written to. */
static int write_file(const struct report *r, const struct export_format *f, size_t doc, const char *path, struct err *err)
{
	struct stat st;
	bool replace = stat(path, &st) < 0 || S_ISREG(st.st_mode);
	cleanup_free char *name = replace ? xasprintf("%s.new", path) : xstrdup(path);
	cleanup(file_closep) FILE *to = fopen(name, "we");
	if (!to)
		return err_sysf(err, -errno, "can't write %s", path);
	errno = 0;
	f->write(r, doc, to);
	int e = finish(to, path, err);
	if (e == 0 && replace && rename(name, path) < 0)
		e = err_sysf(err, -errno, "can't write %s", path);
	if (e < 0 && replace)
		unlink(name);
	return e;
}

/* The documents as files. One without a value is not written, and an old one does not stay: it would pass for this run's. */
static int write_files(const struct report *r, const struct args *a, struct err *err)
{
	struct stat st;
	bool dir = stat(a->output, &st) == 0 && S_ISDIR(st.st_mode);
	for (size_t doc = 0; doc < EXPORT_DOCS && a->format->doc[doc]; doc++) {
		cleanup_free char *path = xasprintf("%s%s%s.json", a->output, dir ? "/" : "-", a->format->doc[doc]);
		bool has = export_has(r, a->format, doc);
		if (!has)
			log_warnf("%s: the run has no values for it, so it is not there", path);
		if (!has && unlink(path) < 0 && errno != ENOENT)
			return err_sysf(err, -errno, "can't remove the old %s", path);
		int e = has ? write_file(r, a->format, doc, path, err) : 0;
		if (e < 0)
			return e;
		if (has)
			log_infof("wrote %s", path);
	}
	return 0;
}

static int write_out(const struct report *r, const struct args *a, struct err *err)
{
	if (a->format->doc[0])
		return write_files(r, a, err);
	if (!a->output) {
		a->format->write(r, 0, stdout);
		return finish(stdout, "standard output", err);
	}
	int e = write_file(r, a->format, 0, a->output, err);
	if (e == 0)
		log_infof("wrote %s", a->output);
	return e;
}

static void tell_left_out(const struct report *r, const struct export_format *f)
{
	struct strv left = { 0 };
	export_left_out(r, f, &left);
	for (size_t i = 0; i < left.n; i++)
		log_warnf("%s", left.v[i]);
	strv_free(&left);
}

int cmd_export(int argc, char **argv)
{
	struct args a = { .format = export_formats[0] };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	if (a.format->doc[0] && !a.output) {
		err_setf(&err, -EINVAL, "%s is more than one file; expected -o DIR, or -o PREFIX of their names", a.format->name);
		return cmd_fail(&err, EXIT_USAGE);
	}
	cleanup(run_freep) struct run *run = NULL;
	if (store_load(a.run, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup(report_freep) struct report *r = report_new(run);
	if (write_out(r, &a, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	tell_left_out(r, a.format);
	return EXIT_OK;
}
