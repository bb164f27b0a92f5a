/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_micro.c - real guests without an operating system: their byte comes, they end, nothing is left. */
#include "arm.h"
#include "env/guestkernel.h"
#include "env/microelf.h"
#include "guestproto.h"

#include <dirent.h>
#include <elf.h>
#include <stdlib.h>

/* libvirt's embedded driver has one root a process: one session for all tests. */
static struct session s;

static int make_session(void **state)
{
	(void)state;
	session_make(&s);
	cleanup_free char *exe = fs_exe_dir();
	const char *cache = getenv("ISOCOST_TEST_CACHE");
	s.ctx.cache = cache ? xstrdup(cache) : xasprintf("%s/..", exe);
	return 0;
}

static int end_session(void **state)
{
	(void)state;
	session_remove(&s);
	free((char *)s.ctx.cache);
	return 0;
}

static void it_is_what_qemu_boots_by_pvh(void **state)
{
	(void)state;
	size_t len = (size_t)(microelf_end - microelf_start);
	assert_true(guest_kernel_is_pvh(microelf_start, len));
	assert_int_equal(len, 1024);
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	memcpy(&eh, microelf_start, sizeof(eh));
	assert_int_equal(eh.e_phnum, 2);
	memcpy(ph, microelf_start + eh.e_phoff, sizeof(ph));
	assert_int_equal(ph[0].p_filesz, len);
	assert_true(ph[1].p_offset + ph[1].p_filesz <= len);
	/* The entry lies in the file, in ELF's header and in the note alike, and begins with the byte. */
	uint64_t entry;
	memcpy(&entry, microelf_start + ph[1].p_offset + 16, sizeof(entry));
	assert_true(entry == eh.e_entry);
	const unsigned char code[] = { 0xb0, GUEST_MARK_INIT, 0xe6, GUEST_MARK_PORT, 0xfa, 0xf4 };
	assert_memory_equal(microelf_start + (entry - ph[0].p_paddr), code, sizeof(code));
}

static struct env_arm *open_or_skip(const char *options, enum accel_choice accel, struct env_facts *facts)
{
	struct env_arm *arm = NULL;
	struct err err = { 0 };
	s.ctx.accel = accel;
	int r = arm_open(&env_micro, &s, "micro", options, facts, &arm, &err);
	if (r == -ENOTSUP || r == -EIO) {
		print_message("skipped: %s\n", err.msg);
		env_facts_free(facts);
		skip();
	}
	if (r < 0)
		fail_msg("%s", err.msg);
	return arm;
}

static int start(struct env_arm *arm, struct phases *phases, double seconds, struct env **ret, struct err *err)
{
	int64_t now = clk_now();
	*phases = (struct phases){ .start_ns = now };
	struct env_spec spec = { .phases = phases, .deadline_ns = now + (int64_t)(seconds * 1e9) };
	return env_micro.start(arm, &spec, ret, err);
}

/* Two of them: to the byte, which is the only output, and to the end. */
static void lives(const char *options, enum accel_choice accel, const char *label)
{
	struct env_facts facts = { 0 };
	struct env_arm *arm = open_or_skip(options, accel, &facts);
	assert_non_null(strstr(facts.label, label));
	assert_string_equal(kvs_get(&facts.facts, "guest.system"), "none");
	for (int i = 0; i < 2; i++) {
		struct env *env = NULL;
		struct phases p;
		struct err err = { 0 };
		struct said said = { 0 };
		struct footprint fp = { 0 };
		if (start(arm, &p, 60, &env, &err) < 0)
			fail_msg("start: %s", err.msg);
		struct env_call call = { .argv = (char *[]){ NULL }, .deadline_ns = clk_now() + 60 * CLK_S, .output = said_take, .arg = &said };
		if (env_micro.exec(env, &call, &err) < 0)
			fail_msg("exec: %s", err.msg);
		assert_int_equal(said.out.len, 1);
		assert_int_equal(said.out.s[0], GUEST_MARK_INIT);
		assert_int_equal(call.status, 0);
		assert_int_equal(env_micro.footprint(env, &fp, &err), 0);
		assert_true(fp.memory_peak > MiB && fp.cpu_s > 0);
		/* A command is not for it, and does not end it. */
		char *const argv[] = { (char *)"true", NULL };
		assert_int_equal(env_micro.exec(env, &(struct env_call){ .argv = argv, .output = said_take, .arg = &said }, &err), -ENOTSUP);
		env_micro.stop(env);
		static const char *const names[] = { "prepare", "libvirt", "qemu", "exit", "destroyed" };
		assert_int_equal(p.n, 5);
		for (size_t k = 0; k < p.n; k++)
			assert_string_equal(p.v[k].name, names[k]);
		assert_true(said.last_ns >= phases_at(&p, "qemu") && said.last_ns <= phases_at(&p, "exit"));
		said_free(&said);
	}
	env_micro.close(arm);
	env_facts_free(&facts);
}

