/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoload.c - the program that is run in every arm: `isoload run NAME` measures, `isoload list` says what there is,
 * `isoload hold` is there and does nothing. */
#include "app.h"
#include "escape.h"
#include "params.h"
#include "runner.h"
#include "serve.h"
#include "wire_out.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_CANNOT };

static struct load_out out;             /* static: main() says `ready` before it needs a stack of its own */

static void help(FILE *f)
{
	fputs("Usage: isoload list [--long]\n"
	      "       isoload run NAME [KEY=VALUE …] [--out FD|PATH]\n"
	      "       isoload hold [--out FD|PATH]\n"
	      "       isoload escape list | run [NAME …] [KEY=VALUE …]\n"
	      "       isoload serve [ADDRESS[:PORT]]\n"
	      "       isoload exit STATUS\n"
	      "       isoload --help | --version\n"
	      "\n"
	      "Runs one workload and writes what it measured as records (see wire.h) to standard output, or to the open\n"
	      "descriptor or the file, FIFO or device that --out names. File workloads work in $ISOCOST_SCRATCH, or else in the\n"
	      "current directory. hold only says that it is there, and waits until a signal ends it.\n"
	      "\n"
	      "ISOCOST_HANDICAP=3% in the environment does 3 % more work in timed loops than is counted, and the records say so: a\n"
	      "slow-down of a known size, to see whether it is found.\n"
	      "\n"
	      "`escape` tries to get out of the place it runs in, by attempts of the harmless kind (see escape.h).\n"
	      "\n"
	      "serve is the peer of the network workloads: it says where it listens, 127.0.0.1 and a free port if not told, and\n"
	      "ends with its standard input. the net workloads with peer=outside find it by $ISOCOST_PEER.\n"
	      "kv starts its server from the root file system at $ISOCOST_ROOT.\n"
	      "exit ends with that status at once: it is the program that fork-exec starts.\n"
	      "\n"
	      "Exit status: 0 measured; 1 the workload failed, its `end` record says why; 2 usage; 3 this place can't\n"
	      "run it, which the `end` record says too.\n", f);
}

static const char *type_name(enum param_type t)
{
	static const char *const names[] = {
		[PARAM_SIZE] = "size", [PARAM_COUNT] = "count", [PARAM_SECONDS] = "seconds", [PARAM_CHOICE] = "choice"
	};
	return names[t];
}

static void list_long(const struct workload *w)
{
	printf("%s\n    %s\n    resource: %s%s%s\n    teaches: %s\n", w->name, w->what, w->resource,
	       w->needs_scratch ? ", needs a scratch directory" : "", w->needs_root ? ", needs the applications' root file system" : "", w->teaches);
	for (const struct metric *m = w->metrics; m->name; m++)
		printf("    metric %s, %s, %s is better: %s\n", m->name, m->unit, m->better == BETTER_LOWER ? "lower" : "higher", m->what);
	for (const struct param *p = w->params; p->name; p++)
		printf("    %s=%s (%s%s%s): %s\n", p->name, p->def, type_name(p->type), p->choices ? ": " : "",
		       p->choices ? p->choices : "", p->what);
}

