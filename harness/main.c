/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - isocost: what does isolation cost here, and what does it buy? The table of verbs. */
#include "cmd.h"

#include "base/fs.h"
#include "base/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cmd cmds[] = {
	{ "doctor", "what can run here, what would distort it, how to mend it", cmd_doctor },
	{ "list", "the arms, workloads and suites there are", cmd_list },
	{ "run", "run a suite and keep the results", cmd_run },
	{ "selftest", "run every arm against itself: how far apart equal things lie here", cmd_selftest },
	{ "exec", "run one command in an arm; interactive on a terminal", cmd_exec },
	{ "isolation", "what isolation each arm gives: a battery of escape attempts", cmd_isolation },
	{ "density", "many instances of an arm at once: how starts slow down, what each holds", cmd_density },
	{ "show", "the summary of a run on the terminal", cmd_show },
	{ "report", "write REPORT.md, report.html and plots from a run", cmd_report },
	{ "plot", "a run's figures as SVG and PNG, for a page or for slides", cmd_plot },
	{ "export", "a run in a format that other tools read", cmd_export },
	{ "import", "results of other tools as a run", cmd_import },
	{ "compare", "two runs cell by cell, or the overheads of many hosts", cmd_compare },
	{ "merge", "runs of many hosts into one directory, or of one host into one run", cmd_merge },
	{ "power", "how many launches it takes to find a change, from a run", cmd_power },
	{ "ratio", "the ratio of two lists of numbers, with its interval", cmd_ratio },
	{ "clean", "remove what a killed run left behind", cmd_clean },
};

static void usage(FILE *to)
{
	fputs("Usage: isocost VERB [OPTION...]\n"
	      "What does isolation cost here, and what does it buy? The same workloads on the bare host, in a\n"
	      "namespace container and in a guest started through libvirt.\n\n", to);
	for (size_t i = 0; i < sizeof(cmds) / sizeof(*cmds); i++)
		fprintf(to, "  %-9s  %s\n", cmds[i].name, cmds[i].what);
	fputs("\n`isocost VERB --help` tells the options of a verb. Exit status: 0 ok; 1 a measurement failed; 2 usage or a\n"
	      "bad file, or runs that can't be compared; 3 and 5 compare's --fail-above and --strict; 4 an environment that was\n"
	      "asked for is not available; 130 interrupted, what was measured is kept.\n", to);
}

/* A file that is opened later must not become what the user left closed: the journal, say, standard error. Reading and
 * writing fail as they would without. */
static void fill_standard_descriptors(void)
{
	for (int fd; (fd = open("/dev/null", O_PATH)) >= 0;)
		if (fd > STDERR_FILENO) {
			close(fd);
			return;
		}
}

int main(int argc, char **argv)
{
	fill_standard_descriptors();
	free(fs_exe_dir());     /* from here; later it may be named otherwise */
	argp_err_exit_status = EXIT_USAGE;
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	/* "help run" is "run --help" */
	char *of_verb[] = { argv[0], argc == 3 ? argv[2] : NULL, (char *)"--help", NULL };
	if (argc == 3 && strcmp(argv[1], "help") == 0)
		argv = of_verb;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf(built_from() ? "isocost %s (commit %s)\n" : "isocost %s\n", ISOCOST_VERSION, built_from());
		return EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(cmds) / sizeof(*cmds); i++) {
		if (strcmp(argv[1], cmds[i].name) != 0)
			continue;
		char *name = xasprintf("isocost %s", cmds[i].name);
		argv[1] = name;
		int status = cmds[i].run(argc - 1, argv + 1);
		if ((ferror(stdout) || fflush(stdout) != 0) && status == EXIT_OK) {
			perror("isocost: standard output");
			status = EXIT_FAILED;
		}
		free(name);
		return status;
	}
	fprintf(stderr, "isocost: no verb '%s'; expected one of:", argv[1]);
	for (size_t i = 0; i < sizeof(cmds) / sizeof(*cmds); i++)
		fprintf(stderr, " %s", cmds[i].name);
	fputs("\n", stderr);
	return EXIT_USAGE;
}
