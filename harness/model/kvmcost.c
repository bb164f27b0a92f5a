/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmcost.c - what KVM costs on a host, and which kind of KVM that is. */
#include "model/kvmcost.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct kvmcost_def kvmcost_defs[KVMCOST_FIGURES] = {
	[KVMCOST_PORT] = { "kvm.exit_port", "exit to user space and back: a write to an I/O port" },
	[KVMCOST_MMIO] = { "kvm.exit_mmio", "exit to user space and back: a write to an address without memory" },
	[KVMCOST_CPUID] = { "kvm.exit_cpuid", "exit to the host's kernel and back: CPUID" },
	[KVMCOST_CALL] = { "kvm.hypercall", "exit to the host's kernel and back: a hypercall" },
	[KVMCOST_RING0] = { "kvm.ring0", "an ordinary instruction in ring 0, the guest kernel's" },
	[KVMCOST_RING3] = { "kvm.ring3", "the same instruction in ring 3, a program's" },
	[KVMCOST_START] = { "kvm.first_exit", "a virtual machine, from nothing to its first exit" },
	[KVMCOST_END] = { "kvm.teardown", "the end of a virtual machine" },
};

static double ring_ratio(const struct kvmcost_value v[KVMCOST_FIGURES])
{
	const struct kvmcost_value *ring0 = &v[KVMCOST_RING0], *ring3 = &v[KVMCOST_RING3];
	return ring0->n && ring3->n && ring3->median > 0 ? ring0->median / ring3->median : NAN;
}

double kvmcost_ring_ratio(const struct kvmcost *c)
{
	return ring_ratio(c->v);
}

enum kvm_kind kvmcost_shown(const struct kvm_host *host)
{
	return !host->virtualization ? KVM_KIND_SOFTWARE : host->is_guest ? KVM_KIND_NESTED : KVM_KIND_HARDWARE;
}

double kvmcost_about(double ratio)
{
	double unit = ratio > 0 ? pow(10, floor(log10(ratio)) - 1) : 1;
	return isfinite(ratio) ? round(ratio / unit) * unit : ratio;
}

/* What was measured goes before what the host says. */
enum kvm_kind kvmcost_classify(const struct kvmcost_value v[KVMCOST_FIGURES], const struct kvm_host *host)
{
	bool measured = false;
	for (size_t i = 0; i < KVMCOST_FIGURES; i++)
		measured |= v[i].n > 0;
	if (!measured)
		return KVM_KIND_UNKNOWN;
	return ring_ratio(v) >= KVMCOST_EMULATED ? KVM_KIND_SOFTWARE : kvmcost_shown(host);
}

static const char *const names[] = {
	[KVM_KIND_UNKNOWN] = "unknown",
	[KVM_KIND_HARDWARE] = KVM_KIND_HARDWARE_NAME,
	[KVM_KIND_NESTED] = KVM_KIND_NESTED_NAME,
	[KVM_KIND_SOFTWARE] = KVM_KIND_SOFTWARE_NAME,
};

const char *kvm_kind_name(enum kvm_kind kind)
{
	return names[kind];
}

char *kvmcost_meaning(const struct kvmcost *c)
{
	double ratio = ring_ratio(c->v);
	switch (c->kind) {
	case KVM_KIND_HARDWARE:
		return xstrdup("a guest's code, its kernel's too, runs on the CPU itself, and what it costs is its exits and its page tables");
	case KVM_KIND_NESTED:
		return xstrdup("a guest's code runs on the CPU itself, but the hypervisor below this host takes part in each exit: what exits "
		               "costs more here than on bare metal, and the rest does not");
	case KVM_KIND_SOFTWARE:
		if (ratio >= KVMCOST_EMULATED)
			return xasprintf("the host's kernel emulates what a guest runs in ring 0, each instruction taking some %.0f times as long as in "
			                 "ring 3: a program that stays in user space keeps its speed, a guest's kernel does not, and may "
			                 "not run at all", kvmcost_about(ratio));
		return xstrdup("the guest is held in by other means than the CPU's, and its figures are not those of a host with VT-x or AMD-V");
	default:
		return xstrdup("nothing is known of what a guest costs under it");
	}
}

static void set_seconds(struct kvs *facts, const char *fact, const char *behind, double v)
{
	cleanup_free char *key = xasprintf("%s%s_s", fact, behind);
	kvs_setf(facts, key, "%.4g", v);
}

void kvmcost_to_facts(const struct kvmcost *c, struct kvs *facts)
{
	if (c->kind == KVM_KIND_UNKNOWN)
		return;
	kvs_set(facts, "kvm.kind", kvm_kind_name(c->kind), 0);
	for (size_t i = 0; i < KVMCOST_FIGURES; i++) {
		const struct kvmcost_value *v = &c->v[i];
		cleanup_free char *n = xasprintf("%s_n", kvmcost_defs[i].fact);
		if (v->n == 0)
			continue;
		set_seconds(facts, kvmcost_defs[i].fact, "", v->median);
		set_seconds(facts, kvmcost_defs[i].fact, "_q1", v->q1);
		set_seconds(facts, kvmcost_defs[i].fact, "_q3", v->q3);
		kvs_setf(facts, n, "%u", v->n);
	}
}

static bool get_seconds(const struct kvs *facts, const char *fact, const char *behind, double *ret)
{
	cleanup_free char *key = xasprintf("%s%s_s", fact, behind);
	const char *text = kvs_get(facts, key);
	char *end;
	double v = text ? strtod(text, &end) : NAN;
	if (!isfinite(v) || end == text || *end)
		return false;
	*ret = v;
	return true;
}

/* A figure of which something is missing or no number counts as not measured. */
static struct kvmcost_value get_value(const struct kvs *facts, const char *fact)
{
	struct kvmcost_value v = { 0 };
	cleanup_free char *key = xasprintf("%s_n", fact);
	const char *text = kvs_get(facts, key);
	uint64_t n;
	if (!text || parse_u64(text, &n) < 0 || n == 0 || n > UINT32_MAX)
		return (struct kvmcost_value){ 0 };
	if (!get_seconds(facts, fact, "", &v.median) || !get_seconds(facts, fact, "_q1", &v.q1) || !get_seconds(facts, fact, "_q3", &v.q3))
		return (struct kvmcost_value){ 0 };
	v.n = (unsigned)n;
	return v;
}

bool kvmcost_from_facts(const struct kvs *facts, struct kvmcost *ret)
{
	const char *kind = kvs_get(facts, "kvm.kind");
	struct kvmcost c = { .kind = KVM_KIND_UNKNOWN };
	for (enum kvm_kind k = KVM_KIND_HARDWARE; kind && k <= KVM_KIND_SOFTWARE; k++)
		if (strcmp(kind, names[k]) == 0)
			c.kind = k;
	if (c.kind == KVM_KIND_UNKNOWN)
		return false;
	for (size_t i = 0; i < KVMCOST_FIGURES; i++)
		c.v[i] = get_value(facts, kvmcost_defs[i].fact);
	*ret = c;
	return true;
}
