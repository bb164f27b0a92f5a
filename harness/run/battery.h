/* SPDX-License-Identifier: GPL-3.0-or-later */
/* battery.h - the battery of escape attempts (workloads/escape.h), run in an arm, and what came of each. */
#ifndef ISOCOST_BATTERY_H
#define ISOCOST_BATTERY_H

#include "env/env.h"
#include "escape.h"
#include "run/bait.h"

enum battery_outcome { BATTERY_UNTRIED, BATTERY_HELD, BATTERY_ESCAPED, BATTERY_UNEXPECTED, BATTERY_NA, BATTERY_OUTCOMES };
extern const char *const battery_outcomes[BATTERY_OUTCOMES];    /* as they are written in records and JSON */

struct battery_result {
	enum battery_outcome outcome;
	char *code;                     /* name of an errno or a signal; NULL: none */
	char *text;                     /* NULL: none */
};

struct battery {
	bool own_kernel;                /* another kernel than the harness's: what is reached in the kernel is the arm's own */
	size_t n;
	struct battery_result *v;       /* as many as there are attempts, in the order of escape_at() */
};
void battery_free(struct battery *b);

/* The attempt got at the host, not just at a kernel of the arm's own. */
bool battery_is_escape(const struct battery *b, size_t i);
unsigned battery_count(const struct battery *b, enum battery_outcome outcome);
/* The result of an attempt by name; NULL when there is none of that name. */
const struct battery_result *battery_of(const struct battery *b, const char *name);

/* The harness's own kernel. */
struct battery_kernel {
	const char *release;
	uint64_t btime;                 /* as escape_btime() */
};

/* Records to results. -EPROTO names the line and what was expected; *ret is set on success only. */
int battery_parse(const char *text, const struct battery_kernel *host, struct battery *ret, struct err *err);

/* Run all of it in one fresh launch of an arm. The caller frees *ret. */
int battery_run(const struct env_ops *ops, struct env_arm *arm, const struct bait *bait, double deadline_s, struct battery *ret,
                struct err *err);

#endif
