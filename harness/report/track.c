/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track.c - a launch's samples of a rate, laid out over the time that they took. */
#include "report/model.h"

#include <math.h>
#include <string.h>

bool report_is_throughput(const struct metric *m)
{
	return strcmp(m->unit, "B/s") == 0 && m->better == BETTER_HIGHER;
}

static bool is_rate(double v)
{
	return isfinite(v) && v > 0;
}

/* What a sample from `from` to `to` moves in each part, in parts of the whole: its rate, for as long as it lies there. */
static void spread(double rate, double from, double to, double ret[SERIES_TRACK])
{
	for (size_t k = (size_t)(from * SERIES_TRACK); k < SERIES_TRACK && (double)k < to * SERIES_TRACK; k++) {
		double lo = fmax(from * SERIES_TRACK, (double)k), hi = fmin(to * SERIES_TRACK, (double)k + 1);
		ret[k] += hi > lo ? rate * (hi - lo) : 0;
	}
}

bool report_track(const struct series *s, double ret[SERIES_TRACK])
{
	double whole = 0, at = 0, sum[SERIES_TRACK] = { 0 };
	size_t n = 0;
	if (s->track)
		memcpy(ret, s->track, sizeof(sum));
	if (s->track || s->summed || s->histogram)
		return s->track;
	for (size_t i = s->n_warm; i < s->n; i++)
		if (is_rate(s->v[i])) {
			whole += 1 / s->v[i];
			n++;
		}
	if (n < 2)
		return false;
	for (size_t i = s->n_warm, met = 0; i < s->n; i++) {
		if (!is_rate(s->v[i]))
			continue;
		double to = ++met == n ? 1 : at + 1 / s->v[i] / whole;  /* whatever was rounded away, the last one reaches the end */
		spread(s->v[i], at, to, sum);
		at = to;
	}
	memcpy(ret, sum, sizeof(sum));
	return true;
}
