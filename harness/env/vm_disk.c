/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_disk.c - the scratch directory of the driver `vm`: a disk, or a directory of the host shared by virtiofsd. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "env/guestimg.h"
#include "guestproto.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- a disk ---- */

/* A kernel may be without it, or have it forbidden. */
static int probe_io_uring(struct err *err)
{
	struct io_uring_params p = { 0 };
	cleanup(fd_closep) int fd = (int)syscall(SYS_io_uring_setup, 1, &p);
	if (fd >= 0)
		return 0;
	return err_setf(err, -ENOTSUP, "io = io_uring: this host's kernel gives none: %s%s", strerror(errno),
	                errno == EPERM ? " (sysctl kernel.io_uring_disabled)" : "");
}

/* cache=none needs O_DIRECT of the file system below. */
static void choose_mode(struct env_arm *a, struct env_facts *facts)
{
	struct dom_spec *d = &a->config.dom;
	d->scratch_cache = a->opts.cache;
	cleanup(fd_closep) int fd = open(a->disk, O_RDWR | O_DIRECT | O_CLOEXEC);
	bool direct = strcmp(a->opts.cache, "none") == 0 || strcmp(a->opts.cache, "directsync") == 0;
	if (direct && fd < 0) {
		d->scratch_cache = "writeback";
		strv_addf(&facts->warnings, "the scratch disk goes through the host's page cache: the file system of %s has no O_DIRECT", a->ctx->work);
	}
	bool native = direct && fd >= 0;
	d->scratch_io = strcmp(a->opts.io, "auto") != 0 ? a->opts.io : native ? "native" : "threads";
	if (strcmp(d->scratch_io, "native") == 0 && !native)
		d->scratch_io = "threads";
	/* libvirt gives a thread to disks on PCI only. */
	d->scratch_iothread = a->opts.iothread && d->machine != DOM_MICROVM;
}

/* A directory with what every scratch disk holds; NULL: nothing. */
static int make_content(const struct env_arm *a, char **ret, struct err *err)
{
	cleanup_free char *app = xasprintf("%s/isoapp", a->ctx->load_dir);
	if (!fs_exists(app))
		return 0;
	*ret = xasprintf("%s.files", a->disk);
	cleanup_free char *to = xasprintf("%s/" GUEST_APP, *ret);
	int r = fs_mkdirs(*ret, 0755);
	if (r == 0)
		r = fs_copy(app, to, 0755);
	return r < 0 ? err_sysf(err, r, "can't copy %s to %s", app, to) : 0;
}

static int choose_disk(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	static unsigned n;
	a->disk = xasprintf("%s/scratch-%u.ext4", a->ctx->work, n++);
	a->config.disk = a->disk;
	a->config.disk_size = a->opts.disk;
	int r = strcmp(a->opts.io, "io_uring") == 0 ? probe_io_uring(err) : 0;
	cleanup_free char *content = NULL;
	if (r == 0)
		r = make_content(a, &content, err);
	if (r == 0)
		r = guest_disk(a->disk, a->opts.disk, content, err);
	if (content)
		fs_rmtree(content);
	if (r == 0)
		choose_mode(a, facts);
	return r;
}

/* ---- a directory of the host ---- */

static int choose_share(struct env_arm *a, struct err *err)
{
	static const char *const places[] = { "/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd" };
	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !a->virtiofsd; i++)
		if (fs_is_executable(places[i]))
			a->virtiofsd = xstrdup(places[i]);
	if (!a->virtiofsd)
		return err_setf(err, -ENOTSUP, "scratch = virtiofs: there is no %s (package qemu-system-common or virtiofsd)", places[1]);
	if (virt_is_embedded(a->virt) && geteuid() != 0)
		return err_setf(err, -ENOTSUP, "scratch = virtiofs: libvirt starts virtiofsd for root only");
	a->config.dom.virtiofsd = a->virtiofsd;
	return 0;
}

int vm_choose_scratch(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	return a->opts.scratch == GUEST_SCRATCH_BY_VIRTIOFS ? choose_share(a, err) : choose_disk(a, facts, err);
}

/* The names do not matter: nothing is started. */
int vm_check_scratch(struct env_arm *a, struct err *err)
{
	struct dom_spec s = a->config.dom;
	s.name = a->ctx->id;
	s.initrd = a->initrd[GUEST_IMAGE_SCRATCH];
	s.link_name = GUEST_PORT;
	s.link_socket = s.console_log = a->ctx->work;
	*(a->virtiofsd ? &s.share : &s.scratch) = a->virtiofsd ? a->ctx->work : a->disk;
	if (!a->virtiofsd && strcmp(s.scratch_io, "io_uring") != 0)
		return 0;
	cleanup_free char *xml = dom_xml(&s, err);
	return xml ? virt_check(a->config.virt, xml, err) : -EINVAL;
}
