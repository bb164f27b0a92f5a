/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accel.c - what accelerates the guest: found out by trying. */
#include "env/accel.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/str.h"
#include "env/kvmcode.h"
#include "env/kvmguest.h"
#include "env/kvmprobe.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

/* A distribution's kernel reaches init in well under 3 s where KVM is of use. */
#define TRIAL_NS (5 * CLK_S)
/* Three instructions do in some microseconds. */
#define MICRO_NS (1 * CLK_S)

void accel_free(struct accel *a)
{
	free(a->why);
	*a = (struct accel){ 0 };
}

const char *accel_name(const struct accel *a)
{
	return a->kvm ? kvm_kind_name(a->kind) : ACCEL_TCG_NAME;
}

const char *accel_short(const struct accel *a)
{
	static const char *const text[] = {
		[KVM_KIND_UNKNOWN] = "KVM, no hw", [KVM_KIND_HARDWARE] = "KVM", [KVM_KIND_NESTED] = "KVM, nested", [KVM_KIND_SOFTWARE] = "KVM, no hw",
	};
	return a->kvm ? text[a->kind] : "TCG";
}

/* ---- three instructions ---- */

static void micro_freep(struct kvmguest **g)
{
	kvmguest_free(*g);
}

static int micro_step(struct kvmguest *g, uint32_t reason, const char *what, struct err *err)
{
	int64_t ns;
	int r = kvmguest_run(g, MICRO_NS, &ns, err);
	if (r < 0)
		return r;
	uint32_t seen = kvmguest_exit(g)->exit_reason;
	return seen == reason ? 0 : err_setf(err, -ENOTSUP, "KVM's guest left with exit reason %u instead of %s", seen, what);
}

int accel_kvm_runs(struct err *err)
{
	cleanup(micro_freep) struct kvmguest *g = NULL;
	int r = kvmguest_new(&g, err);
	if (r == 0)
		r = kvmguest_enter(g, KVMGUEST_REAL, kvmcode_hello, 0, err);
	if (r == 0)
		r = micro_step(g, KVM_EXIT_IO, "its output", err);
	if (r < 0)
		return r;
	const struct kvm_run *run = kvmguest_exit(g);
	if (!kvmguest_wrote_port(g) || *((const char *)run + run->io.data_offset) != 'K')
		return err_setf(err, -ENOTSUP, "KVM's guest wrote something else than its output");
	return micro_step(g, KVM_EXIT_HLT, "halting", err);
}

/* ---- a Linux guest ---- */

/* What the finding depends on: another boot, kernel, QEMU or way to boot is another trial. */
static char *trial_key(const struct guest_config *c, const struct guest_kernel *k, const char *qemu)
{
	struct utsname u;
	uname(&u);
	cleanup_free char *boot = fs_read_line("/proc/sys/kernel/random/boot_id");
	return xasprintf("%s|%s|%s|%s|%d|%s|%s", k->hash, u.release, boot ? boot : "", qemu, (int)c->dom.machine, c->dom.cpu, c->dom.cmdline);
}

/* One for each key: arms that differ don't forget what the others found. */
static char *trial_file(const char *cache, const char *key)
{
	char hash[17];
	guest_hash(key, strlen(key), hash);
	return xasprintf("%s/accel-%s.txt", cache, hash);
}

/* The file has two lines: what it depends on; "kvm" or why not. Returns false when it tells nothing of this key. */
static bool recall(const char *file, const char *key, bool *ret_kvm, char **ret_why)
{
	cleanup_free char *text = NULL;
	if (fs_read(file, &text, NULL) < 0)
		return false;
	size_t n = strlen(key);
	if (strncmp(text, key, n) != 0 || text[n] != '\n')
		return false;
	const char *rest = str_trim(text + n + 1);
	*ret_kvm = strcmp(rest, "kvm") == 0;
	*ret_why = xstrdup(rest);
	return *rest != '\0';
}

