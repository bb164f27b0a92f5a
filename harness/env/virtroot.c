/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtroot.c - the root directory of libvirt's embedded QEMU driver, and the account that libvirt insists on. */
#include "env/virtroot.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/lifeline.h"
#include "base/log.h"
#include "base/str.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* stdio_handler: no virtlogd. The rest: QEMU stays in the harness's own user, cgroup and mount namespace. */
static const char conf[] =
	"stdio_handler = \"file\"\n"
	"security_driver = \"none\"\n"
	"remember_owner = 0\n"
	"dynamic_ownership = 0\n"
	"cgroup_controllers = []\n"
	"namespaces = []\n";
static const char conf_root[] = "user = \"root\"\ngroup = \"root\"\n";

/* Copy those *.xml of one directory that the other has not, or has otherwise. */
static int copy_probes(const char *from, const char *to)
{
	cleanup(dir_closep) DIR *d = opendir(from);
	if (!d)
		return -errno;
	int r = fs_mkdirs(to, 0755);
	for (struct dirent *e; r == 0 && (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		if (len < 4 || strcmp(e->d_name + len - 4, ".xml") != 0)
			continue;
		cleanup_free char *src = xasprintf("%s/%s", from, e->d_name), *dst = xasprintf("%s/%s", to, e->d_name);
		cleanup_free char *a = NULL, *b = NULL;
		size_t na, nb;
		r = fs_read(src, &a, &na);
		if (r == 0 && (fs_read(dst, &b, &nb) < 0 || na != nb || memcmp(a, b, na) != 0))
			r = fs_replace(dst, a, na, 0644);
	}
	return r;
}

/* libvirt writes and flushes a guest's state some seven times while it starts it. Its daemon does so in /run, which is memory: the
 * embedded driver shall not pay for a disk. Where the harness has no mount namespace of its own it does. */
static void keep_state_in_memory(const char *root)
{
	cleanup_free char *run = xasprintf("%s/run", root);
	if (!lifeline_is_held() || fs_mkdirs(run, 0755) < 0)
		return;
	if (mount("tmpfs", run, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64m") < 0)
		log_debugf("libvirt's state in %s stays on its disk: %s", run, strerror(errno));
}

int virtroot_make(const char *root, const char *cache, struct err *err)
{
	cleanup_free char *etc = xasprintf("%s/etc", root), *file = xasprintf("%s/qemu.conf", etc);
	cleanup_free char *probes = xasprintf("%s/cache/qemu/capabilities", root);
	cleanup_free char *text = xasprintf("%s%s", conf, geteuid() == 0 ? conf_root : "");
	int r = fs_mkdirs(etc, 0755);
	if (r == 0)
		r = fs_write(file, text, strlen(text), 0644);
	if (r < 0)
		return err_sysf(err, r, "can't write %s", file);
	keep_state_in_memory(root);
	r = copy_probes(cache, probes);
	if (r < 0 && r != -ENOENT)
		log_debugf("can't use what is kept in %s: %s", cache, strerror(-r));
	return 0;
}

void virtroot_homeless(const char *root)
{
	static const char *const xdg[] = { "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR" };
	cleanup_free char *dir = xasprintf("%s/user", root);
	fs_mkdirs(dir, 0700);
	for (size_t i = 0; i < sizeof(xdg) / sizeof(*xdg); i++)
		setenv(xdg[i], dir, 1);
}

void virtroot_keep(const char *root, const char *cache)
{
	cleanup_free char *probes = xasprintf("%s/cache/qemu/capabilities", root);
	int r = copy_probes(probes, cache);
	if (r < 0)
		log_warnf("can't keep libvirt's probe of QEMU in %s (each run will take some seconds for it): %s", cache, strerror(-r));
}

/* As root, libvirt looks up its default account before it reads in qemu.conf that another is to be used, and fails
 * without it. Only the daemon's package makes that account, and the embedded driver needs no daemon. So the look-ups of
 * this one name, and only where it does not exist, are answered with root's; these definitions take the place of the C
 * library's for the whole program. */
static const char *stand_in(const char *name)
{
	return strcmp(name, "libvirt-qemu") == 0 || strcmp(name, "qemu") == 0 ? "root" : NULL;
}

int getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t len, struct passwd **ret)
{
	static int (*real)(const char *, struct passwd *, char *, size_t, struct passwd **);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getpwnam_r");
	int r = real(name, pw, buf, len, ret);
	return !*ret && (r == 0 || r == ENOENT) && stand_in(name) ? real(stand_in(name), pw, buf, len, ret) : r;
}

int getgrnam_r(const char *name, struct group *gr, char *buf, size_t len, struct group **ret)
{
	static int (*real)(const char *, struct group *, char *, size_t, struct group **);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getgrnam_r");
	int r = real(name, gr, buf, len, ret);
	return !*ret && (r == 0 || r == ENOENT) && stand_in(name) ? real(stand_in(name), gr, buf, len, ret) : r;
}
