/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestkeep.c - what explains a guest later: the last words of one that failed, and the files that are kept. */
#include "env/guest_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/qemutrace.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define WORDS_LINES 12
#define WORDS_BYTES 1200
#define WHY_NS (2 * CLK_S)              /* how long libvirt may take to tell why a guest ended */

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

/* The line that says why a kernel or its init stopped is often far above the last one. */
static void add_line(const char *text, const char *begin, const char *who, struct err *err)
{
	const char *p = strstr(text, begin);
	if (p)
		err_addf(err, "; %s: %.*s", who, (int)strcspn(p, "\n"), p);
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
	add_line(words, "isoinit: ", "its init says", err);
	add_line(words, "Kernel panic - not syncing", "its kernel says", err);
	if (len)
		err_addf(err, "\nlast lines of the guest's console:\n%s", tail(words, len));
	else
		err_addf(err, "; the guest's console shows nothing");
	return err ? err->code : -EIO;
}

int guest_ended(struct guest *g, struct err *err)
{
	g->dead = true;
	/* Why comes by libvirt, a moment after QEMU has closed the link. */
	g->vm->ops->await_end(g->vm, clk_now() + WHY_NS);
	struct virt_times t = guest_times(g);
	if (t.lost)
		err_setf(err, -EPIPE, "libvirt's daemon went away while the guest ran: was it stopped or restarted?");
	else if (t.why && strcmp(t.why, "destroyed") == 0)
		err_setf(err, -EPIPE, "the guest was destroyed from outside, by its libvirt daemon or through it");
	else if (!t.shutdown_ns && !g->poweroff_ns)
		err_setf(err, -EPIPE, "QEMU died while the guest ran (%s): it crashed or was killed, by the kernel perhaps for want of memory (see dmesg)",
		         t.why ? t.why : "it closed the link");
	else
		err_setf(err, -EPIPE, "the guest ended before its time (%s)", t.why ? t.why : "it powers off");
	return guest_last_words(g, err);
}

/* What explains the figures later: once an arm, and outside of the timed path. */
void guest_keep_xml(struct guest *g)
{
	const char *keep = g->c->ctx->keep;
	if (!keep || !g->xml)
		return;
	cleanup_free char *to = xasprintf("%s/vm-%s.xml", keep, g->c->arm);
	if (fs_exists(to))
		return;
	int r = fs_write(to, g->xml, strlen(g->xml), 0644);
	if (r < 0)
		log_warnf("can't write into %s: %s", keep, strerror(-r));
}

/* As QEMU has it, an option a line. */
void guest_keep_line(struct guest *g)
{
	if (!g->c->ctx->keep || !g->pid)
		return;
	cleanup_free char *from = xasprintf("/proc/%d/cmdline", (int)g->pid), *to = xasprintf("%s/vm-%s.qemu.txt", g->c->ctx->keep, g->c->arm);
	cleanup_free char *args = NULL;
	cleanup(str_free) struct str text = { 0 };
	size_t len;
	if (fs_exists(to) || fs_read(from, &args, &len) < 0 || len == 0)
		return;
	for (const char *p = args; p < args + len; p += strlen(p) + 1)
		str_addf(&text, "%s%s", p == args ? "" : *p == '-' ? "\n" : " ", p);
	str_addf(&text, "\n");
	int r = fs_write(to, text.s, text.len, 0644);
	if (r < 0)
		log_warnf("can't write %s: %s", to, strerror(-r));
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
