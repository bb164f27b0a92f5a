/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd.h - the verbs, one a file cmd_<verb>.c and one row in main.c, and what they share. */
#ifndef ISOCOST_CMD_H
#define ISOCOST_CMD_H

#include "base/err.h"
#include "env/env.h"
#include "model/suite.h"

#include <argp.h>

/* Exit status, the same for every verb. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,                /* a measurement failed */
	EXIT_USAGE = 2,                 /* usage, or a bad file */
	EXIT_REGRESSED = 3,             /* compare --fail-above: a cell costs more than that */
	EXIT_UNAVAILABLE = 4,           /* an environment that was asked for can't run here */
	EXIT_INCONCLUSIVE = 5,          /* compare --strict: the data don't decide whether one does */
	EXIT_INTERRUPTED = 130,
};

/* A verb: argv[0] is "isocost VERB". Returns the exit status. */
struct cmd {
	const char *name, *what;
	int (*run)(int argc, char **argv);
};

int cmd_run(int argc, char **argv);
int cmd_selftest(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_density(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_power(int argc, char **argv);
int cmd_ratio(int argc, char **argv);
int cmd_clean(int argc, char **argv);
int cmd_isolation(int argc, char **argv);

/* What the verbs that start environments are told; {0} is the default. Parsed by the child parser common_argp. */
struct common {
	const char *uri, *guest_kernel;
	enum accel_choice accel;
	int verbose;
};
extern const struct argp common_argp;

/* The commit that this program was built from, "-dirty" behind it where the tree was changed; NULL: not known. */
const char *built_from(void);

/* cmdargs.c: arguments that several verbs have alike. What is wrong is said by argp_error(), which ends the program. */

/* For argp's parser of a verb that takes one run, which must be given. ARGP_ERR_UNKNOWN: the key is not of it. */
error_t cmd_run_arg(const char **run, int key, char *arg, struct argp_state *state);

/* A verb's table of formats: the name of row i, and what it is; NULL behind the last one. */
typedef const char *cmd_format_at(size_t i, const char **ret_what);
void cmd_no_format(cmd_format_at *at, const char *given, struct argp_state *state);      /* given is in none of its rows */
char *cmd_formats_help(cmd_format_at *at, const char *more);    /* for the end of --help, more behind it; the caller's to free */

/* A share from a percentage, above 0 and below 1. such_as: "2%". */
double cmd_percentage(const char *option, const char *arg, const char *such_as, struct argp_state *state);

/* Say the error and return the status that fits its code. */
int cmd_fail(const struct err *err, int status);

/* Where things are (paths.c); callers free. The program is found in its build tree by isoload beside it; else it is installed. */
char *path_load_dir(void);              /* isoload, isoapp, isoinit: $ISOCOST_LIBEXEC, or beside the program, or libexec/isocost */
char *path_suites(void);                /* $ISOCOST_SUITES, or bench/ of the source tree, or share/isocost/bench */
char *path_plots(void);                 /* $ISOCOST_PLOTS, or plots/ of the source tree, or share/isocost/plots */
char *path_cache(void);                 /* $ISOCOST_CACHE; or guest/ in the build tree where that is this user's; or isocost/ in
                                           $XDG_CACHE_HOME or ~/.cache; or /var/tmp/isocost-cache-UID for who has no home */
char *path_results(void);               /* results/ here where that can be written, else isocost/results in $XDG_DATA_HOME or
                                           ~/.local/share */
/* The cache directory, made when it is not there; *ret is the caller's. */
int cache_make(char **ret, struct err *err);

/* The file of a suite: a path when it holds a '/' or ends in ".suite", else NAME.suite in path_suites(). -ENOENT names the
 * suites there are. *ret is the caller's to free. */
int suite_find(const char *name, char **ret, struct err *err);

/* Check the drivers and their options of every arm, so that a slip is found before anything is started. */
int suite_check_arms(const struct suite *s, struct err *err);

/* Remove what dead sessions left, then enter the lifeline and catch signals. For verbs that start environments. */
void cmd_begin(void);

#endif
