/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import.h - files of other tools as a run: one file import_<format>.c and one row in import.c a format.
 *
 * What is not in a file is not made up: no host, no envelope, no accelerator, no marks but those that a file has. A launch is what the format's
 * `launch` says. Figures are brought into base units. A file that is not as its format wants is refused as a whole, with its name, the line or
 * the place in its JSON, and what was expected. */
#ifndef ISOCOST_STORE_IMPORT_H
#define ISOCOST_STORE_IMPORT_H

#include "base/err.h"
#include "model/run.h"

#include <jansson.h>

#define IMPORT_ARM "imported"           /* of figures of which neither the file nor the user says an arm */
#define IMPORT_NEXT (-1)

struct import;

struct import_format {
	const char *name, *what;
	const char *tool;               /* "hyperfine's JSON": behind "imported from" */
	const char *launch;             /* what a launch is, and what must be known of it: a sentence for the run's warnings; NULL: nothing */
	bool json;                      /* im->json is the file */
	/* Whether the file looks like one of this format. */
	bool (*is)(const struct import *im);
	int (*read)(struct import *im, struct err *err);
};

extern const struct import_format *const import_formats[];       /* NULL-terminated */
const struct import_format *import_format_find(const char *name);       /* NULL: there is none */

/* A run in the making, and the file that is read. {0} with run and margin set begins one; the owner calls import_free. */
struct import {
	struct run *run;
	struct strv notes;              /* what was left out of the files, and what was taken for granted: sentences */
	struct import_cell *cells;      /* of arm and workload */
	size_t n_cells, last_cell;
	size_t *cell_of;                /* by launch */
	size_t first_launch;            /* of this file */
	/* The file. */
	const char *file, *arm;         /* its name, and the arm that the user says it is of; NULL: none */
	const char *text;
	size_t len;
	json_t *json;                   /* of a file that begins with '{'; else NULL */
};

/* An empty run of a name. */
struct import import_new(const char *name, double margin);
void import_free(struct import *im);

/* Add the figures of a file to the run. format NULL: guessed from the content. -EINVAL says what is wrong with it and where. */
int import_file(struct import *im, const char *file, const char *arm, const struct import_format *format, struct err *err);
/* The same of a text that is called file, with a NUL behind it. */
int import_text(struct import *im, const char *file, const char *text, size_t len, const char *arm, const struct import_format *format,
                struct err *err);

/* The run, its launches in the order of their blocks, as far as a file has these. It is the caller's to free. */
struct run *import_steal(struct import *im);

/* For the formats. All fail with -EINVAL, without the place in the file, which the caller puts before it. */

/* The arm of an entry: the user's, or the one that the file says (NULL: nothing), or IMPORT_ARM. Both: an error. */
int import_arm(struct import *im, const char *said, size_t *ret, struct err *err);
/* The workload of that name, with this metric: what the file says of it must be the same everywhere. */
int import_metric(struct import *im, const char *workload, const struct metric *metric, size_t *ret, struct err *err);
/* The launch of an arm and a workload with this number in this file, or the next one with IMPORT_NEXT. Good until the next call. */
struct launch *import_launch(struct import *im, size_t arm, size_t workload, int64_t number);
void import_sample(struct launch *l, const char *metric, double v, uint64_t times);
/* Its samples don't count. */
void import_fail(struct launch *l, const char *why);
/* Of the file: what it says of where it was measured. A key that is there with another value: a warning. */
void import_context(struct import *im, const char *key, const char *value);
/* The number of launches of a cell that are known to have failed, of which the file says nothing more. */
void import_failed(struct import *im, size_t arm, size_t workload, size_t n, const char *why);

extern const struct import_format import_csv, import_gobench, import_hyperfine, import_gbench;

#endif