static int cmd_list(int argc, char **argv)
{
	bool verbose = argc > 2 && strcmp(argv[2], "--long") == 0;
	if (argc > 2 + verbose) {
		fprintf(stderr, "isoload: list: unexpected '%s'; expected --long or nothing\n", argv[2 + verbose]);
		return EXIT_USAGE;
	}
	for (size_t i = 0; registry[i]; i++) {
		if (verbose)
			list_long(registry[i]);
		else
			printf("%-16s%-9s%s\n", registry[i]->name, registry[i]->resource, registry[i]->what);
	}
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

/* Say it to the person and, since `ready` is out, to the reader of the records. */
static int bad_usage(const char *msg)
{
	fprintf(stderr, "isoload: run: %s\n", msg);
	load_out_line(&out, "end 22 %s", msg);          /* EINVAL */
	load_out_flush(&out);
	return EXIT_USAGE;
}

static int unknown_workload(const char *name)
{
	char msg[512];
	size_t at = (size_t)snprintf(msg, sizeof(msg), "no workload '%.64s'; there are:", name);
	for (size_t i = 0; registry[i] && at < sizeof(msg); i++)
		at += (size_t)snprintf(msg + at, sizeof(msg) - at, " %s", registry[i]->name);
	return bad_usage(msg);
}

static int cmd_run(const char *name, char **args, size_t n)
{
	struct load_value values[PARAMS_MAX];
	char msg[512];
	const struct workload *w = registry_find(name);
	if (!w)
		return unknown_workload(name);
	if (load_params(w, (const char *const *)args, n, values, msg, sizeof(msg)) < 0)
		return bad_usage(msg);
	if (w->app) {
		int failed = app_run(w, args, n, &out, msg, sizeof(msg));
		if (failed == -ENOENT)
			load_out_line(&out, "end cannot %s", msg);
		else
			load_out_line(&out, "end %d %s", -failed, msg);
		load_out_flush(&out);
		return failed == -ENOENT ? EXIT_CANNOT : EXIT_FAILED;
	}
	int r = load_run(w, values, &out);
	if (out.error)
		fprintf(stderr, "isoload: can't write records: %s\n", strerror(-out.error));
	return r < 0 ? EXIT_FAILED : r == LOAD_CANNOT ? EXIT_CANNOT : EXIT_OK;
}

static int cmd_serve(const char *where)
{
	struct sockaddr_in at;
	struct serve s;
	char host[INET_ADDRSTRLEN];
	if (serve_address(where, &at) < 0) {
		fprintf(stderr, "isoload: serve: '%.80s': expected ADDRESS or ADDRESS:PORT such as 127.0.0.1:4711\n", where);
		return EXIT_USAGE;
	}
	if (fcntl(STDIN_FILENO, F_GETFD) < 0) {
		fprintf(stderr, "isoload: serve: there is no standard input, the end of which would end it\n");
		return EXIT_USAGE;
	}
	int r = serve_open(&s, at);
	if (r < 0) {
		fprintf(stderr, "isoload: serve: can't listen at %s: %s\n", where, strerror(-r));
		return EXIT_FAILED;
	}
	printf("serving %s:%u\n", inet_ntop(AF_INET, &s.at.sin_addr, host, sizeof(host)), ntohs(s.at.sin_port));
	r = fflush(stdout) == 0 ? serve_run(&s, STDIN_FILENO) : -errno;
	if (r < 0)
		fprintf(stderr, "isoload: serve: %s\n", strerror(-r));
	serve_close(&s);
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static int cmd_exit(const char *text)
{
	char *end;
	unsigned long status = strtoul(text, &end, 10);
	if (end != text && !*end && status <= 255)
		return (int)status;
	fprintf(stderr, "isoload: exit: '%.80s': expected a status from 0 to 255\n", text);
	return EXIT_USAGE;
}

/* Take `--out X` and `--out=X` out of the arguments; NULL when it is not there. Without a value: "". */
static const char *take_out(int *argc, char **argv)
{
	const char *where = NULL;
	int kept = 0;
	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--out") == 0)
			where = i + 1 < *argc ? argv[++i] : "";
		else if (strncmp(argv[i], "--out=", 6) == 0)
			where = argv[i] + 6;
		else
			argv[kept++] = argv[i];
	}
	*argc = kept;
	argv[kept] = NULL;
	return where;
}

static int cmd_hold(int argc, char **argv)
{
	if (argc > 2) {
		fprintf(stderr, "isoload: hold: unexpected '%s'; expected --out or nothing\n", argv[2]);
		return EXIT_USAGE;
	}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	bool hold = argc > 1 && strcmp(argv[1], "hold") == 0;
	if (hold || (argc > 1 && strcmp(argv[1], "run") == 0)) {
		const char *where = take_out(&argc, argv);
		int r = load_out_open(&out, where);
		if (r == 0) {
			load_out_line(&out, "ready %d", WIRE_VERSION);
			r = load_out_flush(&out);
		}
		if (r < 0) {
			fprintf(stderr, "isoload: --out: can't write to '%s': %s\n", where ? where : "standard output", strerror(-r));
			return EXIT_USAGE;
		}
		if (hold)
			return cmd_hold(argc, argv);
		return argc > 2 ? cmd_run(argv[2], argv + 3, (size_t)argc - 3) : bad_usage("expected the name of a workload");
	}
	if (argc == 3 && strcmp(argv[1], "exit") == 0)
		return cmd_exit(argv[2]);
	if (argc > 1 && strcmp(argv[1], "list") == 0)
		return cmd_list(argc, argv);
	if (argc > 1 && strcmp(argv[1], "escape") == 0)
		return escape_main(argc - 2, argv + 2);
	if ((argc == 2 || argc == 3) && strcmp(argv[1], "serve") == 0)
		return cmd_serve(argc == 3 ? argv[2] : "127.0.0.1");
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("isoload %s, records version %d\n", ISOCOST_VERSION, WIRE_VERSION);
		return EXIT_OK;
	}
	bool asked = argc == 2 && strcmp(argv[1], "--help") == 0;
	if (argc > 1 && !asked)
		fprintf(stderr, "isoload: unknown command '%s'; expected list, run, hold, serve, escape, exit, --help or --version\n", argv[1]);
	help(asked ? stdout : stderr);
	return asked ? EXIT_OK : EXIT_USAGE;
}
