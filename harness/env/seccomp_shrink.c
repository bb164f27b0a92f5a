/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seccomp_shrink.c - partial evaluation of a filter: what is left of it for each system call, and a search tree over that. */
#include "env/seccomp_shrink.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct code {
	struct sock_filter *v;
	size_t n;
};

static size_t emit(struct code *c, uint16_t code, uint32_t k)
{
	c->v = xrealloc(c->v, c->n + 1, sizeof(*c->v));
	c->v[c->n] = (struct sock_filter)BPF_STMT(code, k);
	return c->n++;
}

static void append(struct code *c, const struct code *more)
{
	c->v = xrealloc(c->v, c->n + more->n, sizeof(*c->v));
	memcpy(c->v + c->n, more->v, more->n * sizeof(*c->v));
	c->n += more->n;
}

/* Where a program is followed: what is known of its accumulator. */
struct state {
	const struct sock_fprog *in;
	uint32_t arch, nr;
	bool known;
	uint32_t a;
	unsigned depth;
};

static bool holds(const struct sock_filter *i, uint32_t a)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ: return a == i->k;
	case BPF_JGT: return a > i->k;
	case BPF_JGE: return a >= i->k;
	default: return a & i->k;       /* BPF_JSET */
	}
}

static bool follow(struct state s, size_t pc, struct code *out);

/* Both ways of a jump that an argument decides. */
static bool fork_at(const struct state *s, size_t pc, struct code *out)
{
	const struct sock_filter *i = &s->in->filter[pc];
	struct state next = *s;
	next.depth++;
	size_t at = emit(out, i->code, i->k);
	if (!follow(next, pc + 1 + i->jt, out))
		return false;
	size_t jf = out->n - at - 1;
	out->v[at].jf = (uint8_t)jf;
	return jf <= UINT8_MAX && follow(next, pc + 1 + i->jf, out);
}

/* Write what is left of the program from pc on, for one architecture and number. false: it can't be told. */
static bool follow(struct state s, size_t pc, struct code *out)
{
	while (pc < s.in->len && s.depth < 32) {
		const struct sock_filter *i = &s.in->filter[pc++];
		switch (BPF_CLASS(i->code)) {
		case BPF_RET:
			emit(out, i->code, i->k);
			return true;
		case BPF_LD:
			if (i->code != (BPF_LD | BPF_W | BPF_ABS))
				return false;
			s.known = i->k == offsetof(struct seccomp_data, nr) || i->k == offsetof(struct seccomp_data, arch);
			s.a = i->k == offsetof(struct seccomp_data, nr) ? s.nr : s.arch;
			if (!s.known)
				emit(out, i->code, i->k);
			break;
		case BPF_ALU:
			if (s.known)
				return false;   /* no longer a number that only meets constants */
			emit(out, i->code, i->k);
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				pc += i->k;
			else if (BPF_SRC(i->code) != BPF_K || BPF_OP(i->code) == BPF_JSET)
				return false;
			else if (!s.known)
				return fork_at(&s, pc - 1, out);
			else
				pc += holds(i, s.a) ? i->jt : i->jf;
			break;
		default:
			return false;
		}
	}
	return false;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Numbers from which on the answer may be another one: the program only compares with constants. */
static size_t breakpoints(const struct sock_fprog *in, uint32_t **ret)
{
	uint32_t *v = xcalloc(2 * (size_t)in->len + 1, sizeof(*v));
	size_t n = 0, kept = 1;
	v[n++] = 0;
	for (size_t i = 0; i < in->len; i++)
		if (BPF_CLASS(in->filter[i].code) == BPF_JMP && BPF_OP(in->filter[i].code) != BPF_JA) {
			v[n++] = in->filter[i].k;
			v[n++] = in->filter[i].k + 1;
		}
	qsort(v, n, sizeof(*v), by_number);
	for (size_t i = 1; i < n; i++)
		if (v[i] != v[kept - 1])
			v[kept++] = v[i];
	*ret = v;
	return kept;
}

/* Numbers from `from` up to the next range's are answered by code. */
struct range {
	uint32_t from;
	struct code code;
};

static bool same(const struct code *a, const struct code *b)
{
	return a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0;
}

static void free_ranges(struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(r[i].code.v);
	free(r);
}

static bool find_ranges(const struct sock_fprog *in, uint32_t arch, struct range **ret, size_t *ret_n)
{
	cleanup_free uint32_t *from = NULL;
	size_t points = breakpoints(in, &from), n = 0;
	struct range *r = xcalloc(points, sizeof(*r));
	for (size_t i = 0; i < points; i++) {
		struct range *now = &r[n];
		*now = (struct range){ .from = from[i] };
		if (!follow((struct state){ .in = in, .arch = arch, .nr = from[i] }, 0, &now->code)) {
			free_ranges(r, n + 1);
			return false;
		}
		if (n && same(&r[n - 1].code, &now->code))
			free(now->code.v);
		else
			n++;
	}
	*ret = r;
	*ret_n = n;
	return true;
}

/* A binary search over the ranges; false when a jump would be too long. */
static bool search(const struct range *r, size_t n, struct code *out)
{
	if (n == 1) {
		append(out, &r[0].code);
		return true;
	}
	size_t mid = n / 2, at = emit(out, BPF_JMP | BPF_JGE | BPF_K, r[mid].from);
	if (!search(r, mid, out))
		return false;
	size_t jt = out->n - at - 1;
	out->v[at].jt = (uint8_t)jt;
	return jt <= UINT8_MAX && search(r + mid, n - mid, out);
}

/* What the program says to other architectures, whatever the number. */
static bool foreign(const struct sock_fprog *in, struct code *ret)
{
	static const uint32_t some[] = { AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0, UINT32_MAX };
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct code c = { 0 };
		bool ok = follow((struct state){ .in = in, .arch = some[i] }, 0, &c) && (i == 0 || same(&c, ret));
		if (i == 0)
			*ret = c;
		else
			free(c.v);
		if (!ok || ret->n != 1)
			return false;
	}
	return true;
}

static void code_free(struct code *c)
{
	free(c->v);
}

bool seccomp_shrink(const struct sock_fprog *in, uint32_t arch, struct sock_fprog *ret)
{
	struct range *r;
	size_t n;
	if (arch == AUDIT_ARCH_I386 || arch == AUDIT_ARCH_AARCH64 || !find_ranges(in, arch, &r, &n))
		return false;
	cleanup(code_free) struct code out = { 0 }, other = { 0 };
	bool ok = foreign(in, &other);
	emit(&out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	emit(&out, BPF_JMP | BPF_JEQ | BPF_K, arch);
	out.v[1].jt = 1;
	if (ok)
		append(&out, &other);
	emit(&out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	ok = ok && search(r, n, &out) && out.n < in->len;
	free_ranges(r, n);
	if (ok)
		*ret = (struct sock_fprog){ .len = (unsigned short)out.n, .filter = ptr_steal(&out.v) };
	return ok;
}
