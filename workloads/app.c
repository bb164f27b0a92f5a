/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app.c - hand over from isoload to isoapp. */
#include "app.h"
#include "facts.h"
#include "isoapp_sha256.h"      /* made by the build from isoapp */
#include "sha256.h"
#include "timer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { ARGS_MAX = PARAMS_MAX + 8 };

/* Where isoload lies, by the path it was started by where there is no /proc. */
static void beside(char *buf, size_t size)
{
	char self[4096];
	const char *by = (const char *)getauxval(AT_EXECFN);
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0)
		self[n] = '\0';
	else
		snprintf(self, sizeof(self), "%s", by ? by : "");
	char *slash = strrchr(self, '/');
	snprintf(buf, size, "%.*sisoapp", slash ? (int)(slash + 1 - self) : 0, self);
}

static int open_app(const char *path, char *msg, size_t size)
{
	char hex[SHA256_HEX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(msg, size, "the applications' program is not in this arm: %.200s: %s", path, strerror(errno));
		return -errno;
	}
	int r = sha256_fd(fd, hex);
	if (r == 0 && strcmp(hex, ISOAPP_SHA256) != 0)
		r = -ESTALE;
	if (r == -ESTALE)
		snprintf(msg, size, "%.200s is not the program that was built with this isoload: run make again", path);
	else if (r < 0)
		snprintf(msg, size, "%.200s: %s", path, strerror(-r));
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

int app_run(const struct workload *w, char *const *args, size_t n, struct load_out *out, char *msg, size_t size)
{
	char path[4200], to[24];
	char *argv[ARGS_MAX + 4] = { (char *)"isoapp", to, (char *)w->name };
	struct load_timer timer = load_timer_measure();
	if (n > ARGS_MAX)
		return snprintf(msg, size, "too many arguments"), -E2BIG;
	memcpy(argv + 3, args, n * sizeof(*args));
	beside(path, sizeof(path));
	load_facts_write(w, &timer, out);
	int r = load_out_flush(out), fd = open_app(path, msg, size);
	if (fd < 0)
		return fd;
	if (r == 0 && fcntl(out->fd, F_SETFD, 0) < 0)
		r = -errno;
	snprintf(to, sizeof(to), "%d", out->fd);
	if (r == 0)
		r = execv(path, argv) < 0 ? -errno : 0;
	close(fd);
	snprintf(msg, size, "can't run %.200s: %s", path, strerror(-r));
	return r;
}
