/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestbirth.c - where a guest is born: its tap, and the namespace and CPUs of the thread that calls libvirt. */
#include "env/guest_priv.h"

#include "base/cleanup.h"
#include "env/child.h"
#include "env/netns.h"

#include <errno.h>
#include <sched.h>

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

struct birth {
	struct guest *g;
	const char *xml;
	struct err *err;
};

static int create_here(struct birth *b)
{
	if (b->g->state)
		return guest_restore(b->g, b->xml, b->err);
	return virt_dom_start(b->g->c->virt, b->g->name, b->xml, NULL, &b->g->dom, b->err);
}

/* libvirt gives QEMU its CPUs, but not virtiofsd, which has those of the thread that starts it. */
static int create_on_cpus(struct birth *b)
{
	const struct dom_spec *d = &b->g->c->dom;
	cpu_set_t home, cpus;
	int r = child_cpus(d->emulator_list ? d->emulator_list : d->cpu_list, &cpus, b->err);
	if (r < 0)
		return r;
	if (sched_getaffinity(0, sizeof(home), &home) < 0 || sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		return err_sysf(b->err, -errno, "can't give virtiofsd its CPUs");
	r = create_here(b);
	sched_setaffinity(0, sizeof(home), &home);
	return r;
}

static int create_there(void *arg)
{
	struct birth *b = arg;
	return b->g->scratch && b->g->c->dom.virtiofsd ? create_on_cpus(b) : create_here(b);
}

/* The embedded driver opens the tap and starts QEMU in the calling thread: both happen in the hub's namespace. */
int guest_create_dom(struct guest *g, const char *xml, struct err *err)
{
	struct birth b = { g, xml, err };
	return g->hub ? netns_run(nethub_ns(g->hub), create_there, &b, err) : create_there(&b);
}
