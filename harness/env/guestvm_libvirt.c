/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestvm_libvirt.c - a guest's machine, run by libvirt. */
#include "env/guestvm.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sig.h"
#include "env/execstamp.h"
#include "env/virtloop.h"

#include <errno.h>
#include <sys/socket.h>

struct domain {
	struct guestvm vm;
	struct guestvm_plan plan;
	struct virt_dom *dom;           /* NULL: not started */
	/* The event thread accepts while libvirt works. */
	struct virt_accept *link, *marks;
	struct execstamp *execs;        /* NULL: not wanted, or can't be had */
};

static struct domain *of(struct guestvm *vm)
{
	return (struct domain *)vm;
}

static int64_t stop(struct guestvm *vm)
{
	if (!vm)
		return 0;
	struct domain *d = of(vm);
	int64_t gone = virt_dom_stop(d->dom);
	virt_accept_free(d->link);
	virt_accept_free(d->marks);
	execstamp_close(d->execs);
	fd_closep(&vm->link_fd);
	fd_closep(&vm->marks_fd);
	free(d);
	return gone;
}

static int prepare(const struct guestvm_plan *p, struct guestvm **ret, struct err *err)
{
	struct domain *d = xcalloc(1, sizeof(*d));
	d->vm = (struct guestvm){ .ops = &guestvm_libvirt, .link_fd = -1, .marks_fd = -1 };
	d->plan = *p;
	d->link = virt_accept_new(p->link_listen);
	d->marks = virt_accept_new(p->marks_listen);
	if (!d->link || !d->marks) {
		stop(&d->vm);
		return err_setf(err, -EIO, "libvirt's event loop takes no more descriptors");
	}
	struct err why = { 0 };
	if (p->trace && execstamp_open(&d->execs, &why) < 0)
		log_debugf("when libvirt execs QEMU is not seen: %s", why.msg);
	*ret = &d->vm;
	return 0;
}

/* QEMU's exec is where libvirt's own work ends and QEMU's begins. */
static void mark_connected(struct domain *d, int64_t t_link)
{
	struct ucred u = { 0 };
	socklen_t len = sizeof(u);
	int64_t exec = 0;
	if (d->execs && getsockopt(d->vm.link_fd, SOL_SOCKET, SO_PEERCRED, &u, &len) == 0)
		exec = execstamp_of(d->execs, u.pid);
	if (exec)
		phases_mark(d->plan.phases, "exec", exec);
	phases_mark(d->plan.phases, exec ? "connect" : "libvirt", t_link);
	execstamp_close(ptr_steal(&d->execs));
}

static int start(struct guestvm *vm, int64_t deadline_ns, struct err *err)
{
	struct domain *d = of(vm);
	virt_accept_guard(d->link, sig_fd(), deadline_ns);
	int r = virt_dom_start(d->plan.virt, d->plan.name, d->plan.xml, &d->dom, err);
	int killed = virt_accept_unguard(d->link);
	if (killed)
		r = killed == -EINTR ? err_setf(err, killed, "interrupted") : err_setf(err, killed, "libvirt did not get QEMU going in time");
	if (r < 0) {
		virt_dom_stop(d->dom);
		d->dom = NULL;
		return r;
	}
	int64_t t_link, t_marks;
	vm->link_fd = virt_accept_take(d->link, &t_link);
	vm->marks_fd = virt_accept_take(d->marks, &t_marks);
	if (vm->link_fd >= 0)
		mark_connected(d, t_link);
	return 0;
}

static struct virt_times times(struct guestvm *vm)
{
	return virt_dom_times(of(vm)->dom);
}

static int end_fd(const struct guestvm *vm)
{
	return virt_dom_end_fd(((const struct domain *)vm)->dom);
}

const struct guestvm_ops guestvm_libvirt = {
	.prepare = prepare, .start = start, .times = times, .end_fd = end_fd, .stop = stop,
};
