/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hetero.c - Cochran's Q and Higgins' I2. */
#include "stats/hetero.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

struct stats_hetero stats_hetero(const double *y, const double *se, size_t n)
{
	struct stats_hetero ret = { 0, NAN, NAN, NAN };
	double weights = 0, sum = 0, q = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(y[i]) && isfinite(se[i]) && se[i] > 0) {
			ret.n++;
			weights += 1 / (se[i] * se[i]);
			sum += y[i] / (se[i] * se[i]);
		}
	if (ret.n < 2)
		return ret;
	for (size_t i = 0; i < n; i++)
		if (isfinite(y[i]) && isfinite(se[i]) && se[i] > 0)
			q += (y[i] - sum / weights) * (y[i] - sum / weights) / (se[i] * se[i]);
	double degrees = (double)ret.n - 1;
	ret.q = q;
	ret.p = gsl_cdf_chisq_Q(q, degrees);
	ret.i2 = q > degrees ? (q - degrees) / q : 0;
	return ret;
}

struct stats_hetero stats_hetero_ratios(const double *ratio, const struct stats_interval *ci, size_t n)
{
	cleanup_free double *y = xcalloc(n + 1, sizeof(*y));
	cleanup_free double *se = xcalloc(n + 1, sizeof(*se));
	for (size_t i = 0; i < n; i++) {
		bool usable = ratio[i] > 0 && ci[i].ok && ci[i].lo > 0 && ci[i].hi > ci[i].lo;
		y[i] = usable ? log(ratio[i]) : NAN;
		se[i] = usable ? (log(ci[i].hi) - log(ci[i].lo)) / (2 * gsl_cdf_ugaussian_Pinv(0.975)) : NAN;
	}
	return stats_hetero(y, se, n);
}
