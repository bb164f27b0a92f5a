#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference values of test_rank.c and test_paired.c, from scipy (values there: scipy 1.10.1)."""
import numpy as np
from scipy import stats

A = [10.2, 10.4, 9.9, 10.1, 10.8, 10.0, 10.3, 10.6, 9.8, 10.5, 13.0, 10.2]
B = [10.1, 10.3, 9.7, 10.0, 9.95, 10.6, 10.05, 9.85, 10.15, 10.25]
X = [1.1, 2.3, 0.7, 4.1, 3.3, 2.9, 5.5]
Y = [2.0, 3.1, 4.5, 6.1, 5.2]
DRIFT = [1.0, 1.3, 1.1, 1.6, 1.5, 1.5, 1.9, 1.8, 2.2, 2.1]
P = [0.01, 0.04, 0.03, 0.005, 0.5]

for name, a, b in ("A B", A, B), ("X Y", X, Y):
    ties = len(set(a + b)) < len(a + b)
    r = stats.mannwhitneyu(a, b, method="asymptotic" if ties else "exact")
    print(name, "U", r.statistic, "p", repr(r.pvalue), "HL", repr(np.median(np.subtract.outer(a, b))))
print("MAD A", repr(stats.median_abs_deviation(A, scale="normal")))
for above, below in (8, 2), (8, 1), (5, 0):
    print("sign test", above, below, repr(stats.binomtest(above, above + below).pvalue))
t = stats.kendalltau(range(len(DRIFT)), DRIFT, method="asymptotic")
print("trend p", repr(t.pvalue), "slope", repr(stats.theilslopes(DRIFT)[0]))
p = np.sort(P)
adjusted = np.minimum(1, np.maximum.accumulate((len(p) - np.arange(len(p))) * p))
print("holm", dict(zip(p, adjusted)))
z = stats.norm.ppf(.975) + stats.norm.ppf(.9)
print("launches sd .05 effect .03", np.ceil(np.pi * (z * .05 / np.log(1.03)) ** 2))

# What the nested interval tends to: both levels resampled one by one.
rng = np.random.default_rng(7)
LAUNCHES = [np.arange(1, 12) * 1.0 + k for k in range(8)]
m = [np.median([np.quantile(rng.choice(LAUNCHES[i], 11), .9) for i in rng.integers(0, 8, 8)]) for _ in range(100_000)]
for q in (.02, .03, .97, .98):
    print("nested", q, np.quantile(m, q))
