/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domxml.c - the domain XML of a guest. */
#include "env/domxml.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "guestproto.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define CPUS_MAX 1024
#define DEFAULT_ROOT_PORTS 14   /* as virt-install leaves room for that many hotplugged devices */

const char *dom_machine_name(enum dom_machine m)
{
	static const char *const names[] = { [DOM_MICROVM] = "microvm", [DOM_Q35] = "q35", [DOM_PC] = "pc" };
	return names[m];
}

int dom_cpu_list(const char *list, unsigned *ret, unsigned max)
{
	unsigned n = 0;
	for (const char *s = list;;) {
		if (!isdigit((unsigned char)*s))
			return -EINVAL;
		char *end;
		unsigned long from = strtoul(s, &end, 10), to = from;
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return -EINVAL;
			to = strtoul(end + 1, &end, 10);
		}
		if (to < from || to >= 65536)
			return -EINVAL;
		for (; from <= to; from++, n++)
			if (n < max)
				ret[n] = (unsigned)from;
		if (*end == '\0')
			return (int)n;
		if (*end != ',')
			return -EINVAL;
		s = end + 1;
	}
}

/* Add text with the characters that XML gives a meaning replaced. */
static void add_escaped(struct str *x, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<': str_addf(x, "&lt;"); break;
		case '>': str_addf(x, "&gt;"); break;
		case '&': str_addf(x, "&amp;"); break;
		case '\'': str_addf(x, "&apos;"); break;
		case '"': str_addf(x, "&quot;"); break;
		default: str_add(x, text, 1);
		}
	}
}

/* before, escaped text, after */
static void add_field(struct str *x, const char *before, const char *text, const char *after)
{
	str_addf(x, "%s", before);
	add_escaped(x, text);
	str_addf(x, "%s", after);
}

static void add_cpu(struct str *x, const struct dom_spec *s)
{
	if (strcmp(s->cpu, "host-passthrough") == 0 || strcmp(s->cpu, "maximum") == 0) {
		str_addf(x, "  <cpu mode='%s' check='none'/>\n", s->cpu);
		return;
	}
	struct strv parts = { 0 };
	strv_split(&parts, s->cpu, ",");
	add_field(x, "  <cpu mode='custom' match='exact' check='none'>\n    <model fallback='forbid'>", parts.n ? parts.v[0] : "", "</model>\n");
	for (size_t i = 1; i < parts.n; i++) {
		bool off = parts.v[i][0] == '-';
		str_addf(x, "    <feature policy='%s' name='", off ? "disable" : "require");
		add_field(x, "", parts.v[i] + off, "'/>\n");
	}
	str_addf(x, "  </cpu>\n");
	strv_free(&parts);
}

/* With several CPUs each vCPU has one of its own. */
static int add_vcpus(struct str *x, const struct dom_spec *s, struct err *err)
{
	unsigned host[CPUS_MAX];
	int n = dom_cpu_list(s->cpu_list, host, CPUS_MAX);
	const char *emulator = s->emulator_list ? s->emulator_list : s->cpu_list;
	if (n < 0 || n > CPUS_MAX)
		return err_setf(err, -EINVAL, "CPU list '%s': expected numbers and ranges like 0,2-3", s->cpu_list);
	if (s->cpus == 0 || (unsigned)n < s->cpus)
		return err_setf(err, -EINVAL, "CPU list '%s' has %d CPUs; the guest needs %u", s->cpu_list, n, s->cpus);
	str_addf(x, "  <vcpu placement='static' cpuset='%s'>%u</vcpu>\n", s->cpu_list, s->cpus);
	if (s->scratch && s->scratch_iothread)
		str_addf(x, "  <iothreads>1</iothreads>\n");
	str_addf(x, "  <cputune>\n");
	for (unsigned i = 0; i < s->cpus; i++)
		str_addf(x, "    <vcpupin vcpu='%u' cpuset='%u'/>\n", i, host[i]);
	str_addf(x, "    <emulatorpin cpuset='%s'/>\n", emulator);
	if (s->scratch && s->scratch_iothread)
		str_addf(x, "    <iothreadpin iothread='1' cpuset='%s'/>\n", emulator);
	str_addf(x, "  </cputune>\n");
	return 0;
}

