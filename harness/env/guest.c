/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guest.c - one guest: from the request to start its machine to nothing left. */
#include "env/guest.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/sig.h"
#include "env/guest_priv.h"
#include "env/guestimg.h"
#include "env/qemutrace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct virt_times guest_times(const struct guest *g)
{
	return g->vm->ops->times(g->vm);
}

/* ---- waiting ---- */

static void take_mark(struct guest *g, char mark, int64_t t_ns)
{
	if (mark == GUEST_MARK_KERNEL && !g->entry_ns)
		g->entry_ns = t_ns;
	if (mark == GUEST_MARK_INIT && !g->init_ns)
		g->init_ns = t_ns;
	if (mark == GUEST_MARK_POWEROFF && !g->poweroff_ns)
		g->poweroff_ns = t_ns;
}

void guest_read_marks(struct guest *g)
{
	char buf[64];
	int64_t now = clk_now();
	ssize_t n = read(g->marks_fd, buf, sizeof(buf));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close(fd_steal(&g->marks_fd));
	for (ssize_t i = 0; i < n; i++)
		take_mark(g, buf[i], now);
}

int guest_wait(struct guest *g, int first, int second, int64_t deadline_ns, struct err *err)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = g->link.fd, .events = POLLIN },
			{ .fd = g->marks_fd, .events = POLLIN },
			{ .fd = sig_fd(), .events = POLLIN },
			{ .fd = g->vm->ops->end_fd(g->vm), .events = POLLIN },
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
			guest_read_marks(g);
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
				return guest_ended(g, err);
		}
		if (p[3].revents || p[4].revents)
			return guest_ended(g, err);
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
	g->trace = g->c->trace ? in_dir(g, "trace") : NULL;
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

/* A disk, or a directory to share. */
static int make_scratch(struct guest *g, const char *path, struct err *err)
{
	if (!g->c->dom.virtiofsd)
		return make_disk(g, path, err);
	cleanup_free char *app = xasprintf("%s/isoapp", g->c->ctx->load_dir), *to = xasprintf("%s/" GUEST_APP, path);
	if (mkdir(path, 0700) < 0)
		return err_sysf(err, -errno, "can't make %s", path);
	int r = fs_exists(app) ? fs_copy(app, to, 0755) : 0;
	return r < 0 ? err_sysf(err, r, "can't copy %s to %s", app, to) : 0;
}

const char *guest_initrd(const struct guest *g)
{
	return g->c->initrd[guest_image_of(g->scratch, g->root) | (g->hub ? GUEST_IMAGE_NET : 0)];
}

static char *make_xml(struct guest *g, const char *link, const char *marks, const char *scratch, struct err *err)
{
	struct dom_spec s = g->c->dom;
	cleanup_free char *cmdline = guest_cmdline(g);
	s.name = g->name;
	s.marks_socket = marks;
	s.mark_port = GUEST_MARK_PORT;
	s.trace_log = g->trace;
	s.trace_events = qemutrace_events;
	if (g->c->bare)
		return dom_xml(&s, err);
	s.initrd = guest_initrd(g);
	s.cmdline = cmdline;
	s.link_name = GUEST_PORT;
	s.link_socket = link;
	s.console_log = g->console;
	if (g->scratch)
		*(s.virtiofsd ? &s.share : &s.scratch) = scratch;
	s.app = g->root ? g->c->app : NULL;
	s.tap = g->hub ? g->tap.name : NULL;
	s.mac = g->tap.mac;
	return dom_xml(&s, err);
}

/* QEMU connected while it was started: who is it? */
static void know_qemu(struct guest *g, int fd)
{
	struct ucred u;
	socklen_t len = sizeof(u);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len) < 0 || u.pid <= 0)
		return;
	g->pid = u.pid;
	g->pidfd = proc_pidfd(u.pid);
	if (g->pidfd < 0)
		g->pidfd = -1;
}

int64_t guest_boot_deadline(const struct guest *g)
{
	int64_t boot = clk_now() + g->c->boot_ns;
	return g->deadline_ns && g->deadline_ns < boot ? g->deadline_ns : boot;
}

/* All that the machine needs, and the machine itself but for its start. */
static int prepare(struct guest *g, struct err *err)
{
	cleanup_free char *link = in_dir(g, "link"), *marks = in_dir(g, "marks"), *scratch = in_dir(g, "scratch"), *file = in_dir(g, "domain.xml");
	cleanup(fd_closep) int marks_fd = guestlink_listen(marks, err);
	cleanup(fd_closep) int link_fd = marks_fd < 0 || g->c->bare ? -1 : guestlink_listen(link, err);
	int r = marks_fd < 0 ? marks_fd : link_fd < 0 && !g->c->bare ? link_fd : 0;
	if (r == 0 && g->scratch)
		r = make_scratch(g, scratch, err);
	if (r == 0)
		r = guest_plug(g, err);
	if (r < 0) {
		guest_say_full(g->dir, err);
		return r;
	}
	g->xml = make_xml(g, link, marks, scratch, err);
	if (!g->xml)
		return -EINVAL;
	r = fs_write(file, g->xml, strlen(g->xml), 0644);
	if (r < 0)
		return err_sysf(err, r, "can't write %s", file);
	struct guestvm_plan plan = {
		.virt = g->c->virt, .dom = &g->c->dom, .name = g->name, .xml = g->xml, .dir = g->dir, .phases = g->phases,
		.state = g->state, .hub = g->hub, .helper = g->scratch && g->c->dom.virtiofsd, .trace = g->c->trace,
		.link_listen = fd_steal(&link_fd), .marks_listen = fd_steal(&marks_fd),
	};
	return g->c->vm->prepare(&plan, &g->vm, err);
}

