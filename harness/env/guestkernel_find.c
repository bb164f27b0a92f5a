/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestkernel_find.c - where the guest's kernel comes from: named, this host's, Debian's, or of the project's own configuration. */
#include "env/guestkernel.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DEBIAN_META "linux-image-cloud-amd64"

/* What the guest needs most: without these no kernel is of use. */
static bool fits(const struct guest_kernel *k, struct err *err)
{
	static const char *const wanted[] = { "virtio_mmio", "virtio_pci", "virtio_console", "virtio_blk", "ext4", NULL };
	cleanup(strv_free) struct strv list = { 0 };
	return guest_modules(k, wanted, &list, err) == 0;
}

static int host_kernel(const char *cache, struct guest_kernel *ret, struct err *err)
{
	struct utsname u;
	uname(&u);
	cleanup_free char *file = xasprintf("/boot/vmlinuz-%s", u.release);
	if (access(file, R_OK) < 0)
		return err_setf(err, -ENOENT, "%s can't be read", file);
	cleanup(guest_kernel_free) struct guest_kernel k = { .origin = xstrdup("this host's") };
	int r = guest_kernel_file(file, cache, &k, err);
	if (r < 0)
		return r;
	if (!k.modules)
		return err_setf(err, -ENOENT, "%s has no modules under /lib/modules", file);
	if (!fits(&k, err))
		return -ENOENT;
	*ret = k;
	k = (struct guest_kernel){ 0 };
	return 0;
}

/* The package that the meta package depends on now. */
static int debian_package(char **ret, struct err *err)
{
	char *const argv[] = { (char *)"apt-cache", (char *)"depends", (char *)"--important", (char *)DEBIAN_META, NULL };
	cleanup(proc_out_free) struct proc_out o = { 0 };
	int r = proc_run(argv, NULL, &o, err);
	if (r < 0)
		return r;
	const char *s = o.status == 0 ? strstr(o.out, "Depends: linux-image-") : NULL;
	if (!s)
		return err_setf(err, -ENOENT, "apt-cache knows no package " DEBIAN_META " (apt-get update?)");
	s += strlen("Depends: ");
	*ret = xstrndup(s, strcspn(s, " \n"));
	return 0;
}

/* The one file of dir whose name begins with prefix, as a path; NULL. */
static char *find_prefixed(const char *dir, const char *prefix)
{
	cleanup(dir_closep) DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d));)
		if (strncmp(e->d_name, prefix, strlen(prefix)) == 0)
			return xasprintf("%s/%s", dir, e->d_name);
	return NULL;
}

/* Download and unpack into tmp/root, then move it to its place in one step. */
static int debian_fetch(const char *package, const char *tmp, const char *to, struct err *err)
{
	log_infof("downloading the guest's kernel: Debian's %s (about 30 MB, once)", package);
	cleanup_free char *root = xasprintf("%s/root", tmp);
	char *const get[] = { (char *)"apt-get", (char *)"download", (char *)package, NULL };
	int r = fs_mkdirs(root, 0755);
	if (r < 0)
		return err_sysf(err, r, "can't make %s", root);
	r = proc_check(get, tmp, err);
	if (r < 0)
		return r;
	cleanup_free char *deb = find_prefixed(tmp, "linux-image-");
	char *const unpack[] = { (char *)"dpkg-deb", (char *)"-x", deb, root, NULL };
	r = deb ? proc_check(unpack, NULL, err) : err_setf(err, -ENOENT, "apt-get download left no file in %s", tmp);
	if (r < 0)
		return r;
	return rename(root, to) < 0 && errno != EEXIST && errno != ENOTEMPTY ? err_sysf(err, -errno, "can't make %s", to) : 0;
}

static int debian_kernel(const char *cache, struct guest_kernel *ret, struct err *err)
{
	cleanup_free char *guest = xasprintf("%s/guest", cache);
	int r = fs_mkdirs(guest, 0755);
	if (r < 0)
		return err_sysf(err, r, "can't make %s", guest);
	/* One that was downloaded before stays the guest's kernel: figures of two runs compare. */
	cleanup_free char *dir = find_prefixed(guest, "linux-image-");
	if (!dir) {
		cleanup_free char *package = NULL, *tmp = xasprintf("%s/fetch.XXXXXX", guest);
		r = debian_package(&package, err);
		if (r < 0)
			return r;
		dir = xasprintf("%s/%s", guest, package);
		if (!mkdtemp(tmp))
			return err_sysf(err, -errno, "can't make a directory in %s", guest);
		r = debian_fetch(package, tmp, dir, err);
		fs_rmtree(tmp);
		if (r < 0)
			return r;
	}
	cleanup_free char *boot = xasprintf("%s/boot", dir), *file = find_prefixed(boot, "vmlinuz-");
	if (!file)
		return err_setf(err, -ENOENT, "%s holds no vmlinuz; remove %s and try again", boot, dir);
	ret->origin = xasprintf("Debian's %s", strrchr(dir, '/') + 1);
	return guest_kernel_file(file, cache, ret, err);
}

int guest_kernel_find(const char *named, const char *cache, struct guest_kernel *ret, struct err *err)
{
	cleanup(guest_kernel_free) struct guest_kernel k = { 0 };
	int r;
	if (named) {
		k.origin = xstrdup("named");
		r = guest_kernel_file(named, cache, &k, err);
	} else {
		struct err why = { 0 };
		r = host_kernel(cache, &k, &why);
		if (r < 0) {
			log_debugf("this host's own kernel is not used for the guest: %s", why.msg);
			r = debian_kernel(cache, &k, err);
		}
		if (r < 0)
			err_addf(err, "; or " GUEST_KERNEL_OTHER);
	}
	if (r < 0)
		return r;
	*ret = k;
	k = (struct guest_kernel){ 0 };
	return 0;
}

int guest_kernel_tiny(const char *cache, struct guest_kernel *ret, struct err *err)
{
	cleanup_free char *guest = xasprintf("%s/guest", cache), *dir = find_prefixed(guest, "tiny-");
	if (!dir)
		return err_setf(err, -ENOTSUP, "kernel = tiny: there is none in %s, it was not built: run make guest-kernel (some minutes, once)", guest);
	cleanup_free char *file = xasprintf("%s/vmlinux", dir), *about = xasprintf("%s/origin", dir), *origin = fs_read_line(about);
	cleanup(guest_kernel_free) struct guest_kernel k = { .origin = xstrdup(origin ? origin : "own configuration") };
	int r = guest_kernel_file(file, cache, &k, err);
	if (r == 0 && !k.pvh)
		r = err_setf(err, -EINVAL, "%s has no PVH entry", file);
	if (r < 0)
		return err_wrapf(err, "kernel = tiny: remove %s and run make guest-kernel", dir);
	*ret = k;
	k = (struct guest_kernel){ 0 };
	return 0;
}
