/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_tune.c - choices of the driver `vm` that depend on the host: machine, firmware, memory, threads, command line. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/kernelmark.h"
#include "env/tsc.h"
#include "guestproto.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QBOOT "/usr/share/qemu/qboot.rom"
#define HUGE_FREE "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
#define HUGE_BYTES (2u << 20)

int vm_choose_boot(struct env_arm *a, struct err *err)
{
	const struct guest_kernel *k = &a->kernel;
	if (a->opts.boot == GUEST_BOOT_PVH && !k->pvh)
		return err_setf(err, -ENOTSUP, "boot = pvh: the kernel %s has no PVH entry", k->source);
	if (a->opts.boot == GUEST_BOOT_BZIMAGE && !k->bzimage)
		return err_setf(err, -ENOTSUP, "boot = bzimage: the kernel %s is no bzImage", k->source);
	a->config.dom.kernel = a->opts.boot == GUEST_BOOT_BZIMAGE ? k->source : k->boot;
	return 0;
}

static bool by_pvh(const struct env_arm *a)
{
	return a->kernel.pvh && a->opts.boot != GUEST_BOOT_BZIMAGE;
}

/* Under a name that tells what it was made of, so that a run that uses it never sees another. */
static int keep_marked(struct env_arm *a, const char *elf, size_t len, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/guest/vmlinux-%s-%c", a->ctx->cache, a->kernel.hash, GUEST_MARK_KERNEL);
	struct stat st;
	int r = 0;
	if (stat(path, &st) < 0 || (size_t)st.st_size != len)
		r = fs_replace(path, elf, len, 0644);
	if (r < 0)
		return err_sysf(err, r, "can't write %s", path);
	a->marked = ptr_steal(&path);
	a->config.dom.kernel = a->marked;
	return 0;
}

int vm_mark_kernel(struct env_arm *a, struct err *err)
{
	if (!by_pvh(a))
		return 0;
	cleanup_free char *elf = NULL;
	size_t len;
	struct err why = { 0 };
	int r = fs_read(a->config.dom.kernel, &elf, &len);
	if (r < 0)
		return err_sysf(err, r, "can't read %s", a->config.dom.kernel);
	if (kernelmark_entry(elf, len, GUEST_MARK_PORT, GUEST_MARK_KERNEL, &why) == 0)
		return keep_marked(a, elf, len, err);
	log_debugf("%s can't be made to say when it is entered: %s", a->config.dom.kernel, why.msg);
	return 0;
}

static int choose_machine(struct env_arm *a, struct err *err)
{
	const struct guest_opts *o = &a->opts;
	bool qboot = fs_exists(QBOOT) && o->firmware != GUEST_FIRMWARE_SEABIOS;
	if (o->firmware == GUEST_FIRMWARE_QBOOT && !qboot)
		return err_setf(err, -ENOTSUP, "firmware = qboot: there is no " QBOOT " (package qemu-system-data)");
	bool possible = qboot && by_pvh(a) && virt_has_machine(a->virt, "microvm");
	if (o->machine == GUEST_MACHINE_MICROVM && !possible)
		return err_setf(err, -ENOTSUP, "machine = microvm needs a QEMU that has it, " QBOOT " and a kernel with a PVH entry");
	bool mmio = o->machine == GUEST_MACHINE_MICROVM || (o->machine == GUEST_MACHINE_AUTO && possible);
	a->config.dom.machine = mmio ? DOM_MICROVM : o->machine == GUEST_MACHINE_PC ? DOM_PC : DOM_Q35;
	a->config.dom.firmware = qboot ? QBOOT : NULL;
	return 0;
}

/* ---- memory and threads ---- */

static int choose_memory(struct env_arm *a, struct err *err)
{
	uint64_t memory = a->ctx->envelope.memory, pages = 0;
	cleanup_free char *line = fs_read_line(HUGE_FREE);
	bool enough = line && parse_u64(line, &pages) == 0 && pages >= (memory + HUGE_BYTES - 1) / HUGE_BYTES;
	if (a->opts.hugepages == GUEST_ON && !enough)
		return err_setf(err, -ENOTSUP, "hugepages = on: the host has %" PRIu64 " free huge pages of 2 MiB, the guest needs %" PRIu64
		                " (sysctl vm.nr_hugepages)", pages, memory / HUGE_BYTES);
	a->config.dom.hugepages = a->opts.hugepages != GUEST_OFF && enough;
	return 0;
}

/* The CPUs that are neither the envelope's nor the first of the others, where the harness is; as a list, or NULL: none. */
static char *spare_cpus(const struct envelope *e)
{
	unsigned taken[CPU_SETSIZE];
	int n = dom_cpu_list(e->cpu_list, taken, CPU_SETSIZE);
	cpu_set_t rest;
	if (n < 0 || n > CPU_SETSIZE || sched_getaffinity(0, sizeof(rest), &rest) < 0)
		return NULL;
	for (int i = 0; i < n; i++)
		if (taken[i] < CPU_SETSIZE)
			CPU_CLR(taken[i], &rest);
	struct str list = { 0 };
	bool first = true;
	for (unsigned c = 0; c < CPU_SETSIZE; c++) {
		if (!CPU_ISSET(c, &rest))
			continue;
		if (!first)
			str_addf(&list, "%s%u", list.len ? "," : "", c);
		first = false;
	}
	return list.s;
}

static int choose_emulator(struct env_arm *a, struct err *err)
{
	if (a->opts.emulator == GUEST_EMULATOR_SHARED)
		return 0;
	a->emulator_list = spare_cpus(&a->ctx->envelope);
	if (a->opts.emulator == GUEST_EMULATOR_APART && !a->emulator_list)
		return err_setf(err, -ENOTSUP, "emulator = apart: beside the arms' CPUs (%s) and one for the harness this host has none to spare",
		                a->ctx->envelope.cpu_list);
	a->config.dom.emulator_list = a->emulator_list;
	return 0;
}

int vm_choose_hardware(struct env_arm *a, struct err *err)
{
	int r = choose_machine(a, err);
	if (r == 0)
		r = choose_memory(a, err);
	return r < 0 ? r : choose_emulator(a, err);
}

/* ---- command line ---- */

void vm_make_cmdline(struct env_arm *a)
{
	struct str b = { 0 };
	/* panic=-1: a panic ends the machine at once. */
	str_addf(&b, "quiet panic=-1 console=ttyS0");
	/* The crypto self-tests and the timer check cost guest time and test nothing here. */
	if (a->opts.tuned_args)
		str_addf(&b, " cryptomgr.notests no_timer_check");
	/* With the TSC's rate known the guest needs no calibration, which hangs at times without a PIT. Its watchdog compares
	 * the TSC with timer interrupts, which come late when the host is busy, and would then go on with a clock of 4 ms steps
	 * that loses time: the host's kernel has watched the TSC already. */
	if (a->opts.tuned_args || a->config.dom.machine == DOM_MICROVM)
		str_addf(&b, " tsc_early_khz=%" PRIu64 "%s", tsc_khz(), tsc_is_steady() ? " tsc=reliable" : "");
	if (!a->opts.mitigations)
		str_addf(&b, " mitigations=off");
	if (*a->opts.cmdline)
		str_addf(&b, " %s", a->opts.cmdline);
	a->cmdline = b.s;
	a->hold_cmdline = xasprintf("%s " GUEST_ARG_HOLD "=1", a->cmdline);
	a->config.dom.cmdline = a->cmdline;
}
