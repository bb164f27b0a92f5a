/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestvm_libvirt.c - a guest's machine, run by libvirt. */
#include "env/guestvm.h"

#include "base/cleanup.h"
#include "base/sig.h"
#include "env/virtloop.h"

#include <errno.h>

struct domain {
	struct guestvm vm;
	struct guestvm_plan plan;
	struct virt_dom *dom;           /* NULL: not started */
	/* The event thread accepts while libvirt works. */
	struct virt_accept *link, *marks;
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
	*ret = &d->vm;
	return 0;
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
		phases_mark(d->plan.phases, "libvirt", t_link);
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
