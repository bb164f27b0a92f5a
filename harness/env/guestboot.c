/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestboot.c - how the guest's kernel came up: asked for at the end, when nothing is timed any more. */
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
