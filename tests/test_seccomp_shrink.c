/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shrunk filter answers as libseccomp's does: to every number, on every architecture, with any arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "env/seccomp.h"
#include "env/seccomp_shrink.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* The kernel's own way through a program, for the instructions that filters are made of. */
static uint32_t run(const struct sock_fprog *p, const struct seccomp_data *d)
{
	uint32_t a = 0;
	for (size_t pc = 0; pc < p->len;) {
		const struct sock_filter *i = &p->filter[pc++];
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(i->k % 4 == 0 && i->k + 4 <= sizeof(*d));
			memcpy(&a, (const char *)d + i->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K: a &= i->k; break;
		case BPF_JMP | BPF_JA: pc += i->k; break;
		case BPF_JMP | BPF_JEQ | BPF_K: pc += a == i->k ? i->jt : i->jf; break;
		case BPF_JMP | BPF_JGT | BPF_K: pc += a > i->k ? i->jt : i->jf; break;
		case BPF_JMP | BPF_JGE | BPF_K: pc += a >= i->k ? i->jt : i->jf; break;
		case BPF_RET | BPF_K: return i->k;
		default: fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("ran off the end");
	return 0;
}

static const uint64_t values[] = {
	0, 1, 2, 10, 16, 17, 38, 40, 0x4000, 0x20000, 0x0040000, CLONE_NEWUSER, CLONE_NEWNS | 17, CLONE_NEWNET, CLONE_THREAD | CLONE_VM,
	0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000001, 0xffffffff00000000, UINT64_MAX,
};
#define N_VALUES (sizeof(values) / sizeof(*values))

static void compare(const struct sock_fprog *a, const struct sock_fprog *b, uint32_t arch, uint32_t nr)
{
	for (size_t i = 0; i < N_VALUES; i++) {
		struct seccomp_data d = { .nr = (int)nr, .arch = arch, .instruction_pointer = 0x1234567890 };
		for (int k = 0; k < 6; k++)
			d.args[k] = values[(i + (size_t)k * 7) % N_VALUES];
		uint32_t x = run(a, &d), y = run(b, &d);
		if (x != y)
			fail_msg("arch %#x, number %u, first argument %#llx: %#x and %#x", arch, nr, (unsigned long long)d.args[0], x, y);
	}
}

static void check(bool log_only)
{
	struct sock_fprog whole = { 0 }, small = { 0 };
	char *text = NULL;
	assert_int_equal(seccomp_filter_compile(log_only, &whole, &text, NULL), 0);
	if (!seccomp_shrink(&whole, AUDIT_ARCH_X86_64, &small))
		fail_msg("the filter of %u instructions was not shrunk", whole.len);
	assert_true(small.len * 2 < whole.len);
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0, 0xffffffff };
	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++) {
		for (uint32_t nr = 0; nr < 1100; nr++) {
			compare(&whole, &small, archs[i], nr);
			compare(&whole, &small, archs[i], nr | 0x40000000);
		}
		compare(&whole, &small, archs[i], UINT32_MAX);
		compare(&whole, &small, archs[i], UINT32_MAX - 1);
		srand(1);
		for (int k = 0; k < 2000; k++)
			compare(&whole, &small, archs[i], (uint32_t)rand() * 2654435761u);
	}
	free(whole.filter);
	free(small.filter);
	free(text);
}

static void test_same_answers(void **state)
{
	(void)state;
#ifndef __x86_64__
	skip();
#endif
	check(false);
	check(true);
}

/* Arithmetic on a number can't be followed over ranges: such a program is left alone. */
static void test_refuses_arithmetic(void **state)
{
	(void)state;
	struct sock_filter odd[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog in = { 5, odd }, out = { 0 };
	assert_false(seccomp_shrink(&in, AUDIT_ARCH_X86_64, &out));
	/* Nor bits of it, nor a program that runs off its end. */
	odd[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 1, 2);
	assert_false(seccomp_shrink(&in, AUDIT_ARCH_X86_64, &out));
	in.len = 1;
	assert_false(seccomp_shrink(&in, AUDIT_ARCH_X86_64, &out));
	assert_null(out.filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_answers), cmocka_unit_test(test_refuses_arithmetic) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
