/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.h - a plan executed: arms opened, launches run in their order, each stored as it ends. */
#ifndef ISOCOST_SESSION_H
#define ISOCOST_SESSION_H

#include "env/env.h"
#include "model/plan.h"
#include "run/progress.h"
#include "run/spend.h"
#include "run/workspace.h"
#include "store/store.h"

/* What the caller decides; all pointers live longer than the session. */
struct session_conf {
	const struct suite *suite;
	const struct plan *plan;
	const char *results;            /* directory that holds run directories */
	const char *resume;             /* a run directory to go on with, or NULL */
	struct run *resumed;            /* its contents when resume is set */
	const char *load_dir, *cache, *uri, *guest_kernel;
	enum accel_choice accel;
	double budget_s;                /* no new launch after this long, in this session; 0: none */
	struct spend_eye eye;           /* for suites that are adaptive */
	struct progress_eye progress;
	const char *suite_text;
	const char *commit;             /* that the program was built from; NULL: not known */
};

/* How it ended. */
struct session_end {
	char *dir;                      /* the run directory, malloc'd; NULL when nothing was stored */
	unsigned done, failed, planned; /* launches in the journal, those of them that failed, and all that can be run */
	bool estimated;                 /* adaptive: planned is what is to be expected */
	unsigned arms_missing;          /* arms that can't run here */
	bool interrupted, out_of_time;  /* before it had all that it should: it is to be resumed */
	bool budget_ended;              /* adaptive: the time was up, which is one of the ends of such a run */
};

/* Execute. Progress goes to the log. -errno when nothing could be measured at all; otherwise 0 and *ret says how it went. */
int session_run(const struct session_conf *conf, struct session_end *ret, struct err *err);

/* The envelope's CPUs on this host: the highest ones that this process may use, so that the harness and most of the host's
 * interrupts stay on the others; the harness moves itself off them where there are others. -EINVAL: too few CPUs. */
int session_envelope(const struct suite *suite, struct envelope *ret, struct err *err);

#endif