static void remember(const char *file, const char *key, bool kvm, const char *why)
{
	cleanup_free char *text = xasprintf("%s\n%s\n", key, kvm ? "kvm" : why);
	int r = fs_replace(file, text, strlen(text), 0644);
	if (r < 0)
		log_warnf("can't keep in %s whether KVM works: %s", file, strerror(-r));
}

/* 0: booted by KVM; why is malloc'd when it did not. -EINTR ends it all. */
static int try_linux(const struct guest_config *trial, bool *ret_kvm, char **ret_why, struct err *err)
{
	struct guest_config c = *trial;
	struct phases phases = { .start_ns = clk_now() };
	struct env_spec spec = { .phases = &phases };
	struct err why = { 0 };
	struct guest *g = NULL;
	c.boot_ns = TRIAL_NS;
	log_debugf("trying whether KVM boots the guest's kernel here");
	int r = guest_start(&c, &spec, NULL, &g, &why);
	if (r == -EINTR)
		return err_setf(err, r, "%s", why.msg);
	guest_stop(g);
	*ret_kvm = r == 0;
	/* Its first line says it all; the console's are in ctx->keep. */
	*ret_why = xstrndup(why.msg, strcspn(why.msg, "\n"));
	return 0;
}

/* The kind as measured; where nothing could be, as the host has it. */
static int find_kind(struct accel *a, struct err *err)
{
	const struct kvm_host host = kvmprobe_host();
	struct kvmcost c;
	const char *missing;
	int r = a->kvm ? kvmprobe(&c, &missing, err) : 0;
	if (r == -EINTR)
		return r;
	if (a->kvm)
		a->kind = r == 0 ? c.kind : kvmcost_shown(&host);
	return 0;
}

/* What needs no Linux guest: 1: settled; 0: KVM runs, and was not asked for by name. */
static int choose_plain(enum accel_choice choice, struct accel *a, struct err *err)
{
	struct err why = { 0 };
	int r = choice == ACCEL_TCG ? 0 : accel_kvm_runs(&why);
	if (r == -EINTR)
		return err_setf(err, r, "%s", why.msg);
	if (choice == ACCEL_KVM && r < 0)
		return err_setf(err, -ENOTSUP, "KVM was asked for and does not run here: %s (--accel tcg emulates)", why.msg);
	a->kvm = choice == ACCEL_KVM;
	if (choice == ACCEL_KVM)
		a->why = xstrdup("KVM, because it was asked for");
	else if (choice == ACCEL_TCG)
		a->why = xstrdup("TCG, because it was asked for");
	else if (r < 0)
		a->why = xasprintf("TCG, because %s", why.msg);
	return a->why != NULL;
}

static int settle(struct accel *a, struct accel *ret, struct err *err)
{
	int r = find_kind(a, err);
	if (r < 0)
		return r;
	*ret = *a;
	a->why = NULL;
	return 0;
}

int accel_choose_bare(enum accel_choice choice, struct accel *ret, struct err *err)
{
	cleanup(accel_free) struct accel a = { .kvm = false };
	int r = choose_plain(choice, &a, err);
	if (r < 0)
		return r;
	if (r == 0) {
		a.kvm = true;
		a.why = xstrdup("KVM, because it runs here");
	}
	return settle(&a, ret, err);
}

int accel_choose(enum accel_choice choice, const struct guest_config *trial, const struct guest_kernel *k, const char *qemu_version,
                 struct accel *ret, struct err *err)
{
	cleanup(accel_free) struct accel a = { .kvm = false };
	int r = choose_plain(choice, &a, err);
	if (r < 0)
		return r;
	if (r == 0) {
		cleanup_free char *key = trial_key(trial, k, qemu_version), *file = trial_file(trial->ctx->cache, key);
		cleanup_free char *found = NULL;
		if (!recall(file, key, &a.kvm, &found)) {
			r = try_linux(trial, &a.kvm, &found, err);
			if (r < 0)
				return r;
			remember(file, key, a.kvm, found);
		}
		a.why = a.kvm ? xstrdup("KVM, because it booted the guest's kernel") :
		                xasprintf("TCG, because KVM is there but did not boot the guest's kernel: %s", found);
	}
	return settle(&a, ret, err);
}
