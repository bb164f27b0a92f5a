/* SPDX-License-Identifier: GPL-3.0-or-later */
/* syscall_io.c - the cheapest I/O: read one byte of /dev/zero, through the file layer to a driver and back. */
#include "load.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { CHECKED = 1000 };

static int read_n(void *arg, uint64_t n)
{
	const int *fd = arg;
	int wrong = 0;
	for (uint64_t i = 0; i < n; i++) {
		unsigned char byte = 0xff;      /* a read that writes nothing is found out */
		wrong |= (read(*fd, &byte, 1) != 1) | byte;
	}
	return wrong ? -EIO : 0;
}

static int check(struct load *l, int fd)
{
	unsigned char bytes[CHECKED];
	memset(bytes, 0xff, sizeof(bytes));
	for (size_t i = 0; i < CHECKED; i++) {
		ssize_t n = read(fd, bytes + i, 1);
		if (n != 1)
			return load_failf(l, n < 0 ? errno : EIO, "read of /dev/zero: %s", n < 0 ? strerror(errno) : "nothing came");
		if (bytes[i])
			return load_failf(l, EIO, "/dev/zero gave %#x: it is no zero device", bytes[i]);
	}
	load_digest(l, bytes, sizeof(bytes));
	return 0;
}

static int run(struct load *l)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return load_cannotf(l, "/dev/zero: %s; this arm needs it in /dev", strerror(errno));
	int r = check(l, fd);
	if (r == 0)
		r = load_loop(l, "time", read_n, &fd, 1);
	close(fd);
	return r == -EIO ? load_failf(l, EIO, "a read of /dev/zero failed, or gave something else than a zero") : r;
}

const struct workload workload_syscall_io = {
	.name = "syscall-io",
	.resource = "kernel",
	.what = "reads of one byte from /dev/zero",
	.teaches = "The price of a system call that does something: the same entry and the same filter as the cheapest one, beside more "
	           "work, so that what isolation adds is a smaller part of it.",
	.metrics = { { "time", "s", BETTER_LOWER, "one read of one byte" } },
	.params = { LOAD_LOOP_PARAMS },
	.run = run,
};
