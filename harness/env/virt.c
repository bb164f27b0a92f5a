/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virt.c - a thin wrapper of libvirt. */
#include "env/virt.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/virtloop.h"
#include "env/virtroot.h"

#include <errno.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>

/* How long libvirt may take to remove a domain whose QEMU was killed. */
#define GONE_WAIT_NS (20 * CLK_S)

struct virt {
	virConnectPtr conn;
	char *uri, *root, *cache;
	bool embedded;
	unsigned users;
	int lifecycle_id, monitor_id;
	struct virt_dom *doms;
	struct virt *next;
};

struct virt_dom {
	struct virt *v;
	virDomainPtr dom;
	char *name;
	int end_fd;
	struct virt_times t;
	struct virt_dom *next;
};

/* lock guards the lists and what the event thread writes: virt_dom.t. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static struct virt *connections;

static int init_result;
static void init_once(void)
{
	pthread_condattr_t a;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &a);
	init_result = virtloop_start();
}

static int virt_err(struct err *err, const char *what)
{
	const char *text = virGetLastErrorMessage();
	return err_setf(err, -EIO, "%s: libvirt says: %s", what, text ? text : "nothing");
}

/* ---- events ---- */

static struct virt_dom *find_dom(struct virt *v, virDomainPtr dom)
{
	const char *name = virDomainGetName(dom);
	struct virt_dom *d = v->doms;
	while (d && strcmp(d->name, name) != 0)
		d = d->next;
	return d;
}

static void note_end(struct virt_dom *d, const char *why)
{
	d->t.why = why;
	eventfd_write(d->end_fd, 1);
	pthread_cond_broadcast(&changed);
}

static const char *stop_reason(int detail)
{
	static const char *const reasons[] = { "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot" };
	return detail >= 0 && detail < (int)(sizeof(reasons) / sizeof(*reasons)) ? reasons[detail] : "stopped";
}

