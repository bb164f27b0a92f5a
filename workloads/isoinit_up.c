/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit_up.c - isoinit comes up: file systems, modules, the link, the disks. */
#include "isoinit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int uevents = -1;

static void mount_or_die(const char *type, const char *dir, const char *data)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, MS_NOSUID, data) < 0 && errno != EBUSY)
		trouble("can't mount %s on %s: %s", type, dir, strerror(errno));
}

/* Kernels without pseudo terminals or without tmpfs still run everything that needs none. */
static void mount_optional(const char *type, const char *dir, const char *data)
{
	mkdir(dir, 0755);
	(void)!mount(type, dir, type, MS_NOSUID, data);
}

static void listen_for_devices(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	uevents = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (uevents >= 0 && bind(uevents, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(uevents);
		uevents = -1;
	}
}

/* The time limit is for kernels that report none. The host's deadline ends it all: here it is only said once what is missing. */
void wait_for_device(const char *what)
{
	static bool said;
	struct pollfd p = { .fd = uevents, .events = POLLIN };
	char buf[4096];
	if (poll(&p, 1, uevents >= 0 ? 200 : 5) == 0 && uevents >= 0 && !said && boot_ns() > 5000000000) {
		dprintf(STDERR_FILENO, "isoinit: still no %s: has the guest kernel its driver?\n", what);
		said = true;
	}
	while (uevents >= 0 && recv(uevents, buf, sizeof(buf), 0) > 0)
		;
}

static void load_modules(void)
{
	FILE *f = fopen(GUEST_MODULES, "re");
	char path[512];
	while (f && fgets(path, sizeof(path), f)) {
		path[strcspn(path, "\n")] = '\0';
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		/* ENODEV: a driver for what this machine has not. */
		if ((fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0) && errno != EEXIST && errno != ENODEV)
			trouble("can't load %s: %s", path, strerror(errno));
		close(fd);
	}
	if (f)
		fclose(f);
}

/* Without these no port will ever come: say so at once. */
static void need_drivers(void)
{
	bool mmio = access("/sys/bus/platform/drivers/virtio-mmio", F_OK) == 0, pci = access("/sys/bus/pci/drivers/virtio-pci", F_OK) == 0;
	const char *missing = !mmio && !pci ? "virtio_mmio or virtio_pci" :
	                      access("/sys/bus/virtio/drivers/virtio_console", F_OK) < 0 ? "virtio_console" : NULL;
	if (missing)
		trouble("the guest kernel has no driver %s: not built in, and no module of it was found on the host; keep the kernel's modules "
		        "beside it (lib/modules/RELEASE), or name another kernel with --guest-kernel", missing);
}

/* The device of the port with our name, or -1 when it is not there yet. */
static int find_port(void)
{
	DIR *d = opendir("/sys/class/virtio-ports");
	int found = -1;
	for (struct dirent *e; d && found < 0 && (e = readdir(d));) {
		char path[320], name[64] = "";
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t n = read(fd, name, sizeof(name) - 1);
		close(fd);
		name[n > 0 ? n : 0] = '\0';
		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, GUEST_PORT) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/%s", e->d_name);
		found = open(path, O_RDWR | O_CLOEXEC);
	}
	if (d)
		closedir(d);
	return found;
}

bool argument(const char *name, char *ret, size_t size)
{
	char line[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	line[n > 0 ? n : 0] = '\0';
	size_t len = strlen(name);
	for (char *save = NULL, *word = strtok_r(line, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (strncmp(word, name, len) == 0 && word[len] == '=' && strlen(word + len + 1) < size) {
			strcpy(ret, word + len + 1);
			return true;
		}
	return false;
}

/* Whether the disk with this name is the applications' root: the only one with a serial number. */
static bool is_app(const char *name)
{
	char path[64], serial[32] = "";
	snprintf(path, sizeof(path), "/sys/block/%s/serial", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, serial, sizeof(serial) - 1);
	if (fd >= 0)
		close(fd);
	serial[n > 0 ? n : 0] = '\0';
	serial[strcspn(serial, "\n")] = '\0';
	return strcmp(serial, GUEST_ROOT_SERIAL) == 0;
}

/* Of two disks the kernel calls that vda which it has found first. Where there is one only, it is not asked what it is. */
static const char *find_disk(bool app)
{
	static const char *const names[] = { "/dev/vda", "/dev/vdb" };
	bool two = access(GUEST_ROOT, F_OK) == 0;
	for (;;) {
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (access(names[i], F_OK) == 0 && (!two || is_app(names[i] + strlen("/dev/")) == app))
				return names[i];
		wait_for_device(app ? "virtio-blk disk " GUEST_ROOT_SERIAL : "virtio-blk disk for " GUEST_SCRATCH);
	}
}

static void mount_app(void)
{
	if (access(GUEST_ROOT, F_OK) < 0)
		return;
	if (mount(find_disk(true), GUEST_ROOT, "ext4", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
		trouble("can't mount the applications' root as ext4: %s (has the guest kernel ext4 and virtio-blk?)", strerror(errno));
}

static void mount_scratch(void)
{
	char type[16];
	struct stat st;
	if (access(GUEST_SCRATCH, F_OK) < 0)
		return;
	if (argument(GUEST_ARG_SCRATCH, type, sizeof(type)) && strcmp(type, "virtiofs") == 0) {
		if (mount(GUEST_SHARE, GUEST_SCRATCH, "virtiofs", MS_NOATIME, NULL) < 0)
			trouble("can't mount the scratch directory by virtiofs: %s (has the guest kernel virtiofs?)", strerror(errno));
		/* The mount does not wait for virtiofsd, the first question does. */
		if (stat(GUEST_SCRATCH, &st) < 0)
			trouble("virtiofsd does not serve the scratch directory: %s", strerror(errno));
		return;
	}
	if (mount(find_disk(false), GUEST_SCRATCH, "ext4", MS_NOATIME, NULL) < 0)
		trouble("can't mount the scratch disk as ext4: %s (has the guest kernel ext4 and virtio-blk?)", strerror(errno));
}

void mount_disks(void)
{
	mount_scratch();
	mount_app();
}

int come_up(void)
{
	mount_or_die("proc", "/proc", NULL);
	mount_or_die("sysfs", "/sys", NULL);
	mount_or_die("devtmpfs", "/dev", NULL);
	mount_optional("devpts", "/dev/pts", "ptmxmode=0666");
	mount_optional("tmpfs", "/tmp", "mode=1777");
	listen_for_devices();
	load_modules();
	need_drivers();
	network_up();
	int port;
	while ((port = find_port()) < 0)
		wait_for_device("virtio-serial port " GUEST_PORT);
	char hold[2];
	if (!argument(GUEST_ARG_HOLD, hold, sizeof(hold)))
		mount_disks();
	return port;
}
