/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fmt.c - figures as people read them. */
#include "report/fmt.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

struct prefix {
	double factor;
	const char *text;
};

/* Times never get a prefix above the second, amounts and rates none below one. */
static const struct prefix small[] = { { 1, "" }, { 1e-3, "m" }, { 1e-6, "µ" }, { 1e-9, "n" } };
/* Bytes as memory has them; bytes a second are a rate as any other. */
static const struct prefix binary[] = { { 0x1p40, "Ti" }, { 0x1p30, "Gi" }, { 0x1p20, "Mi" }, { 0x1p10, "Ki" }, { 1, "" } };
static const struct prefix large[] = { { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 1, "" } };

/* 999.6 must become "1.00 m" and not "1000 µ": the choice is made on what will be shown. */
static struct prefix choose(double v, const char *unit)
{
	bool time = strcmp(unit, "s") == 0, bytes = strcmp(unit, "B") == 0;
	const struct prefix *p = time ? small : bytes ? binary : large;
	size_t n = time ? sizeof(small) / sizeof(*small) : bytes ? sizeof(binary) / sizeof(*binary) : sizeof(large) / sizeof(*large);
	if (v == 0 || !*unit)
		return (struct prefix){ 1, "" };
	for (size_t i = 0; i < n; i++)
		if (fabs(v) >= p[i].factor * 0.9995)
			return p[i];
	return p[n - 1];
}

char *fmt_number(double v)
{
	if (!isfinite(v))
		return xstrdup(FMT_NONE);
	if (v != 0 && (fabs(v) >= 1e6 || fabs(v) < 1e-4))
		return xasprintf("%.3g", v);
	int decimals = v == 0 ? 0 : 2 - (int)floor(log10(fabs(v)) + 1e-12);
	/* rounding may add a digit: 9.996 is "10.0" */
	if (decimals > 0 && fabs(v) * pow(10, decimals) >= 999.5)
		decimals--;
	return xasprintf("%.*f", decimals > 0 ? decimals : 0, v);
}

/* "1/s" reads "/s" behind a prefix: "8.30 M/s". */
static const char *unit_text(const char *unit)
{
	return strcmp(unit, "1/s") == 0 ? "/s" : unit;
}

char *fmt_interval(double v, struct stats_interval i, const char *unit)
{
	if (!isfinite(v))
		return xstrdup(FMT_NONE);
	struct prefix p = choose(v, unit);
	cleanup_free char *mid = fmt_number(v / p.factor);
	const char *u = unit_text(unit);
	const char *blank = *p.text || *u ? " " : "";
	if (!i.ok)
		return xasprintf("%s%s%s%s", mid, blank, p.text, u);
	cleanup_free char *lo = fmt_number(i.lo / p.factor), *hi = fmt_number(i.hi / p.factor);
	return xasprintf("%s%s%s%s [%s, %s]", mid, blank, p.text, u, lo, hi);
}

char *fmt_value(double v, const char *unit)
{
	return fmt_interval(v, (struct stats_interval){ .ok = false }, unit);
}

char *fmt_tick(double v, const char *unit)
{
	struct prefix p = choose(v, unit);
	return xasprintf("%.4g %s%s", v / p.factor, p.text, unit_text(unit));
}

char *fmt_ratio(double ratio, struct stats_interval i)
{
	if (!isfinite(ratio))
		return xstrdup(FMT_NONE);
	cleanup_free char *mid = fmt_number(ratio);
	if (!i.ok)
		return xasprintf("%s ×", mid);
	cleanup_free char *lo = fmt_number(i.lo), *hi = fmt_number(i.hi);
	return xasprintf("%s × [%s, %s]", mid, lo, hi);
}

char *fmt_bytes(double v)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t u = 0;
	if (!isfinite(v))
		return xstrdup(FMT_NONE);
	for (; v >= 1023.5 && u < 4; u++)
		v /= 1024;
	cleanup_free char *number = v == floor(v) ? xasprintf("%.0f", v) : fmt_number(v);
	return xasprintf("%s %s", number, units[u]);
}

char *fmt_percent(double v)
{
	if (!isfinite(v))
		return xstrdup(FMT_NONE);
	return v < 0.0995 ? xasprintf("%.2g %%", 100 * v) : xasprintf("%.0f %%", 100 * v);
}

char *fmt_count(size_t n, const char *one, const char *many)
{
	return xasprintf("%zu %s", n, n == 1 ? one : many);
}
