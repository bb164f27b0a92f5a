/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_kernel.c - attempts at what belongs to the whole machine: /proc/sys, modules, the clock, the log, its end. */
#include "escape_try.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

/* An errno that is given only behind the check of the right: it was permitted. */
static int permitted_at(int r, int errno_behind)
{
	return r == -errno_behind ? escape_got("permitted: it got as far as %s", strerrorname_np(errno_behind)) : r;
}

static int core_pattern(const struct escape_facts *f)
{
	(void)f;
	return escape_rewrite("/proc/sys/kernel/core_pattern");
}

static int sysctl_write(const struct escape_facts *f)
{
	(void)f;
	return escape_rewrite("/proc/sys/vm/swappiness");
}

static int sysfs_write(const struct escape_facts *f)
{
	(void)f;
	return escape_rewrite("/sys/kernel/rcu_expedited");
}

static int uevent_helper(const struct escape_facts *f)
{
	(void)f;
	return escape_rewrite("/sys/kernel/uevent_helper");
}

/* h: help, a list of keys in the kernel's log. */
static int sysrq(const struct escape_facts *f)
{
	(void)f;
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
	return escape_call(fd < 0 ? -1 : write(fd, "h", 1));
}

/* All segments and flags are wrong: nothing can be loaded. */
static int kexec(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(syscall(SYS_kexec_load, 0UL, 1000000UL, NULL, 0xfff0UL)), EINVAL);
}

static int kexec_file(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, 0xfff0UL)), EINVAL);
}

static int module_load(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(syscall(SYS_init_module, "", 0UL, "")), ENOEXEC);
}

static int module_file(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(syscall(SYS_finit_module, -1, "", 0)), EBADF);
}

static int module_unload(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(syscall(SYS_delete_module, "isocost_no_such_module", O_NONBLOCK)), ENOENT);
}

static int read_log(const struct escape_facts *f)
{
	char buf[64];
	(void)f;
	return escape_call(klogctl(3 /* read all */, buf, sizeof(buf)));
}

static int wrong_reboot(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(syscall(SYS_reboot, 0, 0, 0, NULL)), EINVAL);
}

static int swap_nothing(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(swapon("/no/such/isocost/swap", 0)), ENOENT);
}

static int account_nothing(const struct escape_facts *f)
{
	(void)f;
	return permitted_at(escape_call(acct("/no/such/isocost/file")), ENOENT);
}

/* No time and no zone: asks for the right, sets nothing. */
static int set_time(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_settimeofday, NULL, NULL));
}

/* The estimated error that the clock has already. */
static int adjust_clock(const struct escape_facts *f)
{
	struct timex t = { 0 };
	(void)f;
	if (adjtimex(&t) < 0)
		return -errno;
	t.modes = ADJ_ESTERROR;
	return escape_call(adjtimex(&t));
}

static int set_hostname(const struct escape_facts *f)
{
	char name[65] = "";
	if (gethostname(name, sizeof(name) - 1) < 0 || sethostname(name, strlen(name)) < 0)
		return -errno;
	return escape_in_namespace("uts", f->uts) ? 0 : escape_kept("only the name of its own namespace");
}

/* ---- what is masked ---- */

static int read_something(const char *path)
{
	char buf[256];
	int n = escape_read(path, buf, sizeof(buf));
	return n == 0 ? escape_kept("%s is empty", path) : n < 0 ? n : escape_got("read %s", path);
}

static int proc_keys(const struct escape_facts *f)
{
	(void)f;
	return read_something("/proc/keys");
}

static int proc_kcore(const struct escape_facts *f)
{
	(void)f;
	return read_something("/proc/kcore");
}

static int proc_timers(const struct escape_facts *f)
{
	(void)f;
	return read_something("/proc/timer_list");
}

static int proc_interrupts(const struct escape_facts *f)
{
	(void)f;
	return read_something("/proc/interrupts");
}

static int sys_firmware(const struct escape_facts *f)
{
	int n = 0;
	(void)f;
	DIR *d = opendir("/sys/firmware");
	if (!d)
		return -errno;
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n ? escape_got("%d entries", n) : escape_kept("/sys/firmware is empty");
}

/* Addresses of the kernel; without the right to them they read as zeros. */
static int kallsyms(const struct escape_facts *f)
{
	char buf[64];
	(void)f;
	int n = escape_read("/proc/kallsyms", buf, sizeof(buf));
	return n < 0 ? n : strtoull(buf, NULL, 16) ? 0 : -EACCES;
}

