/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.c - what may be said of a cost ratio, and of a difference of costs. */
#include "stats/verdict.h"

#include "stats/noise.h"

enum verdict stats_verdict(struct stats_interval ratio, double margin)
{
	if (!ratio.ok)
		return VERDICT_NONE;
	double above = 1 + margin, below = 1 / above;
	if (ratio.lo > above)
		return VERDICT_SLOWER;
	if (ratio.hi < below)
		return VERDICT_FASTER;
	if (ratio.lo >= below && ratio.hi <= above)
		return VERDICT_WITHIN_MARGIN;
	if (ratio.lo > 1)
		return VERDICT_SLOWER_OPEN;
	if (ratio.hi < 1)
		return VERDICT_FASTER_OPEN;
	return VERDICT_NOT_DISTINGUISHABLE;
}

bool stats_says_difference(enum verdict v)
{
	return v == VERDICT_SLOWER || v == VERDICT_FASTER || v == VERDICT_SLOWER_OPEN || v == VERDICT_FASTER_OPEN;
}

enum verdict stats_above_noise(enum verdict v, double ratio, double floor)
{
	return stats_says_difference(v) && stats_is_noise(ratio, floor) ? VERDICT_WITHIN_FLOOR : v;
}

const char *stats_verdict_text(enum verdict v)
{
	switch (v) {
	case VERDICT_WITHIN_MARGIN: return "within margin";
	case VERDICT_NOT_DISTINGUISHABLE: return "not distinguishable";
	case VERDICT_SLOWER: return "slower";
	case VERDICT_FASTER: return "faster";
	case VERDICT_SLOWER_OPEN: return "slower, size open";
	case VERDICT_FASTER_OPEN: return "faster, size open";
	case VERDICT_WITHIN_FLOOR: return "within noise floor";
	case VERDICT_NONE: break;
	}
	return "no interval";
}

const char *stats_verdict_amount(enum verdict v)
{
	switch (v) {
	case VERDICT_SLOWER: return "more";
	case VERDICT_FASTER: return "less";
	case VERDICT_SLOWER_OPEN: return "more, size open";
	case VERDICT_FASTER_OPEN: return "less, size open";
	default: return stats_verdict_text(v);
	}
}

enum step stats_step(struct stats_interval difference)
{
	if (!difference.ok)
		return STEP_NONE;
	return difference.lo > 0 ? STEP_ADDS : difference.hi < 0 ? STEP_SAVES : STEP_NOT_DISTINGUISHABLE;
}

const char *stats_step_text(enum step s)
{
	switch (s) {
	case STEP_ADDS: return "adds";
	case STEP_SAVES: return "saves";
	case STEP_NOT_DISTINGUISHABLE: return "not distinguishable";
	case STEP_NONE: break;
	}
	return "no interval";
}
