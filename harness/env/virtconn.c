/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtconn.c - connections to libvirt: shared, watched, and made anew when a daemon was restarted. */
#include "env/virt_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/sig.h"
#include "env/virtloop.h"
#include "env/virtroot.h"

#include <errno.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <poll.h>
#include <string.h>

/* A daemon that was restarted is back within seconds; one that is not will not be missed longer than this, once. */
#define BACK_NS (10 * CLK_S)
#define BACK_STEP_MS 200
/* A daemon that does not answer for five times as long as this is taken for dead. */
#define KEEPALIVE_S 6
#define KEEPALIVE_COUNT 5
/* What it remembers of QEMU it tells at once. */
#define REMEMBERED_NS (CLK_S / 2)

pthread_mutex_t virt_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t virt_changed;
static pthread_mutex_t reconnecting = PTHREAD_MUTEX_INITIALIZER;
static struct virt *connections;

static int init_result;
static void init_once(void)
{
	pthread_condattr_t a;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&virt_changed, &a);
	init_result = virtloop_start();
}

int virt_err(struct err *err, const char *what)
{
	const char *text = virGetLastErrorMessage();
	return err_setf(err, -EIO, "%s: libvirt says: %s", what, text ? text : "nothing");
}

virConnectPtr virt_conn(struct virt *v)
{
	pthread_mutex_lock(&virt_lock);
	virConnectPtr c = v->lost ? NULL : v->conn;
	if (c)
		virConnectRef(c);
	pthread_mutex_unlock(&virt_lock);
	if (!c)
		virResetLastError();
	return c;
}

static void conn_closep(virConnectPtr *c)
{
	if (*c)
		virConnectClose(*c);
}

/* ---- making and ending one ---- */

static void on_close(virConnectPtr conn, int reason, void *arg)
{
	struct virt *v = arg;
	(void)reason;
	pthread_mutex_lock(&virt_lock);
	if (v->conn == conn && !v->lost) {
		v->lost = true;
		for (struct virt_dom *d = v->doms; d; d = d->next) {
			d->t.lost = true;
			virt_note_end(d, "libvirt's daemon went away");
		}
	}
	pthread_mutex_unlock(&virt_lock);
}

/* Probes QEMU now, not in the first launch. A daemon whose cached probe never holds probes in every launch all the same. */
static int probe(struct virt *v, virConnectPtr conn, struct err *err)
{
	for (int i = 0; i < (v->embedded ? 1 : 2); i++) {
		int64_t begin = clk_now();
		char *caps = virConnectGetDomainCapabilities(conn, NULL, "x86_64", NULL, "qemu", 0);
		if (!caps)
			return virt_err(err, "libvirt finds no usable QEMU for x86_64 (package qemu-system-x86)");
		free(caps);
		int64_t took = clk_now() - begin;
		v->reprobe_s = i && took > REMEMBERED_NS ? clk_to_s(took) : 0;
	}
	unsigned long version;
	return virConnectGetVersion(conn, &version) < 0 ? virt_err(err, "libvirt can't tell QEMU's version") : 0;
}

/* The connection's own reference is dropped by this; who holds another keeps it. */
static void hang_up(struct virt *v, virConnectPtr conn)
{
	if (!conn)
		return;
	if (!v->embedded)
		virConnectUnregisterCloseCallback(conn, on_close);
	if (v->lifecycle_id >= 0)
		virConnectDomainEventDeregisterAny(conn, v->lifecycle_id);
	if (v->monitor_id >= 0)
		virConnectDomainQemuMonitorEventDeregister(conn, v->monitor_id);
	v->lifecycle_id = v->monitor_id = -1;
	virConnectClose(conn);
}

static int connect_to(struct virt *v, struct err *err)
{
	if (v->embedded && geteuid() != 0)
		virtroot_homeless(v->root);
	cleanup(conn_closep) virConnectPtr conn = virConnectOpen(v->uri);
	if (!conn) {
		int r = virt_err(err, v->uri);
		err_addf(err, v->embedded ? " (is libvirt's QEMU driver installed?)" : " (is its daemon running, and may this user use it?)");
		return r;
	}
	if (!v->embedded && virConnectSetKeepAlive(conn, KEEPALIVE_S, KEEPALIVE_COUNT) < 0)
		log_debugf("%s: no keepalive: %s", v->uri, virGetLastErrorMessage());
	int r = probe(v, conn, err);
	if (r == 0)
		r = virt_listen(v, conn, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&virt_lock);
	v->conn = ptr_steal(&conn);
	v->lost = false;
	pthread_mutex_unlock(&virt_lock);
	/* It may have hung up before this line: then virConnectIsAlive tells. */
	if (!v->embedded)
		virConnectRegisterCloseCallback(v->conn, on_close, v, NULL);
	return 0;
}

/* ---- lost and found ---- */

static bool is_lost(struct virt *v)
{
	cleanup(conn_closep) virConnectPtr conn = virt_conn(v);
	return !conn || (!v->embedded && virConnectIsAlive(conn) != 1);
}