static void add_boot(struct str *x, const struct dom_spec *s)
{
	str_addf(x, "  <os>\n    <type arch='x86_64' machine='%s'>hvm</type>\n", dom_machine_name(s->machine));
	if (s->firmware)
		add_field(x, "    <loader type='rom'>", s->firmware, "</loader>\n");
	add_field(x, "    <kernel>", s->kernel, "</kernel>\n");
	if (s->initrd)
		add_field(x, "    <initrd>", s->initrd, "</initrd>\n");
	if (s->cmdline)
		add_field(x, "    <cmdline>", s->cmdline, "</cmdline>\n");
	str_addf(x, "  </os>\n");
}

static void add_scratch(struct str *x, const struct dom_spec *s, const char *address)
{
	str_addf(x, "    <disk type='file' device='disk'>\n      <driver name='qemu' type='raw' cache='%s' io='%s'%s/>\n",
	         s->scratch_cache, s->scratch_io, s->scratch_iothread ? " iothread='1'" : "");
	add_field(x, "      <source file='", s->scratch, "'/>\n");
	str_addf(x, "      <target dev='vda' bus='virtio'/>%s\n    </disk>\n", address);
}

/* Every guest has the same file, which none can change: the host's page cache holds it once for all. */
static void add_app(struct str *x, const struct dom_spec *s, const char *address)
{
	add_field(x, "    <disk type='file' device='disk'>\n      <driver name='qemu' type='raw' cache='writeback' io='threads'/>\n"
	          "      <source file='", s->app, "'/>\n");
	str_addf(x, "      <target dev='vdb' bus='virtio'/>\n      <readonly/>\n      <serial>" GUEST_ROOT_SERIAL "</serial>%s\n    </disk>\n", address);
}

/* Served by a process of its own, which must see the guest's memory. */
static void add_share(struct str *x, const struct dom_spec *s, const char *address)
{
	add_field(x, "    <filesystem type='mount' accessmode='passthrough'>\n      <driver type='virtiofs'/>\n      <binary path='",
	          s->virtiofsd, "'/>\n");
	add_field(x, "      <source dir='", s->share, "'/>\n");
	str_addf(x, "      <target dir='" GUEST_SHARE "'/>%s\n    </filesystem>\n", address);
}

/* managed='no': the tap is not libvirt's to make, to change or to remove. */
static void add_network(struct str *x, const struct dom_spec *s, const char *address)
{
	add_field(x, "    <interface type='ethernet'>\n      <mac address='", s->mac, "'/>\n");
	add_field(x, "      <target dev='", s->tap, "' managed='no'/>\n");
	str_addf(x, "      <model type='virtio'/>\n      <driver name='%s'/>%s\n    </interface>\n", s->vhost ? "vhost" : "qemu", address);
}

static void add_memory(struct str *x, const struct dom_spec *s)
{
	str_addf(x, "  <memory unit='b'>%" PRIu64 "</memory>\n", s->memory);
	if (s->hugepages || s->share)
		str_addf(x, "  <memoryBacking>%s<source type='memfd'/>%s</memoryBacking>\n", s->hugepages ? "<hugepages/>" : "",
		         s->share ? "<access mode='shared'/>" : "");
}

/* What virt-install gives a headless-capable q35 guest of a current distribution. */
static void add_default_devices(struct str *x, const struct dom_spec *s)
{
	str_addf(x, "    <controller type='usb' model='qemu-xhci' ports='15'/>\n    <memballoon model='virtio'/>\n"
	            "    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>\n"
	            "    <input type='tablet' bus='usb'/>\n    <video><model type='vga'/></video>\n");
	if (s->machine == DOM_Q35)
		str_addf(x, "    <controller type='pci' index='0' model='pcie-root'/>\n");
	for (int i = 0; i < DEFAULT_ROOT_PORTS && s->machine == DOM_Q35; i++)
		str_addf(x, "    <controller type='pci' model='pcie-root-port'/>\n");
}

