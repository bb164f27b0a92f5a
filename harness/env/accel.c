/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accel.c - what accelerates the guest: found out by trying. */
#include "env/accel.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>

/* A distribution's kernel reaches init in well under 3 s where KVM is of use. */
#define TRIAL_NS (5 * CLK_S)

void accel_free(struct accel *a)
{
	free(a->why);
	*a = (struct accel){ 0 };
}

const char *accel_name(const struct accel *a)
{
	return !a->kvm ? ACCEL_TCG_NAME : a->hardware ? ACCEL_KVM_HW : ACCEL_KVM_NO_HW;
}

const char *accel_short(const struct accel *a)
{
	return !a->kvm ? "TCG" : a->hardware ? "KVM" : "KVM, no hw";
}

bool accel_has_hardware(void)
{
	if (fs_exists("/sys/module/kvm_intel") || fs_exists("/sys/module/kvm_amd"))
		return true;
	cleanup_free char *text = NULL;
	if (fs_read("/proc/cpuinfo", &text, NULL) < 0)
		return false;
	const char *flags = strstr(text, "\nflags");
	if (!flags)
		return false;
	cleanup_free char *line = xstrndup(flags + 1, strcspn(flags + 1, "\n"));
	cleanup(strv_free) struct strv words = { 0 };
	strv_split(&words, line, " \t");
	return strv_has(&words, "vmx") || strv_has(&words, "svm");
}

/* ---- three instructions ---- */

struct micro {
	int kvm, vm, cpu;
	void *mem;
	struct kvm_run *run;
	size_t run_size;
};

#define MICRO_MEM 4096
#define MICRO_PORT 0xe9

static void micro_end(struct micro *m)
{
	if (m->run && m->run != MAP_FAILED)
		munmap(m->run, m->run_size);
	fd_closep(&m->cpu);
	fd_closep(&m->vm);
	fd_closep(&m->kvm);
	if (m->mem && m->mem != MAP_FAILED)
		munmap(m->mem, MICRO_MEM);
}

