/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guest.c - one guest: from virDomainCreateXML to nothing left. */
#include "env/guest.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/sig.h"
#include "env/guest_priv.h"
#include "env/virtloop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define POWEROFF_NS (10 * CLK_S)        /* how long a guest may take to power off; it is destroyed after that */

/* ---- waiting ---- */

static void read_marks(struct guest *g)
{
	char buf[64];
	int64_t now = clk_now();
	ssize_t n = read(g->marks_fd, buf, sizeof(buf));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close(fd_steal(&g->marks_fd));
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == GUEST_MARK_KERNEL && !g->entry_ns)
			g->entry_ns = now;
		if (buf[i] == GUEST_MARK_INIT && !g->init_ns)
			g->init_ns = now;
		if (buf[i] == GUEST_MARK_POWEROFF && !g->poweroff_ns)
			g->poweroff_ns = now;
	}
}

static int ended(struct guest *g, struct err *err)
{
	g->dead = true;
	const char *why = virt_dom_times(g->dom).why;
	err_setf(err, -EPIPE, "the guest ended before its time (%s)", why ? why : "QEMU closed the connection");
	return guest_last_words(g, err);
}

int guest_wait(struct guest *g, int first, int second, int64_t deadline_ns, struct err *err)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = g->link.fd, .events = POLLIN },
			{ .fd = g->marks_fd, .events = POLLIN },
			{ .fd = sig_fd(), .events = POLLIN },
			{ .fd = virt_dom_end_fd(g->dom), .events = POLLIN },
			{ .fd = g->pidfd, .events = POLLIN },
			{ .fd = first, .events = POLLIN },
			{ .fd = second, .events = POLLIN },
		};
		int n = poll(p, sizeof(p) / sizeof(*p), clk_poll_ms(deadline_ns));
		if (n < 0 && errno != EINTR)
			return err_sysf(err, -errno, "poll");
		if (n < 0)
			continue;
		if (p[1].revents)
			read_marks(g);
		/* Before what it says: a command that never stops writing must not hide these. */
		if (p[2].revents)
			return err_setf(err, -EINTR, "interrupted");
		if (deadline_ns && clk_now() >= deadline_ns)
			return err_setf(err, -ETIMEDOUT, "the deadline passed");
		/* What it said before it ended comes first. */
		if (p[0].revents) {
			int r = guestlink_read(&g->link);
			if (r > 0)
				return 0;
			if (r != -EAGAIN)
				return ended(g, err);
		}
		if (p[3].revents || p[4].revents)
			return ended(g, err);
		if (p[5].revents || p[6].revents)
			return p[5].revents ? 1 : 2;
	}
}

/* ---- start ---- */

static char *in_dir(const struct guest *g, const char *name)
{
	return xasprintf("%s/%s", g->dir, name);
}

static int make_dir(struct guest *g, struct err *err)
{
	static unsigned n;
	g->name = xasprintf("%s-%u", g->c->ctx->id, ++n);
	g->dir = xasprintf("%s/g%u", g->c->ctx->work, n);
	g->console = in_dir(g, "console");
	if (mkdir(g->dir, 0755) < 0)
		return err_sysf(err, -errno, "can't make %s", g->dir);
	return 0;
}

