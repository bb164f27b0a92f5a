/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestend.c - the end of a guest: it powers off, or is destroyed, and nothing is left of it. */
#include "env/guest_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/virtloop.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POWEROFF_NS (10 * CLK_S)        /* how long a guest may take to power off; it is destroyed after that */

/* Ask it to power off and see it happen. Returns when QEMU's process ended, 0 when it did not in time. */
static int64_t power_off(struct guest *g)
{
	int64_t deadline = clk_now() + POWEROFF_NS;
	if (guestlink_send(&g->link, GUEST_POWEROFF, NULL, 0, deadline) < 0)
		return 0;
	while (clk_now() < deadline) {
		struct pollfd p[] = { { .fd = g->pidfd, .events = POLLIN }, { .fd = g->marks_fd, .events = POLLIN } };
		if (poll(p, 2, clk_poll_ms(deadline)) < 0)
			continue;
		if (p[1].revents)
			guest_read_marks(g);
		if (p[0].revents)
			return clk_now();
		if (g->pidfd < 0 && g->marks_fd < 0)
			return 0;
	}
	log_warnf("guest %s did not power off within %lld s and is destroyed", g->name, POWEROFF_NS / CLK_S);
	g->failed = true;
	return 0;
}

/* When QEMU's process ended; 0: it did not within ms, or is not known. */
static int64_t wait_exit(struct guest *g, int ms)
{
	struct pollfd p = { .fd = g->pidfd, .events = POLLIN };
	return g->pidfd >= 0 && poll(&p, 1, ms) > 0 ? clk_now() : 0;
}

/* Returns when nothing of the machine was left. */
static int64_t vm_free(struct guest *g)
{
	struct guestvm *vm = ptr_steal(&g->vm);
	return vm ? vm->ops->stop(vm) : 0;
}

static void stop_vm(struct guest *g)
{
	bool bare = g->c->bare;
	guest_keep_line(g);
	if (!g->dead && !bare && !g->state && g->phases != &g->unread)
		guest_boot_times(g);
	int64_t exited = g->dead || bare ? wait_exit(g, 0) : power_off(g);
	int64_t shutdown = guest_times(g).shutdown_ns;
	struct virt_watch *watch = !exited && g->pidfd >= 0 ? virt_watch_new(g->pidfd) : NULL;
	int64_t gone = vm_free(g);
	if (watch)
		exited = virt_watch_ns(watch);
	virt_watch_free(watch);
	if (!exited)
		exited = wait_exit(g, 1000);
	if (!exited && g->pidfd >= 0)
		log_warnf("QEMU's process %d of guest %s still runs", (int)g->pid, g->name);
	if (g->poweroff_ns || shutdown)
		phases_mark(g->phases, "poweroff", g->poweroff_ns ? g->poweroff_ns : shutdown);
	if (exited)
		phases_mark(g->phases, "exit", exited);
	phases_mark(g->phases, "destroyed", gone > exited ? gone : exited);
}

void guest_stop(struct guest *g)
{
	if (!g)
		return;
	if (g->running)
		stop_vm(g);
	else
		vm_free(g);
	if (g->console)
		guest_keep_console(g);
	guest_keep_xml(g);
	guest_keep_calls(g);
	if (g->hub && g->tap.ifindex)
		nethub_tap_remove(g->hub, &g->tap);
	guestlink_free(&g->link);
	if (g->marks_fd >= 0)
		close(g->marks_fd);
	if (g->pidfd >= 0)
		close(g->pidfd);
	int r = g->dir ? fs_rmtree(g->dir) : 0;
	if (r < 0)
		log_warnf("can't remove %s: %s", g->dir, strerror(-r));
	free(g->name);
	free(g->dir);
	free(g->console);
	free(g->xml);
	free(g->trace);
	strv_free(&g->vars);
	free(g);
}
