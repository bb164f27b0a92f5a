/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestvm_libvirt.c - a guest's machine, run by libvirt. */
#include "env/guestvm.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sig.h"
#include "env/child.h"
#include "env/execstamp.h"
#include "env/netns.h"
#include "env/virtloop.h"

#include <errno.h>
#include <sched.h>
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
	d->link = p->link_listen < 0 ? NULL : virt_accept_new(p->link_listen);
	d->marks = virt_accept_new(p->marks_listen);
	if (!d->marks || (p->link_listen >= 0 && !d->link)) {
		stop(&d->vm);
		return err_setf(err, -EIO, "libvirt's event loop takes no more descriptors");
	}
	/* The first mark may come before libvirt says that the guest runs. */
	virt_accept_want_byte(d->marks);
	struct err why = { 0 };
	if (p->trace && execstamp_open(&d->execs, &why) < 0)
		log_debugf("when libvirt execs QEMU is not seen: %s", why.msg);
	*ret = &d->vm;
	return 0;
}

/* QEMU's exec is where libvirt's own work ends and QEMU's begins. */
static void mark_connected(struct domain *d, int fd, int64_t t)
{
	struct ucred u = { 0 };
	socklen_t len = sizeof(u);
	int64_t exec = 0;
	if (d->execs && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len) == 0)
		exec = execstamp_of(d->execs, u.pid);
	if (exec)
		phases_mark(d->plan.phases, "exec", exec);
	phases_mark(d->plan.phases, exec ? "connect" : "libvirt", t);
	execstamp_close(ptr_steal(&d->execs));
}

struct birth {
	struct domain *d;
	struct err *err;
};

static int restore_here(struct birth *b)
{
	const struct guestvm_plan *p = &b->d->plan;
	cleanup_free char *pipe = xasprintf("%s/state", p->dir);
	struct statefeed *feed;
	int r = savedstate_feed(p->state, p->xml, pipe, &feed, b->err);
	if (r < 0)
		return r;
	r = virt_dom_start(p->virt, p->name, p->xml, pipe, &b->d->dom, b->err);
	statefeed_end(feed, r < 0 ? b->err : NULL);
	return r;
}

static int create_here(struct birth *b)
{
	const struct guestvm_plan *p = &b->d->plan;
	if (p->state)
		return restore_here(b);
	return virt_dom_start(p->virt, p->name, p->xml, NULL, &b->d->dom, b->err);
}

/* libvirt gives QEMU its CPUs, but not virtiofsd, which has those of the thread that starts it. */
static int create_on_cpus(struct birth *b)
{
	const struct dom_spec *d = b->d->plan.dom;
	cpu_set_t home, cpus;
	int r = child_cpus(d->emulator_list ? d->emulator_list : d->cpu_list, &cpus, b->err);
	if (r < 0)
		return r;
	if (sched_getaffinity(0, sizeof(home), &home) < 0 || sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		return err_sysf(b->err, -errno, "can't give virtiofsd its CPUs");
	r = create_here(b);
	sched_setaffinity(0, sizeof(home), &home);
	return r;
}

static int create_there(void *arg)
{
	struct birth *b = arg;
	return b->d->plan.helper ? create_on_cpus(b) : create_here(b);
}

/* The embedded driver opens the tap and starts QEMU in the calling thread: both happen in the hub's namespace. */
static int create(struct domain *d, struct err *err)
{
	struct birth b = { d, err };
	return d->plan.hub ? netns_run(nethub_ns(d->plan.hub), create_there, &b, err) : create_there(&b);
}

static int start(struct guestvm *vm, int64_t deadline_ns, struct err *err)
{
	struct domain *d = of(vm);
	struct virt_accept *first = d->link ? d->link : d->marks;
	virt_accept_guard(first, sig_fd(), deadline_ns);
	int r = create(d, err);
	int killed = virt_accept_unguard(first);
	if (killed)
		r = killed == -EINTR ? err_setf(err, killed, "interrupted") : err_setf(err, killed, "libvirt did not get QEMU going in time");
	if (r < 0) {
		virt_dom_stop(d->dom);
		d->dom = NULL;
		return r;
	}
	int64_t t_link = 0, t_marks = 0;
	vm->link_fd = d->link ? virt_accept_take(d->link, &t_link) : -1;
	vm->marks_fd = virt_accept_take(d->marks, &t_marks);
	vm->mark_ns = virt_accept_byte(d->marks, &vm->mark);
	int fd = d->link ? vm->link_fd : vm->marks_fd;
	if (fd >= 0)
		mark_connected(d, fd, d->link ? t_link : t_marks);
	return 0;
}

static struct virt_times times(struct guestvm *vm)
{
	return virt_dom_times(of(vm)->dom);
}

static int save(struct guestvm *vm, const char *file, struct err *err)
{
	return virt_dom_save(of(vm)->dom, file, err);
}

static int end_fd(const struct guestvm *vm)
{
	return virt_dom_end_fd(((const struct domain *)vm)->dom);
}

static bool await_end(struct guestvm *vm, int64_t deadline_ns)
{
	return virt_dom_await_end(of(vm)->dom, deadline_ns);
}

static int usage(struct guestvm *vm, uint64_t *ret_memory, double *ret_cpu_s)
{
	return virt_dom_usage(of(vm)->dom, ret_memory, ret_cpu_s);
}

const struct guestvm_ops guestvm_libvirt = {
	.prepare = prepare, .start = start, .times = times, .await_end = await_end, .usage = usage, .save = save, .end_fd = end_fd, .stop = stop,
};
