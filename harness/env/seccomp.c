/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seccomp.c - build the filter with libseccomp and export it as a program. */
#include "env/seccomp.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "env/seccomp_shrink.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Namespaces that clone(2) could make; its low byte is a signal, so CLONE_NEWTIME can't be asked for there. */
#define CLONE_NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
static const scmp_datum_t personalities[] = { 0 /* PER_LINUX */, 0xffffffff /* ask only */ };

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static int add_partial(scmp_filter_ctx ctx)
{
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NAMESPACES, 0));
	for (size_t i = 0; r == 0 && i < sizeof(families) / sizeof(*families); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
	for (size_t i = 0; r == 0 && i < sizeof(personalities) / sizeof(*personalities); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_EQ, personalities[i]));
	return r;
}

static int add_rules(scmp_filter_ctx ctx, bool log_only)
{
	/* The order of system calls in the binary tree is by number; a linear list would cost each call up to 300 steps. */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* We say no_new_privs ourselves: it holds with the filter off, too. */
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	for (size_t i = 0; r == 0 && i < seccomp_allowed_n; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, seccomp_allowed[i], 0);
	if (r == 0)
		r = add_partial(ctx);
	/* Its flags are in memory, where no filter can look: ENOSYS makes the C library take clone. */
	if (r == 0 && !log_only)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r;
}

/* libseccomp exports to descriptors only. */
static int export(scmp_filter_ctx ctx, int (*to)(const scmp_filter_ctx, int), char **ret, size_t *ret_len)
{
	cleanup(fd_closep) int fd = memfd_create("seccomp", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = to(ctx, fd);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", fd);
	return fs_read(path, ret, ret_len);
}

int seccomp_filter_compile(bool log_only, struct sock_fprog *ret, char **ret_text, struct err *err)
{
	cleanup(release) scmp_filter_ctx ctx = seccomp_init(log_only ? SCMP_ACT_LOG : SCMP_ACT_ERRNO(EPERM));
	if (!ctx)
		return err_setf(err, -ENOMEM, "libseccomp can't make a filter for this architecture");
	int r = add_rules(ctx, log_only);
	if (r < 0)
		return err_sysf(err, r, "libseccomp refuses a rule of the filter");
	cleanup_free char *code = NULL;
	cleanup_free char *text = NULL;
	size_t len, text_len;
	r = export(ctx, seccomp_export_bpf, &code, &len);
	if (r == 0)
		r = export(ctx, seccomp_export_pfc, &text, &text_len);
	if (r < 0)
		return err_sysf(err, r, "libseccomp can't export the filter");
	*ret = (struct sock_fprog){ .len = (unsigned short)(len / sizeof(struct sock_filter)), .filter = ptr_steal(&code) };
	*ret_text = ptr_steal(&text);
	return 0;
}

int seccomp_filter_build(bool log_only, struct seccomp_filter *ret, struct err *err)
{
	struct sock_fprog compiled;
	int r = seccomp_filter_compile(log_only, &compiled, &ret->text, err);
	if (r < 0)
		return r;
	/* Where it can't be shrunk, what libseccomp made is as right, only slower to load. */
	if (seccomp_shrink(&compiled, seccomp_arch_native(), &ret->program))
		free(compiled.filter);
	else
		ret->program = compiled;
	return 0;
}

void seccomp_filter_free(struct seccomp_filter *f)
{
	free(f->program.filter);
	free(f->text);
	*f = (struct seccomp_filter){ 0 };
}
