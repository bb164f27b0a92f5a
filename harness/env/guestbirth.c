/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestbirth.c - what a guest is born with: its tap, and the command line that tells of it. */
#include "env/guest_priv.h"

int guest_plug(struct guest *g, struct err *err)
{
	return g->hub ? nethub_tap_new(g->hub, &g->tap, err) : 0;
}

char *guest_cmdline(const struct guest *g)
{
	struct str line = { 0 };
	str_addf(&line, "%s", g->c->dom.cmdline);
	if (g->scratch && g->c->dom.virtiofsd)
		str_addf(&line, " " GUEST_ARG_SCRATCH "=virtiofs");
	if (g->hub)
		str_addf(&line, " " GUEST_ARG_NET "=%s", g->tap.net);
	return line.s;
}
