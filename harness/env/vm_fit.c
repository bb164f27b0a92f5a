/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_fit.c - can this guest run at all? What would end in a boot that passes its deadline without a word is said beforehand. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* What a kernel takes for itself before init runs, beside its image: the books of its memory, its first tasks and buffers. */
#define KERNEL_OWN (8u << 20)

static uint64_t mib(uint64_t bytes)
{
	return (bytes + (1 << 20) - 1) >> 20;
}

static uint64_t file_bytes(const char *path)
{
	struct stat st;
	return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

int vm_check_memory(const struct env_arm *a, struct err *err)
{
	uint64_t memory = a->config.dom.memory, image = 0, initrd = file_bytes(a->initrd[GUEST_IMAGE_SCRATCH]);
	int r = guest_kernel_top(a->config.dom.kernel, &image, err);
	if (r < 0)
		return r;
	/* The archive and what is unpacked of it are in memory together. */
	uint64_t wanted = image + 2 * initrd + KERNEL_OWN;
	if (memory >= wanted)
		return 0;
	return err_setf(err, -ENOTSUP, "memory = %" PRIu64 "MiB is too little for the guest: the kernel %s takes the first %" PRIu64
	                " MiB, the initramfs %" PRIu64 " MiB, and that twice while it is unpacked; set 'memory' in [suite] to at least %" PRIu64 "MiB",
	                memory >> 20, a->kernel.source, mib(image), mib(initrd), mib(wanted));
}

/* The guest's kernel and programs are x86-64. */
int vm_check_cpu(const struct env_arm *a, struct err *err)
{
	const char *cpu = a->opts.cpu;
	if (strcmp(cpu, "auto") == 0 || strcmp(cpu, "host-passthrough") == 0 || strcmp(cpu, "maximum") == 0)
		return 0;
	cleanup(strv_free) struct strv parts = { 0 };
	strv_split(&parts, cpu, ",");
	if (!parts.n)
		return err_setf(err, -EINVAL, "cpu = '%s': expected auto or MODEL[,-FEATURE…] of libvirt, such as qemu64", cpu);
	struct err why = { 0 };
	int has = virt_cpu_has(a->virt, parts.v[0], "lm", &why);
	if (has < 0 && has != -EOPNOTSUPP)
		return err_setf(err, -ENOTSUP, "cpu = %s: %s; expected auto or MODEL[,-FEATURE…] of libvirt, such as qemu64", cpu, why.msg);
	for (size_t i = 1; i < parts.n; i++)
		has = strcmp(parts.v[i], "lm") == 0 ? 1 : strcmp(parts.v[i], "-lm") == 0 ? 0 : has;
	return has ? 0 : err_setf(err, -ENOTSUP, "cpu = %s has no long mode (lm): the guest's 64-bit kernel can't run on it; take a 64-bit "
	                          "model such as qemu64, or auto", cpu);
}
