/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virt.c - domains: started, watched, ended. */
#include "env/virt_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/log.h"
#include "env/virtloop.h"

#include <errno.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How long libvirt may take to remove a domain whose QEMU was killed. */
#define GONE_WAIT_NS (20 * CLK_S)

/* ---- events ---- */

static struct virt_dom *find_dom(struct virt *v, virDomainPtr dom)
{
	const char *name = virDomainGetName(dom);
	struct virt_dom *d = v->doms;
	while (d && strcmp(d->name, name) != 0)
		d = d->next;
	return d;
}

void virt_note_end(struct virt_dom *d, const char *why)
{
	d->t.why = why;
	eventfd_write(d->end_fd, 1);
	pthread_cond_broadcast(&virt_changed);
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
	pthread_mutex_lock(&virt_lock);
	struct virt_dom *d = find_dom(arg, dom);
	if (d && event == VIR_DOMAIN_EVENT_STOPPED && !d->t.stopped_ns) {
		d->t.stopped_ns = now;
		virt_note_end(d, stop_reason(detail));
	} else if (d && event == VIR_DOMAIN_EVENT_CRASHED) {
		virt_note_end(d, "panicked");
	}
	pthread_mutex_unlock(&virt_lock);
	return 0;
}

/* QEMU stamps its events with this host's wall clock. */
static void on_monitor(virConnectPtr conn, virDomainPtr dom, const char *event, long long s, unsigned us, const char *details, void *arg)
{
	(void)conn;
	pthread_mutex_lock(&virt_lock);
	struct virt_dom *d = find_dom(arg, dom);
	if (d && strcmp(event, "MIGRATION") == 0 && details) {
		if (strstr(details, "\"active\""))
			d->t.loading_ns = clk_from_wall(s, us);
		else if (strstr(details, "\"completed\""))
			d->t.loaded_ns = clk_from_wall(s, us);
	} else if (d && strcmp(event, "RESUME") == 0 && !d->t.running_ns) {
		d->t.running_ns = clk_from_wall(s, us);
		pthread_cond_broadcast(&virt_changed);
	} else if (d && strcmp(event, "SHUTDOWN") == 0 && !d->t.shutdown_ns) {
		d->t.shutdown_ns = clk_from_wall(s, us);
		virt_note_end(d, "shutdown");
	}
	pthread_mutex_unlock(&virt_lock);
}

int virt_listen(struct virt *v, virConnectPtr conn, struct err *err)
{
	v->lifecycle_id = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), v, NULL);
	v->monitor_id = virConnectDomainQemuMonitorEventRegister(conn, NULL, NULL, on_monitor, v, NULL, 0);
	return v->lifecycle_id < 0 || v->monitor_id < 0 ? virt_err(err, "can't listen to libvirt's events") : 0;
}

/* ---- domains ---- */

static void dom_free(struct virt_dom *d)
{
	pthread_mutex_lock(&virt_lock);
	for (struct virt_dom **at = &d->v->doms; *at; at = &(*at)->next) {
		if (*at == d) {
			*at = d->next;
			break;
		}
	}
	pthread_mutex_unlock(&virt_lock);
	if (d->dom)
		virDomainFree(d->dom);
	if (d->end_fd >= 0)
		close(d->end_fd);
	free(d->name);
	free(d);
}

/* Its daemon is away, or was: whether it left the domain running will be seen when it is back. */
static void remember_orphan(struct virt_dom *d)
{
	pthread_mutex_lock(&virt_lock);
	if (d->t.lost)
		strv_add(&d->v->orphans, d->name);
	pthread_mutex_unlock(&virt_lock);
}

void virt_destroy_orphans(struct virt *v)
{
	cleanup(strv_free) struct strv names = { 0 };
	pthread_mutex_lock(&virt_lock);
	names = v->orphans;
	v->orphans = (struct strv){ 0 };
	pthread_mutex_unlock(&virt_lock);
	virConnectPtr conn = virt_conn(v);
	for (size_t i = 0; conn && i < names.n; i++) {
		virDomainPtr dom = virDomainLookupByName(conn, names.v[i]);
		if (dom && virDomainDestroy(dom) == 0)
			log_infof("removed the domain %s, which was left when the daemon went away", names.v[i]);
		if (dom)
			virDomainFree(dom);
	}
	if (conn)
		virConnectClose(conn);
}

static int start_failed(struct virt_dom *d, virConnectPtr conn, const char *what, struct err *err)
{
	int r = virt_err(err, what);
	if (conn && (d->v->embedded || virConnectIsAlive(conn) == 1))
		return r;
	pthread_mutex_lock(&virt_lock);
	d->t.lost = true;
	pthread_mutex_unlock(&virt_lock);
	remember_orphan(d);
	return err_wrapf(err, "libvirt's daemon at %s went away", d->v->uri);
}

