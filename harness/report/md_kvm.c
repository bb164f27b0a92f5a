/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_kvm.c - what KVM costs on the host: where a guest's overhead comes from. */
#include "report/md.h"

#include "base/cleanup.h"
#include "model/kvmcost.h"
#include "report/fmt.h"

#include <string.h>

/* It is the host's: all arms that have it have the same. */
static const struct run_arm *arm_with_cost(const struct run *run, struct kvmcost *ret)
{
	for (size_t a = 0; a < run->n_arms; a++)
		if (kvmcost_from_facts(&run->arms[a].facts, ret))
			return &run->arms[a];
	return NULL;
}

static void table(const struct kvmcost *c, struct str *b)
{
	str_addf(b, "| | median | quartiles | n |\n|---|--:|---|--:|\n");
	for (size_t i = 0; i < KVMCOST_FIGURES; i++) {
		const struct kvmcost_value *v = &c->v[i];
		if (v->n == 0)
			continue;
		cleanup_free char *median = fmt_value(v->median, "s"), *q1 = fmt_value(v->q1, "s"), *q3 = fmt_value(v->q3, "s");
		str_addf(b, "| %s | %s | %s … %s | %u |\n", kvmcost_defs[i].what, median, q1, q3, v->n);
	}
	str_addf(b, "\n");
}

static void teaches(const struct kvmcost *c, struct str *b)
{
	const struct kvmcost_value *port = &c->v[KVMCOST_PORT], *ring3 = &c->v[KVMCOST_RING3];
	str_addf(b, "*Lesson:* a guest is fast where it stays in its own code, and pays where it leaves it");
	if (port->n && ring3->n && ring3->median > 0)
		str_addf(b, "; one write to a port takes as long here as some %.0f instructions of a program", kvmcost_about(port->median / ring3->median));
	str_addf(b, ".\n\n");
}

/* Figures of KVM beside a guest that ran by TCG must not be taken for that guest's. */
static bool ran_by_kvm(const struct report *r)
{
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (report_arm_has(r, a) && r->run->arms[a].accel && strncmp(r->run->arms[a].accel, "KVM", 3) == 0)
			return true;
	return false;
}

void md_kvm(const struct report *r, struct str *b)
{
	struct kvmcost c;
	const struct run_arm *arm = arm_with_cost(r->run, &c);
	if (!arm)
		return;
	cleanup_free char *meaning = kvmcost_meaning(&c);
	const char *modules = kvs_get(&arm->facts, "kvm.modules"), *missing = kvs_get(&arm->facts, "kvm.missing");
	str_addf(b, "## What KVM costs here\n\n**%s**", kvm_kind_name(c.kind));
	if (modules) {
		str_addf(b, " (");
		md_cell(b, modules);
		str_addf(b, ")");
	}
	str_addf(b, ": %s.\n\n", meaning);
	table(&c, b);
	if (missing) {
		str_addf(b, "Not measured: ");
		md_cell(b, missing);
		str_addf(b, ".\n\n");
	}
	teaches(&c, b);
	str_addf(b, "*Caveat:* the figures are those of a guest without an operating system, a few instructions long, before the run. Nobody "
	            "does anything at its exits: what a device does at a real one comes on top, and so does waiting for a busy CPU.%s\n\n",
	         ran_by_kvm(r) ? "" : " **No guest of this run ran by KVM: nothing of this is in its figures.**");
}
