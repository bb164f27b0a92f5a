/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md.h - the report in GitHub's Markdown. */
#ifndef ISOCOST_REPORT_MD_H
#define ISOCOST_REPORT_MD_H

#include "report/figures.h"
#include "report/model.h"

/* What the text says of the figures: the links of those in `drawn` go to plots/NAME.svg. */
struct md_figures {
	const struct figures *made;
	bool drawn[FIG_COUNT];
	const char *missing;            /* why figures are left out, or NULL */
};

/* The whole text. Owner frees. */
char *md_text(const struct report *r, const struct md_figures *f);

/* Its parts, in order. */
void md_top(const struct report *r, const struct md_figures *f, struct str *b);         /* host, arms, warnings */
void md_imported_top(const struct report *r, struct str *b);                            /* of an imported run: where its figures are from */
void md_imported_conditions(const struct report *r, struct str *b);
void md_short(const struct report *r, struct str *b);                                   /* for those who decide */
void md_trust(const struct report *r, struct str *b);                                    /* the A/A control in two sentences */
void md_summary(const struct report *r, const struct md_figures *f, struct str *b);     /* arm against host */
void md_cannot(const struct report *r, struct str *b);                                  /* what can't run where */
void md_startup(const struct report *r, const struct md_figures *f, struct str *b);
void md_footprint(const struct report *r, const struct md_figures *f, struct str *b);   /* what an idle instance holds */
void md_ladder(const struct report *r, const struct md_figures *f, struct str *b);      /* what each rung adds */
void md_isolation(const struct report *r, const struct md_figures *f, struct str *b);   /* what came of escape attempts */
void md_share(const struct report *r, struct str *b);                                   /* libvirt's part of a guest's start */
void md_kvm(const struct report *r, struct str *b);                                     /* where a guest's overhead comes from */
void md_resources(const struct report *r, const struct md_figures *f, struct str *b);   /* a table a workload */
void md_felter(const struct report *r, struct str *b);                                  /* a published study, beside its suite */
void md_felter_beside(const struct report *r, const char *resource, struct str *b);      /* its rows of one resource, elsewhere */
void md_spent(const struct report *r, struct str *b);                                    /* launches of an adaptive run */
void md_aa(const struct report *r, struct str *b);                                       /* the same, its table */
void md_care(const struct report *r, struct str *b);                                    /* failed, marked, refused */
void md_conditions(const struct report *r, struct str *b);
void md_method(const struct report *r, struct str *b);
void md_reproduce(const struct report *r, struct str *b);                               /* how to do it again */

/* Helpers. */
void md_cell(struct str *b, const char *text);          /* text that can't break a table or become HTML */
void md_picture(const struct md_figures *f, enum figure fig, struct str *b);
void md_metric_table(const struct report *r, const struct report_metric *m, struct str *b);
void md_workcost(const struct report *r, size_t workload, struct str *b);               /* the host's CPU time by what it moves */
void md_cannot_line(const struct report *r, size_t workload, struct str *b);            /* the same, of one workload */
bool md_has_driver(const struct report *r, const char *driver); /* an arm of it ran */

#endif
