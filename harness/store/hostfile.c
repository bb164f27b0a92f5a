/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostfile.c - reading what /proc, /sys and /etc say. */
#include "store/hostfile.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <string.h>

char *hostfile_line(const char *root, const char *path)
{
	cleanup_free char *full = xasprintf("%s%s", root, path);
	return fs_read_line(full);
}

char *hostfile_text(const char *root, const char *path)
{
	cleanup_free char *full = xasprintf("%s%s", root, path);
	char *text = NULL;
	return fs_read(full, &text, NULL) < 0 ? NULL : text;
}

bool hostfile_exists(const char *root, const char *path)
{
	cleanup_free char *full = xasprintf("%s%s", root, path);
	return fs_exists(full);
}

char *hostfile_key(const char *root, const char *path, const char *key)
{
	cleanup_free char *text = hostfile_text(root, path);
	size_t len = strlen(key);
	for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, key, len) != 0)
			continue;
		char *rest = str_trim(line + len);
		if (*rest != ':' && *rest != '=')
			continue;
		rest = str_trim(rest + 1);
		if (*rest == '"' && strlen(rest) > 1) {
			rest++;
			rest[strcspn(rest, "\"")] = '\0';
		}
		return xstrdup(rest);
	}
	return NULL;
}

void hostfile_line_fact(const char *root, struct kvs *ret, const char *name, const char *path)
{
	cleanup_free char *line = hostfile_line(root, path);
	if (line && *line)
		kvs_set(ret, name, line, 0);
}

void hostfile_key_fact(const char *root, struct kvs *ret, const char *name, const char *path, const char *key)
{
	cleanup_free char *val = hostfile_key(root, path, key);
	if (val)
		kvs_set(ret, name, val, 0);
}
