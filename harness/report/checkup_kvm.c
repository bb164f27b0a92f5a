/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkup_kvm.c - whether guests can be had by KVM here, which kind it is, and what makes them. */
#include "report/checkup.h"

#include "base/cleanup.h"
#include "model/kvmcost.h"
#include "report/fmt.h"

#include <string.h>

/* The oldest that isocost is tested with. */
#define LIBVIRT_MIN "9.0.0"
#define QEMU_MIN "7.2.0"

static bool is(const struct kvs *facts, const char *fact, const char *value)
{
	const char *v = kvs_get(facts, fact);
	return v && strcmp(v, value) == 0;
}

static const char *mend_kvm(const struct kvs *facts)
{
	if (is(facts, "kvm.device", "no access"))
		return "usermod -aG kvm \"$USER\", then log in again; or run as root";
	if (is(facts, "host.is_guest", "yes"))
		return "let the hypervisor below pass virtualization on (nested=1, CPU host-passthrough), or measure on bare metal";
	if (is(facts, "cpu.virtualization", "none"))
		return "switch VT-x or AMD-V (SVM) on in the firmware's setup";
	return "modprobe kvm_intel, or kvm_amd";
}

static void add_costs(const struct kvmcost *c, struct strv *details)
{
	for (size_t i = 0; i < KVMCOST_FIGURES; i++) {
		const struct kvmcost_value *v = &c->v[i];
		cleanup_free char *median = fmt_value(v->median, "s"), *q1 = fmt_value(v->q1, "s"), *q3 = fmt_value(v->q3, "s");
		if (v->n)
			strv_addf(details, "%s: %s, quartiles %s … %s, n = %u", kvmcost_defs[i].what, median, q1, q3, v->n);
	}
}

static void check_kind(const struct kvs *facts, struct findings *ret)
{
	struct kvmcost c;
	const char *missing = kvs_get(facts, "kvm.missing"), *modules = kvs_get(facts, "kvm.modules");
	if (!missing && !kvs_get(facts, "kvm.kind"))
		return;
	if (!kvmcost_from_facts(facts, &c)) {
		findings_add(ret, "kvm", FOUND_WARNING, xasprintf("KVM runs nothing here: %s", missing ? missing : "nothing was measured"),
		             "guests run by software emulation (TCG): their figures say nothing of what KVM costs", mend_kvm(facts));
		return;
	}
	bool hardware = c.kind == KVM_KIND_HARDWARE;
	cleanup_free char *meaning = kvmcost_meaning(&c);
	struct finding *f = findings_add(ret, "kvm", hardware ? FOUND_OK : FOUND_WARNING,
	                                 xasprintf("this is %s%s%s%s", kvm_kind_name(c.kind), modules ? " (" : "", modules ? modules : "", modules ? ")" : ""),
	                                 meaning, "measure on bare metal with VT-x or AMD-V when a guest's figures must carry to it");
	add_costs(&c, &f->details);
	if (missing)
		strv_addf(&f->details, "not measured: %s", missing);
}

/* Two things are called nested: what a hypervisor below passes on to this host, and what this host passes on to its guests. */
static void check_nested(const struct kvs *facts, struct findings *ret)
{
	const char *nested = kvs_get(facts, "kvm.nested");
	if (is(facts, "host.is_guest", "yes")) {
		bool passed_on = !is(facts, "cpu.virtualization", "none") && kvs_get(facts, "cpu.virtualization");
		findings_add(ret, "kvm.nested", FOUND_WARNING,
		             xstrdup(passed_on ? "the hypervisor below passes virtualization on: guests run nested" : "the hypervisor below passes no virtualization on"),
		             passed_on ? "every exit of a guest goes through the hypervisor below: guests cost more than on bare metal"
		                       : "guests run by software emulation, or by a KVM that emulates the kernel",
		             passed_on ? "measure on bare metal when a guest's figures must carry to it"
		                       : "on the machine below: modprobe kvm_intel nested=1 (or kvm_amd), and give this one the CPU host-passthrough");
	} else if (nested) {
		findings_add(ret, "kvm.nested", FOUND_OK, xasprintf("nested virtualization is %s: it bears only on guests within guests", nested), NULL, NULL);
	}
}

void checkup_kvm(const struct kvs *facts, struct findings *ret)
{
	check_kind(facts, ret);
	check_nested(facts, ret);
}

/* Below, at or above, by numbers between dots; what is not a number ends it. */
static bool older(const char *a, const char *b)
{
	while (true) {
		char *end_a, *end_b;
		unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);
		if (x != y)
			return x < y;
		if (*end_a != '.' || *end_b != '.')
			return false;
		a = end_a + 1;
		b = end_b + 1;
	}
}

static void check_version(const struct kvs *facts, const char *fact, const char *name, const char *min, const char *package, struct findings *ret)
{
	const char *v = kvs_get(facts, fact);
	if (!v)
		return;
	cleanup_free char *effect = xasprintf("isocost is tested with %s and later", min), *mend = xasprintf("apt-get install %s", package);
	findings_add(ret, fact, older(v, min) ? FOUND_WARNING : FOUND_OK, xasprintf("%s %s", name, v), effect, mend);
}

void checkup_versions(const struct kvs *arm_facts, struct findings *ret)
{
	check_version(arm_facts, "libvirt.version", "libvirt", LIBVIRT_MIN, "libvirt-daemon-driver-qemu", ret);
	check_version(arm_facts, "qemu.version", "QEMU", QEMU_MIN, "qemu-system-x86", ret);
	const char *kernel = kvs_get(arm_facts, "guest.kernel"), *origin = kvs_get(arm_facts, "guest.kernel_origin");
	if (kernel)
		findings_add(ret, "guest.kernel", FOUND_OK,
		             xasprintf("guests boot Linux %s%s%s%s", kernel, origin ? " (" : "", origin ? origin : "", origin ? ")" : ""), NULL, NULL);
}
