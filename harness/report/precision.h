/* SPDX-License-Identifier: GPL-3.0-or-later */
/* precision.h - how precise a cell's figures are after some launches: what adaptive runs stop at. */
#ifndef ISOCOST_REPORT_PRECISION_H
#define ISOCOST_REPORT_PRECISION_H

#include "report/model.h"

/* Half the width of the 95 % interval of the median over launches, the one that reports show, as a fraction of that median; the widest of the metrics
 * that a summary shows. NaN: too few launches for an interval; infinite: the median is 0 and its values differ. v: of one cell; those that
 * failed are passed over; summed or not. */
double report_half_width(const struct workload *w, const struct launch *const *v, size_t n);

#endif