static void add_devices(struct str *x, const struct dom_spec *s)
{
	const char *mmio = s->machine == DOM_MICROVM ? "<address type='virtio-mmio'/>" : "";
	str_addf(x, "  <devices>\n");
	if (s->default_devices)
		add_default_devices(x, s);
	else
		str_addf(x, "    <controller type='usb' model='none'/>\n    <memballoon model='none'/>\n");
	if (s->link_socket) {
		str_addf(x, "    <controller type='virtio-serial' index='0' ports='2'>%s</controller>\n", mmio);
		add_field(x, "    <channel type='unix'>\n      <source mode='connect' path='", s->link_socket, "'/>\n");
		add_field(x, "      <target type='virtio' name='", s->link_name, "'/>\n    </channel>\n");
	}
	if (s->console_log) {
		add_field(x, "    <serial type='file'>\n      <source path='", s->console_log, "'/>\n");
		str_addf(x, "      <target type='isa-serial' port='0'><model name='isa-serial'/></target>\n    </serial>\n");
	}
	if (s->marks_socket) {
		add_field(x, "    <serial type='unix'>\n      <source mode='connect' path='", s->marks_socket, "'/>\n");
		str_addf(x, "      <target type='isa-debug' port='%d'><model name='isa-debugcon'/></target>\n"
		            "      <address type='isa' iobase='0x%x'/>\n    </serial>\n", s->console_log ? 1 : 0, s->mark_port);
	}
	if (s->scratch)
		add_scratch(x, s, mmio);
	if (s->share)
		add_share(x, s, mmio);
	if (s->app)
		add_app(x, s, mmio);
	if (s->tap)
		add_network(x, s, mmio);
	str_addf(x, "  </devices>\n");
}

/* libvirt verifies the CPU by one query for each of its properties. Without this capability it takes the two that answer for all
 * of them at once. */
static void add_capabilities(struct str *x, const struct dom_spec *s)
{
	if (!s->cpu_queries)
		str_addf(x, "  <qemu:capabilities>\n    <qemu:del capability='cpu-unavailable-features'/>\n  </qemu:capabilities>\n");
}

/* Into a file by -D: in the trace option's own file the stamps would be missing. */
static void add_trace(struct str *x, const struct dom_spec *s)
{
	if (!s->trace_log)
		return;
	str_addf(x, "  <qemu:commandline>\n");
	for (const char *const *e = s->trace_events; *e; e++)
		str_addf(x, "    <qemu:arg value='-trace'/>\n    <qemu:arg value='%s'/>\n", *e);
	add_field(x, "    <qemu:arg value='-D'/>\n    <qemu:arg value='", s->trace_log, "'/>\n  </qemu:commandline>\n");
}

char *dom_xml(const struct dom_spec *s, struct err *err)
{
	cleanup(str_free) struct str x = { 0 };
	str_addf(&x, "<domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n", s->kvm ? "kvm" : "qemu");
	add_field(&x, "  <name>", s->name, "</name>\n");
	add_memory(&x, s);
	if (add_vcpus(&x, s, err) < 0)
		return NULL;
	add_boot(&x, s);
	/* acpi: the machine must be able to find its devices and to power off. */
	str_addf(&x, "  <features><acpi/></features>\n");
	add_cpu(&x, s);
	str_addf(&x, "  <clock offset='utc'/>\n"
	             "  <on_poweroff>destroy</on_poweroff>\n  <on_reboot>destroy</on_reboot>\n  <on_crash>destroy</on_crash>\n");
	add_devices(&x, s);
	add_trace(&x, s);
	add_capabilities(&x, s);
	str_addf(&x, "</domain>\n");
	return ptr_steal(&x.s);
}
