/* SPDX-License-Identifier: GPL-3.0-or-later */
/* beacon.c - a name that is held by a living session. */
#include "base/beacon.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int beacon_light(const char *name)
{
	/* sun_path[0] is NUL: no file. */
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	if (len > sizeof(a.sun_path) - 1)
		return -ENAMETOOLONG;
	memcpy(a.sun_path + 1, name, len);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)) == 0)
		return fd;
	int r = -errno;
	close(fd);
	return r;
}

bool beacon_is_lit(const char *name)
{
	int fd = beacon_light(name);
	if (fd >= 0)
		close(fd);
	return fd == -EADDRINUSE;
}
