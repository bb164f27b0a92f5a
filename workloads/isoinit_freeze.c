/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit_freeze.c - isoinit before its guest is saved, and after a copy of it was restored. */
#include "isoinit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_KEPT (6u << 20)          /* room for the kernel while almost all other memory is taken */

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "3", 1);
	close(fd);
}

/* Free memory holds what was there before: the boot loader's images, the initramfs. Pages of zeros take no room in the saved state
 * and no time when it is read, so have the kernel clear what is free. */
static void clear_free_memory(void)
{
	struct sysinfo s;
	if (sysinfo(&s) < 0)
		return;
	size_t free_bytes = (size_t)s.freeram * s.mem_unit;
	if (free_bytes <= MEMORY_KEPT)
		return;
	void *p = mmap(NULL, free_bytes - MEMORY_KEPT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p != MAP_FAILED)
		munmap(p, free_bytes - MEMORY_KEPT);
}

void freeze(void)
{
	if (cmd.pid)
		trouble("the host wants the guest frozen while a command runs");
	sync();
	drop_caches();
	clear_free_memory();
	send_frame(GUEST_FROZEN, NULL, 0);
}

/* Every copy has the same state of the random number generator and would go on with the same numbers: keys, addresses and names that
 * should be unlike would be alike. What the host sends is mixed in, and taken into use at once and not at the next regular time. */
static void add_entropy(const uint8_t *bytes, size_t len)
{
	struct rand_pool_info *pool = calloc(1, sizeof(*pool) + len);
	if (!pool)
		trouble("out of memory");
	pool->entropy_count = (int)(8 * len);
	pool->buf_size = (int)len;
	memcpy(pool->buf, bytes, len);
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, pool) < 0 || ioctl(fd, RNDRESEEDCRNG) < 0)
		trouble("can't give the kernel fresh random numbers: %s", strerror(errno));
	close(fd);
	free(pool);
}

void thaw(const char *data, size_t len)
{
	struct guest_thaw t;
	if (len != sizeof(t))
		trouble("the host's thaw request makes no sense");
	memcpy(&t, data, sizeof(t));
	add_entropy(t.entropy, sizeof(t.entropy));
	struct timespec now = { t.wall_ns / 1000000000, t.wall_ns % 1000000000 };
	clock_settime(CLOCK_REALTIME, &now);
	mount_disks();
}