static int on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *arg)
{
	(void)conn;
	int64_t now = clk_now();
	pthread_mutex_lock(&lock);
	struct virt_dom *d = find_dom(arg, dom);
	if (d && event == VIR_DOMAIN_EVENT_STOPPED && !d->t.stopped_ns) {
		d->t.stopped_ns = now;
		note_end(d, stop_reason(detail));
	} else if (d && event == VIR_DOMAIN_EVENT_CRASHED) {
		note_end(d, "panicked");
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

/* QEMU stamps its events with this host's wall clock: turn that into CLOCK_MONOTONIC. */
static int64_t from_wall(long long s, unsigned us)
{
	struct timespec wall;
	clock_gettime(CLOCK_REALTIME, &wall);
	int64_t age = ((int64_t)wall.tv_sec - s) * CLK_S + wall.tv_nsec - (int64_t)us * 1000;
	return clk_now() - (age > 0 ? age : 0);
}

static void on_monitor(virConnectPtr conn, virDomainPtr dom, const char *event, long long s, unsigned us, const char *details, void *arg)
{
	(void)conn;
	pthread_mutex_lock(&lock);
	struct virt_dom *d = find_dom(arg, dom);
	if (d && strcmp(event, "MIGRATION") == 0 && details) {
		if (strstr(details, "\"active\""))
			d->t.loading_ns = from_wall(s, us);
		else if (strstr(details, "\"completed\""))
			d->t.loaded_ns = from_wall(s, us);
	} else if (d && strcmp(event, "RESUME") == 0 && !d->t.running_ns) {
		d->t.running_ns = from_wall(s, us);
		pthread_cond_broadcast(&changed);
	} else if (d && strcmp(event, "SHUTDOWN") == 0 && !d->t.shutdown_ns) {
		d->t.shutdown_ns = from_wall(s, us);
		note_end(d, "shutdown");
	}
	pthread_mutex_unlock(&lock);
}

/* ---- the connection ---- */

static void virt_free(struct virt *v)
{
	if (v->conn) {
		if (v->lifecycle_id >= 0)
			virConnectDomainEventDeregisterAny(v->conn, v->lifecycle_id);
		if (v->monitor_id >= 0)
			virConnectDomainQemuMonitorEventDeregister(v->conn, v->monitor_id);
		virConnectClose(v->conn);
	}
	free(v->uri);
	free(v->root);
	free(v->cache);
	free(v);
}

static void virt_freep(struct virt **v)
{
	if (*v)
		virt_free(*v);
}

static int connect_to(struct virt *v, struct err *err)
{
	if (v->embedded && geteuid() != 0)
		virtroot_homeless(v->root);
	v->conn = virConnectOpen(v->uri);
	if (!v->conn) {
		int r = virt_err(err, v->uri);
		err_addf(err, v->embedded ? " (is libvirt's QEMU driver installed?)" : " (is its daemon running?)");
		return r;
	}
	/* Probes QEMU now, not in the first launch. */
	char *caps = virConnectGetDomainCapabilities(v->conn, NULL, "x86_64", NULL, "qemu", 0);
	if (!caps)
		return virt_err(err, "libvirt finds no usable QEMU for x86_64 (package qemu-system-x86)");
	free(caps);
	unsigned long version;
	if (virConnectGetVersion(v->conn, &version) < 0)
		return virt_err(err, "libvirt can't tell QEMU's version");
	v->lifecycle_id = virConnectDomainEventRegisterAny(v->conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
	                                                   VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), v, NULL);
	v->monitor_id = virConnectDomainQemuMonitorEventRegister(v->conn, NULL, NULL, on_monitor, v, NULL, 0);
	return v->lifecycle_id < 0 || v->monitor_id < 0 ? virt_err(err, "can't listen to libvirt's events") : 0;
}

static int virt_new(const char *uri, const char *work, const char *cache, struct virt **ret, struct err *err)
{
	cleanup(virt_freep) struct virt *v = xcalloc(1, sizeof(*v));
	v->lifecycle_id = v->monitor_id = -1;
	v->users = 1;
	v->embedded = !uri;
	v->root = xasprintf("%s/virt", work);
	v->cache = xasprintf("%s/libvirt", cache);
	v->uri = uri ? xstrdup(uri) : xasprintf("qemu:///embed?root=%s", v->root);
	int r = v->embedded ? virtroot_make(v->root, v->cache, err) : 0;
	if (r == 0)
		r = connect_to(v, err);
	if (r < 0)
		return r;
	if (v->embedded)
		virtroot_keep(v->root, v->cache);
	*ret = ptr_steal(&v);
	return 0;
}

int virt_open(const char *uri, const char *work, const char *cache, struct virt **ret, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, init_once);
	if (init_result < 0)
		return err_setf(err, init_result, "can't start libvirt's event loop");
	cleanup_free char *root = xasprintf("%s/virt", work);
	for (struct virt *v = connections; v; v = v->next) {
		if (uri ? strcmp(v->uri, uri) != 0 : !v->embedded)
			continue;
		if (v->embedded && strcmp(v->root, root) != 0)
			return err_setf(err, -EBUSY, "libvirt's embedded driver runs in %s already; it can have no second root in one process", v->root);
		v->users++;
		*ret = v;
		return 0;
	}
	struct virt *v;
	int r = virt_new(uri, work, cache, &v, err);
	if (r < 0)
		return r;
	v->next = connections;
	connections = v;
	*ret = v;
	return 0;
}

void virt_close(struct virt *v)
{
	/* The embedded driver stays: each opening registers it anew with libvirt, which has room for some ten. */
	if (!v || --v->users > 0 || v->embedded)
		return;
	struct virt **at = &connections;
	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	virt_free(v);
}

bool virt_is_embedded(const struct virt *v)
{
	return v->embedded;
}

static void fact_version(struct kvs *facts, const char *key, unsigned long n)
{
	kvs_setf(facts, key, "%lu.%lu.%lu", n / 1000000, n / 1000 % 1000, n % 1000);
}

void virt_facts(const struct virt *v, struct kvs *facts)
{
	unsigned long lib = 0, qemu = 0;
	virConnectGetLibVersion(v->conn, &lib);
	virConnectGetVersion(v->conn, &qemu);
	fact_version(facts, "libvirt.version", lib);
	fact_version(facts, "qemu.version", qemu);
	kvs_set(facts, "libvirt.uri", v->embedded ? "qemu:///embed" : v->uri, 0);
}

bool virt_has_machine(const struct virt *v, const char *machine)
{
	char *caps = virConnectGetDomainCapabilities(v->conn, NULL, "x86_64", machine, "qemu", 0);
	free(caps);
	return caps != NULL;
}

char *virt_command_line(struct virt *v, const char *xml)
{
	return virConnectDomainXMLToNative(v->conn, "qemu-argv", xml, 0);
}

/* ---- domains ---- */