static int micro_make(struct micro *m, struct err *err)
{
	m->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (m->kvm < 0 && errno == EACCES)
		return err_setf(err, -ENOTSUP, "/dev/kvm may not be opened by this user (group kvm)");
	if (m->kvm < 0)
		return err_setf(err, -ENOTSUP, "/dev/kvm can't be opened: %s", strerror(errno));
	m->vm = ioctl(m->kvm, KVM_CREATE_VM, 0);
	if (m->vm < 0)
		return err_setf(err, -ENOTSUP, "KVM makes no virtual machine: %s", strerror(errno));
	m->mem = mmap(NULL, MICRO_MEM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region r = { .memory_size = MICRO_MEM, .userspace_addr = (uintptr_t)m->mem };
	if (m->mem == MAP_FAILED || ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &r) < 0)
		return err_setf(err, -ENOTSUP, "KVM takes no guest memory: %s", strerror(errno));
	m->cpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
	int size = ioctl(m->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (m->cpu < 0 || size < 0)
		return err_setf(err, -ENOTSUP, "KVM makes no vCPU: %s", strerror(errno));
	m->run_size = (size_t)size;
	m->run = mmap(NULL, m->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, m->cpu, 0);
	return m->run == MAP_FAILED ? err_setf(err, -ENOTSUP, "KVM's vCPU can't be mapped: %s", strerror(errno)) : 0;
}

/* In real mode at address 0: mov $'K', %al; out %al, $MICRO_PORT; hlt */
static int micro_load(struct micro *m, struct err *err)
{
	static const unsigned char code[] = { 0xb0, 'K', 0xe6, MICRO_PORT, 0xf4 };
	memcpy(m->mem, code, sizeof(code));
	struct kvm_sregs s;
	struct kvm_regs regs = { .rflags = 2 };
	if (ioctl(m->cpu, KVM_GET_SREGS, &s) < 0)
		return err_setf(err, -ENOTSUP, "KVM shows no registers: %s", strerror(errno));
	s.cs.base = s.cs.selector = 0;
	if (ioctl(m->cpu, KVM_SET_SREGS, &s) < 0 || ioctl(m->cpu, KVM_SET_REGS, &regs) < 0)
		return err_setf(err, -ENOTSUP, "KVM takes no registers: %s", strerror(errno));
	return 0;
}

int accel_kvm_runs(struct err *err)
{
	cleanup(micro_end) struct micro m = { .kvm = -1, .vm = -1, .cpu = -1 };
	int r = micro_make(&m, err);
	if (r == 0)
		r = micro_load(&m, err);
	bool seen = false;
	while (r == 0) {
		if (ioctl(m.cpu, KVM_RUN, 0) < 0 && errno != EINTR)
			return err_setf(err, -ENOTSUP, "KVM runs no instruction: %s", strerror(errno));
		if (m.run->exit_reason == KVM_EXIT_HLT)
			return seen ? 0 : err_setf(err, -ENOTSUP, "KVM's guest halted without its output");
		if (m.run->exit_reason != KVM_EXIT_IO || seen)
			return err_setf(err, -ENOTSUP, "KVM's guest left with exit reason %u instead of its output", m.run->exit_reason);
		seen = m.run->io.port == MICRO_PORT && *((char *)m.run + m.run->io.data_offset) == 'K';
	}
	return r;
}

/* ---- a Linux guest ---- */

/* What the finding depends on: another boot, kernel, QEMU or way to boot is another trial. */
static char *trial_key(const struct guest_config *c, const struct guest_kernel *k, const char *qemu)
{
	struct utsname u;
	uname(&u);
	cleanup_free char *boot = fs_read_line("/proc/sys/kernel/random/boot_id");
	return xasprintf("%s|%s|%s|%s|%d|%s|%s", k->hash, u.release, boot ? boot : "", qemu, (int)c->dom.machine, c->dom.cpu, c->dom.cmdline);
}

/* The file has two lines: what it depends on; "kvm" or why not. Returns false when it tells nothing of this key. */
static bool recall(const char *file, const char *key, bool *ret_kvm, char **ret_why)
{
	cleanup_free char *text = NULL;
	if (fs_read(file, &text, NULL) < 0)
		return false;
	size_t n = strlen(key);
	if (strncmp(text, key, n) != 0 || text[n] != '\n')
		return false;
	const char *rest = str_trim(text + n + 1);
	*ret_kvm = strcmp(rest, "kvm") == 0;
	*ret_why = xstrdup(rest);
	return *rest != '\0';
}

static void remember(const char *file, const char *key, bool kvm, const char *why)
{
	cleanup_free char *text = xasprintf("%s\n%s\n", key, kvm ? "kvm" : why);
	int r = fs_replace(file, text, strlen(text), 0644);
	if (r < 0)
		log_warnf("can't keep in %s whether KVM works: %s", file, strerror(-r));
}

/* 0: booted by KVM; why is malloc'd when it did not. -EINTR ends it all. */
static int try_linux(const struct guest_config *trial, bool *ret_kvm, char **ret_why, struct err *err)
{
	struct guest_config c = *trial;
	struct phases phases = { .start_ns = clk_now() };
	struct env_spec spec = { .phases = &phases };
	struct err why = { 0 };
	struct guest *g = NULL;
	c.boot_ns = TRIAL_NS;
	log_debugf("trying whether KVM boots the guest's kernel here");
	int r = guest_start(&c, &spec, &g, &why);
	if (r == -EINTR)
		return err_setf(err, r, "%s", why.msg);
	guest_stop(g);
	*ret_kvm = r == 0;
	/* Its first line says it all; the console's are in ctx->keep. */
	*ret_why = xstrndup(why.msg, strcspn(why.msg, "\n"));
	return 0;
}

int accel_choose(enum accel_choice choice, const struct guest_config *trial, const struct guest_kernel *k, const char *qemu_version,
                 struct accel *ret, struct err *err)
{
	struct accel a = { .hardware = accel_has_hardware() };
	struct err why = { 0 };
	int r = choice == ACCEL_TCG ? 0 : accel_kvm_runs(&why);
	if (choice == ACCEL_KVM && r < 0)
		return err_setf(err, -ENOTSUP, "KVM was asked for and does not run here: %s (--accel tcg emulates)", why.msg);
	if (choice == ACCEL_KVM) {
		a.kvm = true;
		a.why = xstrdup("KVM, because it was asked for");
	} else if (choice == ACCEL_TCG) {
		a.why = xstrdup("TCG, because it was asked for");
	} else if (r < 0) {
		a.why = xasprintf("TCG, because %s", why.msg);
	} else {
		cleanup_free char *file = xasprintf("%s/accel-%s.txt", trial->ctx->cache, k->hash), *key = trial_key(trial, k, qemu_version);
		cleanup_free char *found = NULL;
		if (!recall(file, key, &a.kvm, &found)) {
			r = try_linux(trial, &a.kvm, &found, err);
			if (r < 0)
				return r;
			remember(file, key, a.kvm, found);
		}
		a.why = a.kvm ? xstrdup("KVM, because it booted the guest's kernel") :
		                xasprintf("TCG, because KVM is there but did not boot the guest's kernel: %s", found);
	}
	*ret = a;
	return 0;
}
