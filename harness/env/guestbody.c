/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestbody.c - what a guest is on the host: QEMU, the files that it boots from, what it took. */
#include "env/guest_priv.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "env/procmem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int guest_body(const struct guest *g, struct env_body *ret, struct err *err)
{
	const struct dom_spec *d = &g->c->dom;
	if (!g->pid)
		return err_setf(err, -ESRCH, "QEMU's process is not known: a libvirt daemon started it out of sight");
	body_add_tree(ret, g->pid);
	ret->guest_ram = d->memory;
	footprint_miss(&ret->known, FOOTPRINT_KERNEL, "QEMU is in no control group of the harness");
	body_add_file(ret, d->kernel);
	body_add_file(ret, d->firmware);
	body_add_file(ret, guest_initrd(g));
	cleanup_free char *disk = g->scratch && !d->virtiofsd ? xasprintf("%s/scratch", g->dir) : NULL;
	body_add_file(ret, disk);
	return 0;
}

/* Since Linux 6.4 a vhost worker is a thread of the process that asked for it; before, it was the kernel's, and its time nobody's. */
static bool has_vhost_thread(pid_t pid)
{
	cleanup_free char *tasks = xasprintf("/proc/%d/task", (int)pid);
	cleanup(dir_closep) DIR *d = opendir(tasks);
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *path = xasprintf("%s/%s/comm", tasks, e->d_name);
		cleanup_free char *comm = *e->d_name == '.' ? NULL : fs_read_line(path);
		if (comm && strncmp(comm, "vhost-", 6) == 0)
			return true;
	}
	return false;
}

int guest_cpu(struct guest *g, double *ret_s, struct err *err)
{
	uint64_t memory;
	if (g->scratch && g->c->dom.virtiofsd)
		return err_setf(err, -ENOTSUP, "virtiofsd works for the guest beside QEMU, out of sight");
	if (!g->pid)
		return g->vm->ops->usage(g->vm, &memory, ret_s) < 0 ? err_setf(err, -ENOTSUP, "QEMU's process is not known") : 0;
	if (g->hub && g->c->dom.vhost && !has_vhost_thread(g->pid))
		return err_setf(err, -ENOTSUP, "the kernel's vhost thread moves packets for the guest, and is not among QEMU's before Linux 6.4");
	int r = procmem_cpu_s(&g->pid, 1, ret_s);
	return r < 0 ? err_sysf(err, r, "can't tell the CPU time of QEMU, process %d", (int)g->pid) : 0;
}

int guest_footprint(struct guest *g, struct footprint *ret, struct err *err)
{
	/* A daemon's QEMU is not in our PID namespace. */
	if (!g->pid)
		return g->vm->ops->usage(g->vm, &ret->memory_peak, &ret->cpu_s) < 0 ? err_setf(err, -ESRCH, "QEMU's process is not known") : 0;
	cleanup_free char *status = xasprintf("/proc/%d/status", (int)g->pid), *stat = xasprintf("/proc/%d/stat", (int)g->pid);
	cleanup_free char *text = NULL, *line = NULL;
	int r = fs_read(status, &text, NULL);
	if (r == 0)
		r = fs_read(stat, &line, NULL);
	if (r < 0)
		return err_sysf(err, r, "can't read %s", status);
	const char *hwm = strstr(text, "VmHWM:"), *paren = strrchr(line, ')');
	unsigned long long utime, stime;
	/* Behind the name in parentheses: state, ten numbers, utime, stime. */
	if (!paren || sscanf(paren + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &utime, &stime) != 2)
		return err_setf(err, -EPROTO, "%s has an unknown form", stat);
	ret->memory_peak = hwm ? strtoull(hwm + strlen("VmHWM:"), NULL, 10) * 1024 : 0;
	ret->cpu_s = (double)(utime + stime) / (double)sysconf(_SC_CLK_TCK);
	return 0;
}