static void dom_free(struct virt_dom *d)
{
	pthread_mutex_lock(&lock);
	for (struct virt_dom **at = &d->v->doms; *at; at = &(*at)->next) {
		if (*at == d) {
			*at = d->next;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	if (d->dom)
		virDomainFree(d->dom);
	if (d->end_fd >= 0)
		close(d->end_fd);
	free(d->name);
	free(d);
}

static virDomainPtr launch(struct virt *v, const char *name, const char *xml, const char *state)
{
	if (!state)
		return virDomainCreateXML(v->conn, xml, v->embedded ? 0 : VIR_DOMAIN_START_AUTODESTROY);
	if (virDomainRestoreFlags(v->conn, state, NULL, VIR_DOMAIN_SAVE_RUNNING) < 0)
		return NULL;
	return virDomainLookupByName(v->conn, name);
}

int virt_dom_start(struct virt *v, const char *name, const char *xml, const char *state, struct virt_dom **ret, struct err *err)
{
	struct virt_dom *d = xcalloc(1, sizeof(*d));
	d->v = v;
	d->name = xstrdup(name);
	d->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* In the list first: its events come while it is being created. */
	pthread_mutex_lock(&lock);
	d->next = v->doms;
	v->doms = d;
	pthread_mutex_unlock(&lock);
	d->dom = launch(v, name, xml, state);
	if (!d->dom) {
		int r = virt_err(err, state ? "can't restore the guest from its saved state" : "can't start the guest");
		dom_free(d);
		return r;
	}
	pthread_mutex_lock(&lock);
	d->t.created_ns = clk_now();
	pthread_mutex_unlock(&lock);
	*ret = d;
	return 0;
}

int virt_dom_save(struct virt_dom *d, const char *file, struct err *err)
{
	return virDomainSaveFlags(d->dom, file, NULL, VIR_DOMAIN_SAVE_RUNNING) < 0 ? virt_err(err, "can't save the guest's state") : 0;
}

struct virt_times virt_dom_times(struct virt_dom *d)
{
	pthread_mutex_lock(&lock);
	struct virt_times t = d->t;
	pthread_mutex_unlock(&lock);
	return t;
}

int virt_dom_end_fd(const struct virt_dom *d)
{
	return d->end_fd;
}

/* Returns when libvirt had it gone, or 0 when the time is up. */
static int64_t wait_stopped(struct virt_dom *d, int64_t deadline_ns)
{
	struct timespec until = { deadline_ns / CLK_S, deadline_ns % CLK_S };
	pthread_mutex_lock(&lock);
	while (!d->t.stopped_ns && pthread_cond_timedwait(&changed, &lock, &until) == 0)
		;
	int64_t t = d->t.stopped_ns;
	pthread_mutex_unlock(&lock);
	return t;
}

int64_t virt_dom_stop(struct virt_dom *d)
{
	if (!d)
		return 0;
	int64_t t = virt_dom_times(d).stopped_ns;
	if (!t) {
		/* An error here means that it is ending by itself; the event tells. */
		if (virDomainDestroy(d->dom) < 0)
			log_debugf("%s: %s", d->name, virGetLastErrorMessage());
		t = wait_stopped(d, clk_now() + GONE_WAIT_NS);
	}
	if (!t) {
		log_warnf("libvirt did not remove the domain %s within %lld s: %s", d->name, GONE_WAIT_NS / CLK_S, virGetLastErrorMessage());
		t = clk_now();
	}
	dom_free(d);
	return t;
}

int virt_sweep(const char *uri, const char *session, struct err *err)
{
	if (!uri)
		uri = getenv("LIBVIRT_DEFAULT_URI");
	if (!uri || !*uri)
		return 0;
	virtloop_quiet();
	virConnectPtr conn = virConnectOpen(uri);
	if (!conn)
		return virt_err(err, uri);
	cleanup_free char *prefix = xasprintf("%s-", session);
	virDomainPtr *doms = NULL;
	int n = virConnectListAllDomains(conn, &doms, VIR_CONNECT_LIST_DOMAINS_ACTIVE), removed = 0;
	for (int i = 0; i < n; i++) {
		const char *name = virDomainGetName(doms[i]);
		if (strncmp(name, prefix, strlen(prefix)) == 0 && virDomainDestroy(doms[i]) == 0) {
			log_infof("removed the domain %s", name);
			removed++;
		}
		virDomainFree(doms[i]);
	}
	int r = n < 0 ? virt_err(err, "can't list domains") : removed;
	free(doms);
	virConnectClose(conn);
	return r;
}
