#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference values of test_stats.c, from numpy and scipy (values there: numpy 1.24.2, scipy 1.10.1)."""
import numpy as np
from scipy import stats

ODD = [3.1, 0.4, 12.0, 7.7, 5.5, 5.5, 1.25]
EVEN = [10, 2, 8, 4, 6, 40]
A = [10.2, 10.4, 9.9, 10.1, 10.8, 10.0, 10.3, 10.6, 9.8, 10.5, 13.0, 10.2]
B = [5.1, 5.3, 4.9, 5.0, 5.2, 5.6, 5.05, 4.95, 5.15, 5.25]

for name, v in ("ODD", ODD), ("EVEN", EVEN), ("A", A), ("B", B):
    q = [float(np.quantile(v, p, method="linear")) for p in (0, .1, .25, .5, .75, .9, .99, 1)]
    iqr = q[4] - q[2]
    print(name, "quantiles 0 .1 .25 .5 .75 .9 .99 1:", [repr(x) for x in q],
          "outliers", sum(x < q[2] - 1.5 * iqr or x > q[4] + 1.5 * iqr for x in v))

# The limit that a percentile bootstrap interval tends to: two million resamples.
rng = np.random.default_rng(1)


def medians(v, n=2_000_000):
    return np.concatenate([np.median(rng.choice(v, (100_000, len(v))), axis=1) for _ in range(n // 100_000)])


ma, mb = medians(A), medians(B)
for p in .015, .025, .035:
    print("A tail", p, np.quantile(ma, (p, 1 - p)), "A/B tail", p, np.quantile(ma / mb, (p, 1 - p)),
          "A-B tail", p, np.quantile(ma - mb, (p, 1 - p)), "B-A tail", p, np.quantile(mb - ma, (p, 1 - p)))


def median_interval(v, level=.95):
    """The narrowest pair of order statistics that reaches the level, interpolated towards the next one within."""
    s, n = sorted(v), len(v)
    covers = [1 - 2 * stats.binom.cdf(k - 1, n, .5) for k in range(1, n // 2 + 1)]
    k = max(i for i, c in enumerate(covers) if c >= level)
    share = (covers[k] - level) / (covers[k] - covers[k + 1])
    return s[k] + share * (s[k + 1] - s[k]), s[n - 1 - k] - share * (s[n - 1 - k] - s[n - 2 - k])


for v in A, B, EVEN, [i * i for i in range(1, 31)], list(range(1000)):
    print("median's interval, n =", len(v), median_interval(v))


def launches_needed(sd, effect, alpha, power):
    """Two means with the price of the median, and Guenther's correction."""
    z = stats.norm.ppf(1 - alpha / 2)
    return max(6, np.ceil(np.pi * ((z + stats.norm.ppf(power)) * sd / np.log1p(effect)) ** 2 + z * z / 4))


for case in (.05, .03, .05, .9), (.05, .03, .05, .8), (.01, .01, .05, .9), (.01, .01, .01, .9), (.0001, .5, .05, .9):
    print("launches needed", case, launches_needed(*case))
print("found with 10", np.expm1((stats.norm.ppf(.975) + stats.norm.ppf(.9)) * .02 * np.sqrt(np.pi / (10 - stats.norm.ppf(.975) ** 2 / 4))))
print("interval of an sd of .1, n = 10", [.1 * np.sqrt(9 / stats.chi2.ppf(p, 9)) for p in (.975, .025)])
