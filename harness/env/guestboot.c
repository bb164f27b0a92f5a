/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestboot.c - how the guest came up: by its hello, and by its kernel's log, asked for when nothing is timed any more. */
#include "env/guest_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_NS (5 * CLK_S)

/* Lines "NAME NS". What lies before the kernel's entry, or behind init's, is a clock that was not there yet. */
static void mark_lines(struct guest *g, const char *text)
{
	cleanup(strv_free) struct strv lines = { 0 };
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		char name[24];
		long long ns;
		if (sscanf(lines.v[i], "%23s %lld", name, &ns) != 2)
			continue;
		int64_t t = g->boot_offset_ns + ns, from = phases_at(g->phases, "qemu");
		/* The entry is the better stamp. */
		bool known = strcmp(name, "early") == 0 && g->entry_ns;
		if (!known && t > from && t > g->entry_ns && t < phases_at(g->phases, "kernel"))
			phases_mark(g->phases, name, t);
	}
}

void guest_mark_boot(struct guest *g, const struct guest_hello *h)
{
	struct virt_times t = guest_times(g);
	int64_t running = t.running_ns ? t.running_ns : t.created_ns;
	/* Without the mark its time follows from the hello's, over the guest's own boot clock. */
	int64_t init = g->init_ns ? g->init_ns : g->link.t_ns - (h->hello_ns - h->init_ns);
	g->boot_offset_ns = init - h->init_ns;
	phases_mark(g->phases, "qemu", running);
	if (g->entry_ns)
		phases_mark(g->phases, "firmware", g->entry_ns);
	phases_mark(g->phases, "kernel", init);
}

void guest_boot_times(struct guest *g)
{
	int64_t deadline = clk_now() + ANSWER_NS;
	struct err err = { 0 };
	struct link_frame f;
	int r = guestlink_send(&g->link, GUEST_TELL_BOOT, NULL, 0, deadline);
	while (r >= 0) {
		while ((r = guestlink_next(&g->link, &f, &err)) > 0) {
			if (f.type != GUEST_BOOT_TIMES)
				continue;       /* the rest of a command that was ended */
			cleanup_free char *text = xstrndup(f.data, f.len);
			mark_lines(g, text);
			return;
		}
		if (r == 0)
			r = guest_wait(g, -1, -1, deadline, &err);
	}
}
