/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bundle.c - write the config.json of an OCI bundle. */
#include "env/bundle.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

/* NULL when one is not UTF-8; what is packed with it is NULL then, too. */
static json_t *strings(const char *const *v)
{
	json_t *a = json_array();
	for (; *v; v++)
		if (json_array_append_new(a, json_string(*v)) < 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

static json_t *words(const char *list)
{
	cleanup(strv_free) struct strv v = { 0 };
	strv_split(&v, list, " ");
	return v.n ? strings((const char *const *)v.v) : json_array();
}

static json_t *capabilities(const struct caps *c)
{
	json_t *a = json_array();
	cleanup_free char *text = caps_text(c);
	cleanup(strv_free) struct strv names = { 0 };
	if (c->keep)
		strv_split(&names, text, ",");
	for (size_t i = 0; i < names.n; i++) {
		for (char *p = names.v[i]; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		cleanup_free char *name = xasprintf("CAP_%s", names.v[i]);
		json_array_append_new(a, json_string(name));
	}
	json_t *none = json_array();
	json_t *o = json_pack("{s:O, s:O, s:O, s:O, s:O}", "bounding", a, "effective", a, "permitted", a, "inheritable", none,
	                      "ambient", none);
	json_decref(a);
	json_decref(none);
	return o;
}

static json_t *environment(const struct bundle_request *q)
{
	cleanup(strv_free) struct strv v = { 0 };
	strv_addf(&v, "PATH=%s", q->path);
	strv_add(&v, "HOME=/root");
	strv_add(&v, "TERM=xterm");
	if (q->scratch)
		strv_addf(&v, "ISOCOST_SCRATCH=%s", q->scratch_at);
	return strings((const char *const *)v.v);
}

static json_t *process(const struct bundle_request *q)
{
	return json_pack("{s:b, s:{s:i, s:i}, s:o, s:o, s:s, s:o, s:b}", "terminal", q->terminal, "user", "uid", 0, "gid", 0,
	                 "args", strings((const char *const *)q->argv), "env", environment(q), "cwd", "/",
	                 "capabilities", capabilities(q->caps), "noNewPrivileges", 1);
}

static void add_mount(json_t *to, const char *source, const char *target, const char *type, const char *options)
{
	json_array_append_new(to, json_pack("{s:s, s:s, s:s, s:o}", "destination", target, "type", type, "source", source,
	                                    "options", words(options)));
}

static json_t *mounts(const struct bundle_request *q)
{
	json_t *m = json_array();
	add_mount(m, "proc", "/proc", "proc", "nosuid noexec nodev");
	add_mount(m, "tmpfs", "/dev", "tmpfs", "nosuid strictatime mode=755 size=65536k");
	add_mount(m, "devpts", "/dev/pts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620");
	add_mount(m, "shm", "/dev/shm", "tmpfs", "nosuid noexec nodev mode=1777 size=65536k");
	add_mount(m, "sysfs", "/sys", "sysfs", "nosuid noexec nodev ro");
	add_mount(m, "tmpfs", "/tmp", "tmpfs", "nosuid nodev mode=1777 size=65536k");
	/* Only the limit is shown: a cgroup mount would show every hierarchy, at a mount each. */
	if (q->memory_dir && q->memory_v2)
		add_mount(m, q->memory_dir, "/sys/fs/cgroup", "bind", "bind ro nosuid nodev noexec");
	if (q->memory_dir && !q->memory_v2) {
		add_mount(m, q->memory_point, "/sys/fs/cgroup", "bind", "bind ro nosuid nodev noexec");
		add_mount(m, q->memory_dir, "/sys/fs/cgroup/memory", "bind", "bind ro nosuid nodev noexec");
	}
	if (q->scratch)
		add_mount(m, q->scratch, q->scratch_at, "bind", "bind rw nosuid nodev");
	return m;
}

static json_t *resources(const struct envelope *e)
{
	json_t *r = json_pack("{s:[{s:b, s:s}]}", "devices", "allow", 0, "access", "rwm");
	if (!e)
		return r;
	json_object_set_new(r, "memory", json_pack("{s:I}", "limit", (json_int_t)e->memory));
	json_object_set_new(r, "cpu", json_pack("{s:s}", "cpus", e->cpu_list));
	json_object_set_new(r, "pids", json_pack("{s:I}", "limit", (json_int_t)e->pids));
	return r;
}

static json_t *linux_part(const struct bundle_request *q)
{
	static const char *const kinds[] = { "pid", "network", "ipc", "uts", "mount", "cgroup", NULL };
	json_t *spaces = json_array();
	for (size_t i = 0; kinds[i]; i++)
		json_array_append_new(spaces, json_pack("{s:s}", "type", kinds[i]));
	json_t *o = json_pack("{s:o, s:o, s:o, s:o}", "namespaces", spaces, "resources", resources(q->limits), "maskedPaths",
	                      words("/proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list "
	                            "/proc/timer_stats /proc/sched_debug /sys/firmware /proc/scsi"),
	                      "readonlyPaths", words("/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger"));
	/* Relative: runc then makes it within the envelope. The name says whose it is, so that what a killed runtime leaves is found. */
	cleanup_free char *path = xasprintf("%s.oci", q->id);
	json_object_set_new(o, "cgroupsPath", json_string(path));
	return o;
}

char *bundle_config(const struct bundle_request *q)
{
	json_t *root = json_pack("{s:s, s:o, s:{s:s, s:b}, s:s, s:o, s:o}", "ociVersion", "1.0.2", "process", process(q), "root",
	                         "path", q->rootfs, "readonly", 1, "hostname", q->hostname, "mounts", mounts(q), "linux",
	                         linux_part(q));
	char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
	json_decref(root);
	return text;
}

int bundle_write(const char *dir, const struct bundle_request *q, struct err *err)
{
	cleanup_free char *text = bundle_config(q), *file = xasprintf("%s/config.json", dir);
	if (!text)
		return err_setf(err, -EINVAL, "the command is not UTF-8, as JSON wants it");
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return err_sysf(err, -errno, "can't make %s", dir);
	int r = fs_write(file, text, strlen(text), 0644);
	return r < 0 ? err_sysf(err, r, "can't write %s", file) : 0;
}