/* No event tells of a daemon that comes back. 0, -EINTR, or why it is still away when the time is up. */
static int await_daemon(struct virt *v, int64_t deadline_ns, struct err *err)
{
	for (;;) {
		int r = connect_to(v, err);
		if (r == 0 || clk_now() >= deadline_ns)
			return r;
		struct pollfd p = { .fd = sig_fd(), .events = POLLIN };
		if (poll(&p, 1, BACK_STEP_MS) > 0)
			return err_setf(err, -EINTR, "interrupted");
	}
}

static int reconnect(struct virt *v, int64_t deadline_ns, struct err *err)
{
	int64_t now = clk_now(), until = v->given_up ? now : now + BACK_NS;
	pthread_mutex_lock(&virt_lock);
	virConnectPtr old = v->conn;
	v->conn = NULL;
	v->lost = true;
	pthread_mutex_unlock(&virt_lock);
	hang_up(v, old);
	log_debugf("the connection to %s was lost; trying again", v->uri);
	int r = await_daemon(v, deadline_ns && deadline_ns < until ? deadline_ns : until, err);
	if (r == -EINTR)
		return r;
	v->given_up = r < 0;
	if (r < 0)
		return err_wrapf(err, "libvirt's daemon went away and is not back; start it again, the launches that follow take it");
	log_infof("connected to %s again", v->uri);
	virt_destroy_orphans(v);
	return 1;
}

int virt_ready(struct virt *v, int64_t deadline_ns, struct err *err)
{
	pthread_mutex_lock(&reconnecting);
	int r = is_lost(v) ? reconnect(v, deadline_ns, err) : 0;
	pthread_mutex_unlock(&reconnecting);
	return r;
}

/* ---- open and close ---- */

static void virt_free(struct virt *v)
{
	hang_up(v, v->conn);
	strv_free(&v->orphans);
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

static void last_orphans(struct virt *v)
{
	struct err why = { 0 };
	if (v->orphans.n && virt_ready(v, 0, &why) >= 0)
		virt_destroy_orphans(v);
	for (size_t i = 0; i < v->orphans.n; i++)
		log_warnf("the domain %s may still be there: %s", v->orphans.v[i], why.msg);
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
	last_orphans(v);
	virt_free(v);
}

/* ---- what it tells ---- */

bool virt_is_embedded(const struct virt *v)
{
	return v->embedded;
}

static void fact_version(struct kvs *facts, const char *key, unsigned long n)
{
	kvs_setf(facts, key, "%lu.%lu.%lu", n / 1000000, n / 1000 % 1000, n % 1000);
}

void virt_facts(struct virt *v, struct kvs *facts, struct strv *warnings)
{
	unsigned long lib = 0, qemu = 0;
	cleanup(conn_closep) virConnectPtr conn = virt_conn(v);
	virConnectGetLibVersion(conn, &lib);
	virConnectGetVersion(conn, &qemu);
	fact_version(facts, "libvirt.version", lib);
	fact_version(facts, "qemu.version", qemu);
	kvs_set(facts, "libvirt.uri", v->embedded ? "qemu:///embed" : v->uri, 0);
	if (v->reprobe_s > 0)
		strv_addf(warnings, "the libvirt daemon at %s probes QEMU anew for every guest (%.1f s at a time), which is in the figures: it does "
		          "so when it may use /dev/kvm and the account that its QEMU runs in may not (add that to the group kvm)", v->uri, v->reprobe_s);
}

bool virt_has_machine(struct virt *v, const char *machine)
{
	cleanup(conn_closep) virConnectPtr conn = virt_conn(v);
	char *caps = virConnectGetDomainCapabilities(conn, NULL, "x86_64", machine, "qemu", 0);
	free(caps);
	return caps != NULL;
}

int virt_cpu_has(struct virt *v, const char *model, const char *feature, struct err *err)
{
	cleanup(conn_closep) virConnectPtr conn = virt_conn(v);
	cleanup_free char *xml = xasprintf("<cpu mode='custom'><model fallback='forbid'>%s</model></cpu>", model);
	const char *const cpus[] = { xml };
	cleanup_free char *whole = virConnectBaselineHypervisorCPU(conn, NULL, "x86_64", NULL, "qemu", (const char **)cpus, 1,
	                                                           VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES);
	if (!whole && virGetLastErrorCode() == VIR_ERR_NO_SUPPORT)
		return -EOPNOTSUPP;
	if (!whole)
		return err_setf(err, -EIO, "libvirt says: %s", virGetLastErrorMessage());
	cleanup_free char *wanted = xasprintf("name='%s'", feature);
	return strstr(whole, wanted) != NULL;
}

char *virt_command_line(struct virt *v, const char *xml)
{
	cleanup(conn_closep) virConnectPtr conn = virt_conn(v);
	return conn ? virConnectDomainXMLToNative(conn, "qemu-argv", xml, 0) : NULL;
}

int virt_check(struct virt *v, const char *xml, struct err *err)
{
	cleanup_free char *line = virt_command_line(v, xml);
	if (line)
		return 0;
	return err_setf(err, -ENOTSUP, "such a guest can't be had here: libvirt says: %s", virGetLastErrorMessage());
}
