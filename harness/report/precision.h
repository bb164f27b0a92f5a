/* SPDX-License-Identifier: GPL-3.0-or-later */
/* precision.h - a cell's figures while its run goes on: how precise they are after some launches, at which adaptive runs stop, and what a log tells. */
#ifndef ISOCOST_REPORT_PRECISION_H
#define ISOCOST_REPORT_PRECISION_H

#include "report/model.h"

/* Half the width of the 95 % interval of the median over launches, the one that reports show, as a fraction of that median; the widest of the metrics
 * that a summary shows. NaN: too few launches for an interval; infinite: the median is 0 and its values differ. v: of one cell; those that
 * failed are passed over; summed or not. */
double report_half_width(const struct workload *w, const struct launch *const *v, size_t n);

/* The value of a launch, as the tables of a report take it, of the first metric that a summary shows and the launch has; *ret_metric NULL: its startup
 * time. NaN: there is none. */
double report_launch_value(const struct workload *w, const struct launch *l, const struct metric **ret_metric);
/* The median of such values, n at least 1, with the interval that reports show: "median 12.3 ms [12.1, 12.6]". Owner frees. */
char *report_cell_text(const struct metric *m, const double *v, size_t n);

#endif