/* A fresh disk: only what mkfs wrote is copied, then all of it is allocated, as files of the other arms are when written. */
static int make_disk(struct guest *g, const char *path, struct err *err)
{
	int r = fs_copy(g->c->disk, path, 0600);
	if (r < 0)
		return err_sysf(err, r, "can't copy %s to %s", g->c->disk, path);
	cleanup(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_sysf(err, -errno, "can't open %s", path);
	r = -posix_fallocate(fd, 0, (off_t)g->c->disk_size);
	return r < 0 ? err_sysf(err, r, "can't allocate %llu MiB for %s", (unsigned long long)g->c->disk_size >> 20, path) : 0;
}

static char *make_xml(struct guest *g, const char *link, const char *marks, const char *disk, struct err *err)
{
	struct dom_spec s = g->c->dom;
	s.name = g->name;
	s.initrd = g->scratch ? g->c->initrd_scratch : g->c->initrd;
	s.link_name = GUEST_PORT;
	s.link_socket = link;
	s.marks_socket = marks;
	s.mark_port = GUEST_MARK_PORT;
	s.console_log = g->console;
	s.scratch = g->scratch ? disk : NULL;
	return dom_xml(&s, err);
}

/* The listening ends; the event thread accepts while libvirt works. */
struct doors {
	struct virt_accept *link, *marks;
};

static void doors_close(struct doors *d)
{
	virt_accept_free(d->link);
	virt_accept_free(d->marks);
}

static int open_door(const char *path, struct virt_accept **ret, struct err *err)
{
	int fd = guestlink_listen(path, err);
	if (fd < 0)
		return fd;
	*ret = virt_accept_new(fd);
	return *ret ? 0 : err_setf(err, -EIO, "libvirt's event loop takes no more descriptors");
}

/* QEMU connected to the link while it was started: who is it? */
static void know_qemu(struct guest *g)
{
	struct ucred u;
	socklen_t len = sizeof(u);
	if (getsockopt(g->link.fd, SOL_SOCKET, SO_PEERCRED, &u, &len) < 0 || u.pid <= 0)
		return;
	g->pid = u.pid;
	g->pidfd = proc_pidfd(u.pid);
	if (g->pidfd < 0)
		g->pidfd = -1;
}

static int64_t boot_deadline(const struct guest *g)
{
	int64_t boot = clk_now() + g->c->boot_ns;
	return g->deadline_ns && g->deadline_ns < boot ? g->deadline_ns : boot;
}

static int create(struct guest *g, struct err *err)
{
	cleanup_free char *link = in_dir(g, "link"), *marks = in_dir(g, "marks"), *disk = in_dir(g, "disk"), *file = in_dir(g, "domain.xml");
	cleanup(doors_close) struct doors doors = { 0 };
	int r = open_door(link, &doors.link, err);
	if (r == 0)
		r = open_door(marks, &doors.marks, err);
	if (r == 0 && g->scratch)
		r = make_disk(g, disk, err);
	if (r < 0)
		return r;
	cleanup_free char *xml = make_xml(g, link, marks, disk, err);
	if (!xml)
		return -EINVAL;
	r = fs_write(file, xml, strlen(xml), 0644);
	if (r < 0)
		return err_sysf(err, r, "can't write %s", file);
	phases_mark(g->phases, "prepare", clk_now());
	virt_accept_guard(doors.link, sig_fd(), boot_deadline(g));
	r = g->state ? guest_restore(g, xml, err) : virt_dom_start(g->c->virt, g->name, xml, NULL, &g->dom, err);
	int killed = virt_accept_unguard(doors.link);
	if (killed == -EINTR)
		return err_setf(err, killed, "interrupted");
	if (killed)
		err_setf(err, killed, "libvirt did not get QEMU going in time");
	if (r < 0 || killed)
		return guest_last_words(g, err);
	int64_t t_link, t_marks;
	guestlink_init(&g->link, virt_accept_take(doors.link, &t_link));
	g->marks_fd = virt_accept_take(doors.marks, &t_marks);
	if (g->link.fd < 0)
		return err_setf(err, -EIO, "QEMU runs, but did not connect to %s", link);
	phases_mark(g->phases, "libvirt", t_link);
	know_qemu(g);
	return 0;
}

static void mark_boot(struct guest *g, const struct guest_hello *h)
{
	struct virt_times t = virt_dom_times(g->dom);
	int64_t running = t.running_ns ? t.running_ns : t.created_ns;
	/* Without the mark its time follows from the hello's, over the guest's own boot clock. */
	int64_t init = g->init_ns ? g->init_ns : g->link.t_ns - (h->hello_ns - h->init_ns);
	g->boot_offset_ns = init - h->init_ns;
	phases_mark(g->phases, "qemu", running);
	if (g->entry_ns)
		phases_mark(g->phases, "firmware", g->entry_ns);
	phases_mark(g->phases, "kernel", init);
}

/* The stamps that only the hello makes complete. */
static int take_hello(struct guest *g, const struct link_frame *f, struct err *err)
{
	struct guest_hello h;
	if (f->type != GUEST_HELLO || f->len != sizeof(h))
		return err_setf(err, -EPROTO, "the guest's first words are not a hello (frame type %u)", f->type);
	memcpy(&h, f->data, sizeof(h));
	if (h.version != GUEST_PROTO_VERSION)
		return err_setf(err, -EPROTO, "isoinit in the guest speaks version %u of the protocol, expected %u", h.version, GUEST_PROTO_VERSION);
	if (g->state)
		guest_mark_restore(g);
	else
		mark_boot(g, &h);
	phases_mark(g->phases, "init", g->link.t_ns);
	return 0;
}

int guest_next_frame(struct guest *g, struct link_frame *ret, int64_t deadline_ns, struct err *err)
{
	for (;;) {
		int r = guestlink_next(&g->link, ret, err);
		if (r < 0)
			return guest_last_words(g, err);
		if (r > 0 && ret->type != GUEST_TROUBLE)
			return 0;
		if (r > 0) {
			err_setf(err, -EIO, "the guest's init says: %.*s", (int)ret->len, ret->data);
			return guest_last_words(g, err);
		}
		r = guest_wait(g, -1, -1, deadline_ns, err);
		if (r < 0)
			return r;
	}
}

static int wait_hello(struct guest *g, struct err *err)
{
	int64_t begin = clk_now(), boot = boot_deadline(g);
	struct link_frame f;
	int r = g->state ? guest_thaw(g, boot, err) : 0;
	if (r == 0)
		r = guest_next_frame(g, &f, boot, err);
	if (r == -ETIMEDOUT) {
		err_setf(err, r, "the guest did not come up within %.1f s%s", clk_to_s(boot - begin),
		         g->init_ns ? ", although its init was reached" : "");
		return guest_last_words(g, err);
	}
	return r < 0 ? r : take_hello(g, &f, err);
}

int guest_start(const struct guest_config *c, const struct env_spec *spec, struct guest **ret, struct err *err)
{
	struct guest *g = xcalloc(1, sizeof(*g));
	g->c = c;
	g->scratch = spec->scratch;
	g->state = c->state[spec->scratch];
	g->phases = spec->phases;
	g->deadline_ns = spec->deadline_ns;
	g->marks_fd = g->pidfd = g->link.fd = -1;
	int r = make_dir(g, err);
	if (r == 0)
		r = create(g, err);
	if (r == 0)
		r = wait_hello(g, err);
	if (r < 0) {
		g->dead = true;
		guest_stop(g);
		return r;
	}
	*ret = g;
	return 0;
}

/* ---- footprint and end ---- */

int guest_footprint(struct guest *g, struct footprint *ret, struct err *err)
{
	if (!g->pid)
		return err_setf(err, -ESRCH, "QEMU's process is not known");
	cleanup_free char *status = xasprintf("/proc/%d/status", (int)g->pid), *stat = xasprintf("/proc/%d/stat", (int)g->pid);
	cleanup_free char *text = NULL, *line = NULL;
	int r = fs_read(status, &text, NULL);
	if (r == 0)
		r = fs_read(stat, &line, NULL);
	if (r < 0)
		return err_sysf(err, r, "can't read %s", status);
	const char *hwm = strstr(text, "VmHWM:"), *paren = strrchr(line, ')');
	unsigned long long utime, stime;
	/* Behind the name in parentheses: state, ten numbers, utime, stime. */
	if (!paren || sscanf(paren + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &utime, &stime) != 2)
		return err_setf(err, -EPROTO, "%s has an unknown form", stat);
	ret->memory_peak = hwm ? strtoull(hwm + strlen("VmHWM:"), NULL, 10) * 1024 : 0;
	ret->cpu_s = (double)(utime + stime) / (double)sysconf(_SC_CLK_TCK);
	return 0;
}

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
			read_marks(g);
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

static void stop_dom(struct guest *g)
{
	if (!g->dead && g->phases && !g->state)
		guest_boot_times(g);
	int64_t exited = g->dead ? wait_exit(g, 0) : power_off(g);
	int64_t shutdown = virt_dom_times(g->dom).shutdown_ns;
	int64_t gone = virt_dom_stop(g->dom);
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
	if (g->dom)
		stop_dom(g);
	if (g->console)
		guest_keep_console(g);
	guest_keep_xml(g);
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
	free(g);
}
