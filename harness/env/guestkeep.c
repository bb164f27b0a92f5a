/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestkeep.c - what explains a guest later: the last words of one that failed, and the files that are kept. */
#include "env/guest_priv.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/qemutrace.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define WORDS_LINES 12
#define WORDS_BYTES 1200

/* The start of the last lines of text. */
static const char *tail(const char *text, size_t len)
{
	size_t lines = 0;
	const char *p = text + len;
	while (p > text && (size_t)(text + len - p) < WORDS_BYTES) {
		if (p[-1] == '\n' && lines++ == WORDS_LINES)
			break;
		p--;
	}
	return p;
}

/* The line that says why a kernel stopped is often far above its last one. */
static void add_panic(const char *text, struct err *err)
{
	const char *p = strstr(text, "Kernel panic - not syncing");
	if (p)
		err_addf(err, "; its kernel says: %.*s", (int)strcspn(p, "\n"), p);
}

int guest_last_words(struct guest *g, struct err *err)
{
	g->failed = true;
	cleanup_free char *text = NULL;
	size_t len;
	if (fs_read(g->console, &text, &len) < 0)
		return err ? err->code : -EIO;
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)text[i]) && text[i] != '\n')
			text[i] = text[i] == '\r' || text[i] == '\t' || text[i] == '\0' ? ' ' : '?';
	const char *words = str_trim(text);
	len = strlen(words);
	add_panic(words, err);
	if (len)
		err_addf(err, "\nlast lines of the guest's console:\n%s", tail(words, len));
	else
		err_addf(err, "; the guest's console shows nothing");
	return err ? err->code : -EIO;
}

/* What explains the figures later: once an arm, and outside of the timed path. */
void guest_keep_xml(struct guest *g, const char *command)
{
	const char *keep = g->c->ctx->keep;
	if (!keep || !g->xml)
		return;
	cleanup_free char *to = xasprintf("%s/vm-%s.xml", keep, g->c->arm), *cmd = xasprintf("%s/vm-%s.qemu.txt", keep, g->c->arm);
	if (fs_exists(to))
		return;
	cleanup_free char *told = command ? NULL : virt_command_line(g->c->virt, g->xml);
	const char *line = command ? command : told;
	int r = fs_write(to, g->xml, strlen(g->xml), 0644);
	if (r == 0 && line)
		r = fs_write(cmd, line, strlen(line), 0644);
	if (r < 0)
		log_warnf("can't write into %s: %s", keep, strerror(-r));
}

void guest_keep_calls(struct guest *g)
{
	if (!g->trace || !g->calls || !g->running)
		return;
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	int r = fs_read(g->trace, &text, NULL);
	if (r < 0)
		err_sysf(&err, r, "can't read QEMU's trace %s", g->trace);
	else
		r = qemutrace_parse(text, g->calls, &err);
	if (r < 0)
		log_warnf("the calls of guest %s are not known: %s", g->name, err.msg);
}

void guest_keep_console(struct guest *g)
{
	const char *keep = g->c->ctx->keep;
	if (!keep)
		return;
	cleanup_free char *to = xasprintf("%s/vm-%s.console.log", keep, g->c->arm);
	if (!g->failed && fs_exists(to))
		return;
	int r = fs_copy(g->console, to, 0644);
	if (r < 0 && r != -ENOENT)
		log_warnf("can't write %s: %s", to, strerror(-r));
}
