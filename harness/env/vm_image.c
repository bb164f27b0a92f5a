/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_image.c - the initramfs images of a vm arm: one for each set of drivers that its guests load. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "env/guestimg.h"

#include <unistd.h>

/* What a guest needs of its kernel; a driver that one of these depends on comes with it. */
static const char *const on_mmio[] = { "virtio_mmio", "virtio_console" }, *const on_pci[] = { "virtio_pci", "virtio_console" };
static const char *const disk[] = { "virtio_blk", "?crc32c_intel", "?crc32c_generic", "ext4" };
static const char *const share[] = { "virtiofs" };
static const char *const net[] = { "virtio_net" };
enum { WANTED_MAX = 12 };

struct wanted {
	const char *v[WANTED_MAX + 1];
	size_t n;
};

static void want(struct wanted *w, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n && w->n < WANTED_MAX; i++)
		w->v[w->n++] = names[i];
}

#define WANT(w, names) want(w, names, sizeof(names) / sizeof(*(names)))

static int build(const struct env_arm *a, unsigned what, const char *path, struct err *err)
{
	struct wanted w = { 0 };
	cleanup(strv_free) struct strv modules = { 0 };
	cleanup_free char *init = xasprintf("%s/isoinit", a->ctx->load_dir), *load = xasprintf("%s/isoload", a->ctx->load_dir);
	cleanup_free char *busybox = NULL;
	if (a->config.dom.machine == DOM_MICROVM)
		WANT(&w, on_mmio);
	else
		WANT(&w, on_pci);
	if (what & GUEST_IMAGE_SCRATCH && a->virtiofsd)
		WANT(&w, share);
	if ((what & GUEST_IMAGE_SCRATCH && !a->virtiofsd) || what & GUEST_IMAGE_ROOT)
		WANT(&w, disk);
	if (what & GUEST_IMAGE_NET)
		WANT(&w, net);
	int r = guest_modules(&a->kernel, w.v, &modules, err);
	if (r == 0)
		r = guest_busybox(&busybox, err);
	if (r < 0)
		return r;
	struct guest_image g = { .isoinit = init, .isoload = load, .busybox = busybox, .modules = &modules,
	                         .scratch = what & GUEST_IMAGE_SCRATCH, .root = what & GUEST_IMAGE_ROOT };
	return guest_initramfs(&g, path, err);
}

int vm_image(struct env_arm *a, unsigned what, struct err *err)
{
	static unsigned n;
	if (a->initrd[what])
		return 0;
	cleanup_free char *path = xasprintf("%s/initramfs-%u.cpio", a->ctx->work, n++);
	int r = build(a, what, path, err);
	if (r == 0)
		a->config.initrd[what] = a->initrd[what] = ptr_steal(&path);
	return r;
}

void vm_image_remove(struct env_arm *a)
{
	for (size_t i = 0; i < GUEST_IMAGES; i++) {
		if (a->initrd[i])
			unlink(a->initrd[i]);
		free(a->initrd[i]);
	}
}
