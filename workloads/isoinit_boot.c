/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit_boot.c - when the kernel came how far: from its own log, asked for when nothing is timed any more. */
#include "isoinit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the kernel says when it has come so far, and our name for what has ended then. */
static const struct {
	const char *text, *name;
} landmarks[] = {
	{ "Memory: ", "setup" },                                /* page tables, memory map, allocators */
	{ "Trying to unpack rootfs image", "core" },            /* scheduler, timers, clocks, CPUs, the first devices */
	{ "Unpacking initramfs", "core" },                      /* the same of a kernel without RAM disks */
	{ "Freeing initrd memory", "unpack" },
	{ "Freeing unused kernel image (initmem)", "drivers" }, /* the rest of its own drivers; user space is next */
};
#define N_LANDMARKS (sizeof(landmarks) / sizeof(*landmarks))

/* A record is "priority,number,microseconds,flags[,…];text". */
static int64_t record_ns(const char *record, const char **text)
{
	const char *s = strchr(record, ',');
	s = s ? strchr(s + 1, ',') : NULL;
	*text = strchr(record, ';');
	if (!s || !*text)
		return -1;
	(*text)++;
	return strtoll(s + 1, NULL, 10) * 1000;
}

/* The stamps are of the log's own clock. A record of our own shows what it reads at a moment of CLOCK_BOOTTIME. */
void tell_boot(void)
{
	static const char own[] = "isoinit: now\n";     /* a record is not there before its end of line */
	char reply[512] = "", record[2048];
	int64_t seen[N_LANDMARKS] = { 0 }, now_log = -1, now = 0;
	int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		now = boot_ns();
		if (write(fd, own, strlen(own)) < 0)
			now = 0;
	}
	while (fd >= 0 && now) {
		ssize_t n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue;       /* some were overwritten meanwhile */
		if (n <= 0)
			break;
		record[n] = '\0';
		const char *text;
		int64_t ns = record_ns(record, &text);
		for (size_t i = 0; i < N_LANDMARKS && ns > 0; i++)
			if (!seen[i] && strncmp(text, landmarks[i].text, strlen(landmarks[i].text)) == 0)
				seen[i] = ns;
		if (text && strncmp(text, own, strlen(own)) == 0)
			now_log = ns;
	}
	if (fd >= 0)
		close(fd);
	size_t len = 0;
	for (size_t i = 0; i < N_LANDMARKS && now_log >= 0; i++)
		if (seen[i])
			len += (size_t)snprintf(reply + len, sizeof(reply) - len, "%s %lld\n", landmarks[i].name,
			                        (long long)(now - (now_log - seen[i])));
	/* Its clock's zero. */
	if (now_log >= 0)
		len += (size_t)snprintf(reply + len, sizeof(reply) - len, "early %lld\n", (long long)(now - now_log));
	send_frame(GUEST_BOOT_TIMES, reply, len);
}