static void by_tcg(void **state)
{
	(void)state;
	lives("", ACCEL_TCG, "micro (TCG)");
}

static void by_tcg_with_pci(void **state)
{
	(void)state;
	lives("machine=q35", ACCEL_TCG, "micro (TCG)");
}

static void by_kvm(void **state)
{
	(void)state;
	lives("", ACCEL_KVM, "micro (KVM");
}

static void it_suits_what_needs_no_program(void **state)
{
	(void)state;
	struct env_facts facts = { 0 };
	struct env_arm *arm = open_or_skip("", ACCEL_TCG, &facts);
	struct kvs none = { 0 };
	struct err err = { 0 };
	for (size_t i = 0; registry[i]; i++)
		assert_int_equal(env_micro.suits(arm, registry[i], &none, &err), registry[i]->observed || strcmp(registry[i]->name, "startup") == 0 ? 0 : -ENOTSUP);
	assert_non_null(strstr(err.msg, "no operating system"));
	struct env *env = NULL;
	struct env_spec spec = { .scratch = true };
	assert_int_equal(env_micro.start(arm, &spec, &env, &err), -ENOTSUP);
	spec = (struct env_spec){ .root = true };
	assert_int_equal(env_micro.start(arm, &spec, &env, &err), -ENOTSUP);
	env_micro.close(arm);
	env_facts_free(&facts);
}

/* Too little time, to start it or for its byte: an error, and nothing of it lives on. */
static void a_deadline_ends_it(void **state)
{
	(void)state;
	struct env_facts facts = { 0 };
	struct env_arm *arm = open_or_skip("", ACCEL_TCG, &facts);
	struct env *env = NULL;
	struct phases p;
	struct err err = { 0 };
	assert_int_equal(start(arm, &p, 0.01, &env, &err), -ETIMEDOUT);
	assert_null(env);
	struct strv dirs = { 0 };
	DIR *d = opendir(s.dir);
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] == 'g')
			strv_add(&dirs, e->d_name);
	closedir(d);
	assert_int_equal(dirs.n, 0);
	strv_free(&dirs);
	env_micro.close(arm);
	env_facts_free(&facts);
}

/* A CPU that no KVM gives: with KVM asked for an error that says so, or TCG and the reason why. */
static void kvm_that_does_not_run_it(void **state)
{
	(void)state;
	struct env_facts facts = { 0 };
	struct env_arm *arm = open_or_skip("", ACCEL_TCG, &facts);      /* libvirt and QEMU are here */
	struct err err = { 0 };
	env_micro.close(arm);
	env_facts_free(&facts);
	facts = (struct env_facts){ 0 };
	s.ctx.accel = ACCEL_KVM;
	assert_int_equal(arm_open(&env_micro, &s, "micro", "cpu=no-such-cpu", &facts, &arm, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "KVM was asked for"));
	env_facts_free(&facts);
	facts = (struct env_facts){ 0 };
	s.ctx.accel = ACCEL_AUTO;
	arm = open_or_skip("cpu=no-such-cpu", ACCEL_AUTO, &facts);
	assert_string_equal(facts.label, "micro (TCG)");
	assert_non_null(strstr(facts.note, "TCG, because "));
	env_micro.close(arm);
	env_facts_free(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_qemu_boots_by_pvh),
		cmocka_unit_test(by_tcg),
		cmocka_unit_test(by_tcg_with_pci),
		cmocka_unit_test(by_kvm),
		cmocka_unit_test(it_suits_what_needs_no_program),
		cmocka_unit_test(a_deadline_ends_it),
		cmocka_unit_test(kvm_that_does_not_run_it),
	};
	return cmocka_run_group_tests_name("micro", tests, make_session, end_session);
}