const struct escape escape_kernel[] = {
	{ "core-pattern", "write the command that the kernel runs as root at a crash", "read-only /proc", ESCAPE_KERNEL,
	  { EROFS, EACCES }, .run = core_pattern },
	{ "sysctl", "write a sysctl of the whole machine", "read-only /proc", ESCAPE_KERNEL, { EROFS, EACCES }, .run = sysctl_write },
	{ "sysfs", "write a switch of the kernel in /sys", "read-only /sys", ESCAPE_KERNEL, { EROFS, EACCES, ENOENT },
	  .path = "/sys/kernel/rcu_expedited", .run = sysfs_write },
	{ "uevent-helper", "write the command that the kernel runs at a device's event", "read-only /sys", ESCAPE_KERNEL,
	  { EROFS, EACCES, ENOENT }, .path = "/sys/kernel/uevent_helper", .run = uevent_helper },
	{ "sysrq", "give the kernel a SysRq key (h, help)", "read-only /proc", ESCAPE_KERNEL, { EROFS, EACCES },
	  .path = "/proc/sysrq-trigger", .run = sysrq },
	{ "kexec", "load a kernel (none is given)", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_BOOT, .run = kexec },
	{ "kexec-file", "load a kernel from a file (none is given)", "filter, capability", ESCAPE_KERNEL, { EPERM },
	  .cap = CAP_SYS_BOOT, .run = kexec_file },
	{ "module-load", "load a module (an empty one)", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_MODULE,
	  .run = module_load },
	{ "module-file", "load a module from a file (none is given)", "filter, capability", ESCAPE_KERNEL, { EPERM },
	  .cap = CAP_SYS_MODULE, .run = module_file },
	{ "module-unload", "unload a module (one that does not exist)", "filter, capability", ESCAPE_KERNEL, { EPERM },
	  .cap = CAP_SYS_MODULE, .run = module_unload },
	{ "kernel-log", "read the kernel's log", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYSLOG, .run = read_log },
	{ "reboot", "reboot (with a wrong magic number)", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_BOOT,
	  .run = wrong_reboot },
	{ "swapon", "add swap space (a file that does not exist)", "filter, capability", ESCAPE_KERNEL, { EPERM },
	  .cap = CAP_SYS_ADMIN, .run = swap_nothing },
	{ "acct", "switch on process accounting (to a file that can't be)", "filter, capability", ESCAPE_KERNEL, { EPERM },
	  .cap = CAP_SYS_PACCT, .run = account_nothing },
	{ "settimeofday", "set the time (to none)", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_TIME, .run = set_time },
	{ "adjtimex", "adjust the clock (by what it has)", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_TIME,
	  .run = adjust_clock },
	{ "sethostname", "set the machine's name (to what it is)", "filter, capability, uts namespace", ESCAPE_KERNEL, { EPERM },
	  .run = set_hostname },
	{ "proc-keys", "read /proc/keys", "mask", ESCAPE_KERNEL, { EACCES }, .path = "/proc/keys", .run = proc_keys },
	{ "proc-kcore", "read the kernel's memory in /proc/kcore", "mask, capability", ESCAPE_KERNEL, { EPERM, EACCES },
	  .cap = CAP_SYS_RAWIO, .path = "/proc/kcore", .run = proc_kcore },
	{ "proc-timer-list", "read the kernel's timers in /proc/timer_list", "mask", ESCAPE_KERNEL, { EACCES, EPERM },
	  .path = "/proc/timer_list", .run = proc_timers },
	{ "proc-interrupts", "read the host's interrupts in /proc/interrupts", "mask", ESCAPE_KERNEL, { EACCES },
	  .path = "/proc/interrupts", .run = proc_interrupts },
	{ "sys-firmware", "list the host's firmware tables in /sys/firmware", "mask", ESCAPE_KERNEL, { ENOENT, EACCES },
	  .path = "/sys/firmware", .run = sys_firmware },
	{ "kallsyms", "learn where the kernel lies in memory", "capability", ESCAPE_KERNEL, { EACCES }, .cap = CAP_SYSLOG,
	  .path = "/proc/kallsyms", .run = kallsyms },
	{ 0 },
};