static virDomainPtr launch(struct virt_dom *d, virConnectPtr conn, const char *xml, const char *state)
{
	if (!state)
		return virDomainCreateXML(conn, xml, d->v->embedded ? 0 : VIR_DOMAIN_START_AUTODESTROY);
	if (virDomainRestoreFlags(conn, state, NULL, VIR_DOMAIN_SAVE_RUNNING) < 0)
		return NULL;
	return virDomainLookupByName(conn, d->name);
}

int virt_dom_start(struct virt *v, const char *name, const char *xml, const char *state, struct virt_dom **ret, struct err *err)
{
	struct virt_dom *d = xcalloc(1, sizeof(*d));
	d->v = v;
	d->name = xstrdup(name);
	d->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* In the list first: its events come while it is being created. */
	pthread_mutex_lock(&virt_lock);
	d->next = v->doms;
	v->doms = d;
	pthread_mutex_unlock(&virt_lock);
	virConnectPtr conn = virt_conn(v);
	d->dom = launch(d, conn, xml, state);
	if (!d->dom) {
		int r = start_failed(d, conn, state ? "can't restore the guest from its saved state" : "can't start the guest", err);
		if (conn)
			virConnectClose(conn);
		dom_free(d);
		return r;
	}
	virConnectClose(conn);
	pthread_mutex_lock(&virt_lock);
	d->t.created_ns = clk_now();
	pthread_mutex_unlock(&virt_lock);
	*ret = d;
	return 0;
}

int virt_dom_save(struct virt_dom *d, const char *file, struct err *err)
{
	return virDomainSaveFlags(d->dom, file, NULL, VIR_DOMAIN_SAVE_RUNNING) < 0 ? virt_err(err, "can't save the guest's state") : 0;
}

struct virt_times virt_dom_times(struct virt_dom *d)
{
	pthread_mutex_lock(&virt_lock);
	struct virt_times t = d->t;
	pthread_mutex_unlock(&virt_lock);
	return t;
}

int virt_dom_end_fd(const struct virt_dom *d)
{
	return d->end_fd;
}

bool virt_dom_await_end(struct virt_dom *d, int64_t deadline_ns)
{
	struct timespec until = { deadline_ns / CLK_S, deadline_ns % CLK_S };
	pthread_mutex_lock(&virt_lock);
	while (!d->t.why && pthread_cond_timedwait(&virt_changed, &virt_lock, &until) == 0)
		;
	bool ended = d->t.why;
	pthread_mutex_unlock(&virt_lock);
	return ended;
}

int virt_dom_usage(struct virt_dom *d, uint64_t *ret_memory, double *ret_cpu_s)
{
	virDomainInfo info;
	virDomainMemoryStatStruct stats[VIR_DOMAIN_MEMORY_STAT_NR];
	int n = virDomainGetInfo(d->dom, &info) < 0 ? -1 : virDomainMemoryStats(d->dom, stats, VIR_DOMAIN_MEMORY_STAT_NR, 0);
	if (n < 0)
		return -EIO;
	*ret_cpu_s = (double)info.cpuTime / 1e9;
	for (int i = 0; i < n; i++)
		if (stats[i].tag == VIR_DOMAIN_MEMORY_STAT_RSS)
			*ret_memory = stats[i].val << 10;
	return 0;
}

/* Returns when libvirt had it gone, or 0 when the time is up or the daemon went away. */
static int64_t wait_stopped(struct virt_dom *d, int64_t deadline_ns)
{
	struct timespec until = { deadline_ns / CLK_S, deadline_ns % CLK_S };
	pthread_mutex_lock(&virt_lock);
	while (!d->t.stopped_ns && !d->t.lost && pthread_cond_timedwait(&virt_changed, &virt_lock, &until) == 0)
		;
	int64_t t = d->t.stopped_ns;
	pthread_mutex_unlock(&virt_lock);
	return t;
}

/* The embedded driver's log of a QEMU outlives it; of a daemon they are the daemon's. */
static void remove_log(const struct virt_dom *d)
{
	cleanup_free char *log = xasprintf("%s/log/qemu/%s.log", d->v->root, d->name);
	if (d->v->embedded && unlink(log) < 0)
		log_debugf("can't remove %s: %s", log, strerror(errno));
}

int64_t virt_dom_stop(struct virt_dom *d)
{
	if (!d)
		return 0;
	struct virt_times known = virt_dom_times(d);
	int64_t t = known.stopped_ns;
	if (!t && !known.lost) {
		/* An error here means that it is ending by itself; the event tells. */
		if (virDomainDestroy(d->dom) < 0)
			log_debugf("%s: %s", d->name, virGetLastErrorMessage());
		t = wait_stopped(d, clk_now() + GONE_WAIT_NS);
	}
	if (!t && virt_dom_times(d).lost) {
		remember_orphan(d);
		t = clk_now();
	}
	if (!t) {
		log_warnf("libvirt did not remove the domain %s within %lld s: %s", d->name, GONE_WAIT_NS / CLK_S, virGetLastErrorMessage());
		t = clk_now();
	}
	remove_log(d);
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
