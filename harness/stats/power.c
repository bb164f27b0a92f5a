/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power.c - how many launches find a change of some size. */
#include "stats/power.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "stats/interval.h"
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

double stats_spread_of_launches(const struct stats_spread *s)
{
	return sqrt(gsl_pow_2(s->between) + M_PI / 2 * gsl_pow_2(s->within) / s->samples);
}

struct stats_spread stats_spread_split(const double *values, const double *within, size_t n, double samples)
{
	struct stats_spread s = { .between = NAN, .within = NAN, .samples = samples };
	cleanup_free double *logs = xcalloc(n + 1, sizeof(*logs));
	for (size_t i = 0; i < n; i++) {
		if (!(values[i] > 0))
			return s;
		logs[i] = log(values[i]);
	}
	if (n < 2)
		return s;
	s.within = stats_median(within, n);
	/* What the medians inherit may by chance be more than all that is seen: then nothing lies between the launches. */
	s.between = sqrt(fmax(0, gsl_stats_variance(logs, 1, n) - M_PI / 2 * gsl_pow_2(s.within) / samples));
	return s;
}

/* All launches of one side above all of the other: of two sides of n, one order in C(2n, n) is like that, and one the other way round. */
static double least_p(double n)
{
	double p = 2;
	for (double k = 1; k <= n; k++)
		p *= k / (n + k);
	return p;
}

static double launches_for_test(double alpha)
{
	double n = STATS_LAUNCHES_MIN;
	while (least_p(n) >= alpha)
		n++;
	return n;
}

static double z_of(double alpha)
{
	return gsl_cdf_ugaussian_Pinv(1 - alpha / 2);
}

double stats_launches_needed(double sd, double effect, double alpha, double power)
{
	double z = z_of(alpha), both = z + gsl_cdf_ugaussian_Pinv(power), d = log1p(effect);
	return fmax(launches_for_test(alpha), ceil(M_PI * gsl_pow_2(both * sd / d) + gsl_pow_2(z) / 4));
}

double stats_effect_found(double sd, double n, double alpha, double power)
{
	double z = z_of(alpha), both = z + gsl_cdf_ugaussian_Pinv(power), left = n - gsl_pow_2(z) / 4;
	return n < launches_for_test(alpha) || !(left > 0) ? NAN : expm1(both * sd * sqrt(M_PI / left));
}

void stats_spread_interval(double sd, size_t n, double *ret_lo, double *ret_hi)
{
	double df = (double)n - 1, tail = (1 - STATS_LEVEL) / 2;
	*ret_lo = n < 2 ? NAN : sd * sqrt(df / gsl_cdf_chisq_Qinv(tail, df));
	*ret_hi = n < 2 ? NAN : sd * sqrt(df / gsl_cdf_chisq_Pinv(tail, df));
}
