/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fmt.h - figures as people read them: three significant digits, a unit with a prefix. Owner frees what is returned. */
#ifndef ISOCOST_REPORT_FMT_H
#define ISOCOST_REPORT_FMT_H

#include "stats/boot.h"

#define FMT_NONE "-"                    /* a figure that there is not */

char *fmt_number(double v);                             /* "1.23", "45.6", "789", "1234"; never an exponent below 1e6 */
char *fmt_value(double v, const char *unit);            /* "12.3 ms"; unit is a base unit of the registry, or "" */
char *fmt_tick(double v, const char *unit);             /* a round value as an axis wants it: "10 ms" */
/* "12.3 ms [12.1, 12.6]", one prefix for all three; the value alone when the interval is suppressed. */
char *fmt_interval(double v, struct stats_interval i, const char *unit);
/* The same for a cost ratio: "1.02 × [1.01, 1.03]". */
char *fmt_ratio(double ratio, struct stats_interval i);
char *fmt_bytes(double v);                              /* "64 MiB" */
char *fmt_percent(double v);                            /* 0.0312: "3.1 %" */
/* A number of things: "1 launch", "12 launches". */
char *fmt_count(size_t n, const char *one, const char *many);

#endif
