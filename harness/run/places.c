/* SPDX-License-Identifier: GPL-3.0-or-later */
/* places.c - the directories of a session as names. */
#include "run/places.h"

#include "base/cleanup.h"

#include <limits.h>
#include <string.h>

static char *replace(const char *text, const char *what, const char *with)
{
	struct str b = { 0 };
	size_t len = strlen(what);
	for (const char *hit; len && (hit = strstr(text, what)); text = hit + len) {
		str_add(&b, text, (size_t)(hit - text));
		str_add(&b, with, strlen(with));
	}
	str_add(&b, text, strlen(text));
	return b.s;
}

/* The path as it was given, and as the kernel resolves it. */
static char *replace_dir(const char *text, const char *dir, const char *with)
{
	char real[PATH_MAX];
	cleanup_free char *first = replace(text, dir, with);
	return realpath(dir, real) ? replace(first, real, with) : ptr_steal(&first);
}

char *places_hide(const struct env_ctx *ctx, const char *text)
{
	/* The cache may lie within the build directory: the longer path goes first. */
	cleanup_free char *a = replace_dir(text, ctx->work, "${WORK}");
	cleanup_free char *b = replace_dir(a, ctx->cache, "${CACHE}");
	return replace_dir(b, ctx->load_dir, "${BUILD}");
}