static int take_connections(struct guest *g, struct err *err)
{
	struct guestvm *vm = g->vm;
	g->marks_fd = fd_steal(&vm->marks_fd);
	if (!g->c->bare)
		guestlink_init(&g->link, fd_steal(&vm->link_fd));
	int fd = g->c->bare ? g->marks_fd : g->link.fd;
	if (fd < 0)
		return err_setf(err, -EIO, "QEMU runs, but did not connect to its socket in %s", g->dir);
	know_qemu(g, fd);
	if (vm->mark_ns)
		take_mark(g, vm->mark, vm->mark_ns);
	return 0;
}

static int create(struct guest *g, struct err *err)
{
	int r = prepare(g, err);
	if (r < 0)
		return r;
	phases_mark(g->phases, "prepare", clk_now());
	r = g->vm->ops->start(g->vm, guest_boot_deadline(g), err);
	if (r < 0)
		return r == -EINTR ? r : guest_last_words(g, err);
	g->running = true;
	return take_connections(g, err);
}

/* The stamps that only the hello makes complete. */
static int take_hello(struct guest *g, const struct link_frame *f, struct err *err)
{
	struct guest_hello h;
	if (f->type == GUEST_TROUBLE) {
		err_setf(err, -EIO, "the guest's init says: %.*s", (int)f->len, f->data);
		return guest_last_words(g, err);
	}
	if (f->type != GUEST_HELLO || f->len != sizeof(h))
		return err_setf(err, -EPROTO, "the guest's first words are not a hello (frame type %u)", f->type);
	memcpy(&h, f->data, sizeof(h));
	if (h.version != GUEST_PROTO_VERSION)
		return err_setf(err, -EPROTO, "isoinit in the guest speaks version %u of the protocol, expected %u", h.version, GUEST_PROTO_VERSION);
	if (g->state)
		guest_mark_restore(g);
	else
		guest_mark_boot(g, &h);
	phases_mark(g->phases, "init", g->link.t_ns);
	return 0;
}

/* The time in which a busy host did not let the guest run does not count. */
static int64_t extended(const struct guest *g, int64_t boot)
{
	int64_t t = boot + (g->pid ? proc_cpu_wait(g->pid) : 0);
	return g->deadline_ns && g->deadline_ns < t ? g->deadline_ns : t;
}

static int wait_hello(struct guest *g, struct err *err)
{
	const int64_t begin = clk_now(), first = guest_boot_deadline(g);
	int64_t boot = first;
	for (;;) {
		struct link_frame f;
		int r = guestlink_next(&g->link, &f, err);
		if (r < 0)
			return guest_last_words(g, err);
		if (r > 0)
			return take_hello(g, &f, err);
		r = guest_wait(g, -1, -1, boot, err);
		int64_t later = r == -ETIMEDOUT ? extended(g, first) : 0;
		if (later > boot) {
			boot = later;
			continue;
		}
		if (r == -ETIMEDOUT) {
			err_setf(err, r, "the guest did not come up within %.1f s%s", clk_to_s(boot - begin),
			         g->init_ns ? ", although its init was reached" : "");
			return guest_last_words(g, err);
		}
		if (r < 0)
			return r;
	}
}

int guest_start(const struct guest_config *c, const struct env_spec *spec, const struct guest_net *net, struct guest **ret, struct err *err)
{
	struct guest *g = xcalloc(1, sizeof(*g));
	g->c = c;
	g->scratch = spec->scratch;
	g->root = spec->root;
	g->state = c->state[guest_image_of(g->scratch, g->root)];
	g->phases = spec->phases ? spec->phases : &g->unread;
	g->calls = spec->calls;
	g->deadline_ns = spec->deadline_ns;
	g->marks_fd = g->pidfd = g->link.fd = -1;
	if (net) {
		g->hub = net->hub;
		for (size_t i = 0; i < net->vars->n; i++)
			strv_add(&g->vars, net->vars->v[i]);
	}
	int r = virt_ready(c->virt, spec->deadline_ns, err);
	/* Waiting for a daemon is no part of starting. */
	if (r > 0)
		g->phases->start_ns = clk_now();
	if (r >= 0)
		r = make_dir(g, err);
	if (r == 0)
		r = create(g, err);
	if (r == 0 && g->state)
		r = guest_thaw(g, guest_boot_deadline(g), err);
	if (r == 0 && !c->bare)
		r = wait_hello(g, err);
	if (r == 0 && g->hub)
		r = nethub_tap_wait(g->hub, &g->tap, err);
	if (r < 0) {
		g->dead = true;
		guest_stop(g);
		return r;
	}
	*ret = g;
	return 0;
}
