/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmguest.c - a guest without an operating system, by /dev/kvm itself. */
#include "env/kvmguest.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/sig.h"
#include "base/str.h"
#include "env/kvmcode.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

/* The guest's memory: code and data, and page tables that show the first 4 MiB where they are. */
#define PAGE 4096
#define DATA 2048
#define PML4 (1 * PAGE)
#define PDPT (2 * PAGE)
#define PD (3 * PAGE)
#define MEMORY (4 * PAGE)
#define NOTHING (2 << 20)               /* an address without memory */
#define LARGE_PAGE (2 << 20)

#define ENTRY_USER 7ULL                 /* present, writable, for ring 3 too */
#define ENTRY_LARGE 0x80ULL
#define CR0_PE 1ULL
#define CR0_PG (1ULL << 31)
#define CR4_PAE (1ULL << 5)
#define EFER_LONG (1ULL << 8 | 1ULL << 10)
#define SEGMENT_CODE 11                 /* executable, readable, accessed */
#define SEGMENT_DATA 3                  /* writable, accessed */

struct kvmguest {
	int kvm, vm, cpu;
	unsigned char *mem;
	struct kvm_run *run;
	size_t run_size;
	bool unfinished;                /* KVM has still to finish the instruction that left */
};

void kvmguest_free(struct kvmguest *g)
{
	if (!g)
		return;
	if (g->run)
		munmap(g->run, g->run_size);
	fd_closep(&g->cpu);
	fd_closep(&g->vm);
	fd_closep(&g->kvm);
	if (g->mem)
		munmap(g->mem, MEMORY);
	free(g);
}

static void guest_freep(struct kvmguest **g)
{
	kvmguest_free(*g);
}

static void fill(struct kvmguest *g)
{
	uint64_t *pml4 = (uint64_t *)(g->mem + PML4), *pdpt = (uint64_t *)(g->mem + PDPT), *pd = (uint64_t *)(g->mem + PD);
	memcpy(g->mem, kvmcode_start, (size_t)(kvmcode_end - kvmcode_start));
	pml4[0] = PDPT | ENTRY_USER;
	pdpt[0] = PD | ENTRY_USER;
	for (uint64_t i = 0; i < 2; i++)
		pd[i] = i * LARGE_PAGE | ENTRY_USER | ENTRY_LARGE;
}

static int make_memory(struct kvmguest *g, struct err *err)
{
	void *mem = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return err_sysf(err, -errno, "no memory for a guest");
	g->mem = mem;
	struct kvm_userspace_memory_region r = { .memory_size = MEMORY, .userspace_addr = (uintptr_t)mem };
	if (ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &r) < 0)
		return err_setf(err, -ENOTSUP, "KVM takes no guest memory: %s", strerror(errno));
	fill(g);
	return 0;
}

static int make_cpu(struct kvmguest *g, struct err *err)
{
	g->cpu = ioctl(g->vm, KVM_CREATE_VCPU, 0);
	int size = ioctl(g->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (g->cpu < 0 || size < 0)
		return err_setf(err, -ENOTSUP, "KVM makes no vCPU: %s", strerror(errno));
	void *run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, g->cpu, 0);
	if (run == MAP_FAILED)
		return err_setf(err, -ENOTSUP, "KVM's vCPU can't be mapped: %s", strerror(errno));
	g->run = run;
	g->run_size = (size_t)size;
	return 0;
}

int kvmguest_new(struct kvmguest **ret, struct err *err)
{
	cleanup(guest_freep) struct kvmguest *g = xcalloc(1, sizeof(*g));
	g->vm = g->cpu = -1;
	g->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (g->kvm < 0 && errno == EACCES)
		return err_setf(err, -ENOTSUP, "/dev/kvm may not be opened by this user (group kvm)");
	if (g->kvm < 0)
		return err_setf(err, -ENOTSUP, "/dev/kvm can't be opened: %s", strerror(errno));
	g->vm = ioctl(g->kvm, KVM_CREATE_VM, 0);
	if (g->vm < 0)
		return err_setf(err, -ENOTSUP, "KVM makes no virtual machine: %s", strerror(errno));
	int r = make_memory(g, err);
	if (r == 0)
		r = make_cpu(g, err);
	if (r == 0)
		*ret = ptr_steal(&g);
	return r;
}

static struct kvm_segment segment(unsigned type, unsigned ring)
{
	bool code = type == SEGMENT_CODE;
	return (struct kvm_segment){ .limit = UINT32_MAX, .selector = (uint16_t)((code ? 8 : 16) | ring), .type = (uint8_t)type, .present = 1,
		                     .dpl = (uint8_t)ring, .s = 1, .l = code, .db = !code, .g = 1 };
}

static void set_mode(struct kvm_sregs *s, enum kvmguest_mode mode)
{
	if (mode == KVMGUEST_REAL) {
		s->cs.base = s->cs.selector = 0;
		return;
	}
	unsigned ring = mode == KVMGUEST_RING3 ? 3 : 0;
	s->cr0 |= CR0_PE | CR0_PG;
	s->cr3 = PML4;
	s->cr4 |= CR4_PAE;
	s->efer |= EFER_LONG;
	s->cs = segment(SEGMENT_CODE, ring);
	s->ds = s->es = s->fs = s->gs = s->ss = segment(SEGMENT_DATA, ring);
}

/* KVM finishes an instruction that left at the next KVM_RUN; this one does nothing else. */
static void finish(struct kvmguest *g)
{
	if (!g->unfinished)
		return;
	g->run->immediate_exit = 1;
	ioctl(g->cpu, KVM_RUN, 0);
	g->run->immediate_exit = 0;
	g->unfinished = false;
}

int kvmguest_enter(struct kvmguest *g, enum kvmguest_mode mode, const char *routine, uint64_t count, struct err *err)
{
	struct kvm_sregs s;
	struct kvm_regs regs = { .rip = (uint64_t)(routine - kvmcode_start), .rflags = 2, .rcx = count, .rbx = DATA, .rdi = NOTHING };
	finish(g);
	if (ioctl(g->cpu, KVM_GET_SREGS, &s) < 0)
		return err_setf(err, -ENOTSUP, "KVM shows no registers: %s", strerror(errno));
	set_mode(&s, mode);
	if (ioctl(g->cpu, KVM_SET_SREGS, &s) < 0 || ioctl(g->cpu, KVM_SET_REGS, &regs) < 0)
		return err_setf(err, -ENOTSUP, "KVM takes no registers: %s", strerror(errno));
	return 0;
}

/* ---- running, with a limit ---- */

static __thread struct kvm_run *volatile running;

/* Whether it comes before, in or after KVM_RUN: KVM looks at the flag when it enters, and a signal ends what it does. */
static void on_limit(int sig)
{
	(void)sig;
	if (running)
		running->immediate_exit = 1;
}

struct limit {
	timer_t timer;
	bool armed;
	struct sigaction was;
	sigset_t mask;
};

static void limit_end(struct limit *l)
{
	if (l->armed)
		timer_delete(l->timer);
	/* One that is pending goes to the handler before it is taken away. */
	running = NULL;
	sigaction(SIGRTMIN, &l->was, NULL);
	pthread_sigmask(SIG_SETMASK, &l->mask, NULL);
}

static int limit_begin(struct limit *l, int64_t ns, struct err *err)
{
	struct sigaction sa = { .sa_handler = on_limit };
	struct sigevent to = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN };
	struct itimerspec at = { .it_value = { .tv_sec = ns / CLK_S, .tv_nsec = ns % CLK_S } };
	sigset_t set;
	to._sigev_un._tid = gettid();
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaction(SIGRTMIN, &sa, &l->was);
	pthread_sigmask(SIG_UNBLOCK, &set, &l->mask);
	if (timer_create(CLOCK_MONOTONIC, &to, &l->timer) < 0)
		return err_sysf(err, -errno, "no timer for a guest");
	l->armed = true;
	return timer_settime(l->timer, 0, &at, NULL) < 0 ? err_sysf(err, -errno, "a timer can't be set") : 0;
}

int kvmguest_run(struct kvmguest *g, int64_t limit_ns, int64_t *ret_ns, struct err *err)
{
	cleanup(limit_end) struct limit limit = { .armed = false };
	g->run->immediate_exit = 0;
	running = g->run;
	int r = limit_begin(&limit, limit_ns, err);
	if (r < 0)
		return r;
	int64_t begin = clk_now(), end;
	int failed;
	do {
		failed = ioctl(g->cpu, KVM_RUN, 0) < 0 ? errno : 0;
		end = clk_now();
	} while (failed == EINTR && !g->run->immediate_exit && !sig_caught());
	if (failed == EINTR && g->run->immediate_exit)
		return err_setf(err, -ETIMEDOUT, "KVM's guest had not left after %.3g s", clk_to_s(limit_ns));
	if (failed == EINTR)
		return err_setf(err, -EINTR, "interrupted");
	if (failed)
		return err_setf(err, -ENOTSUP, "KVM runs no instruction: %s", strerror(failed));
	g->unfinished = g->run->exit_reason == KVM_EXIT_IO || g->run->exit_reason == KVM_EXIT_MMIO;
	*ret_ns = end - begin;
	return 0;
}

const struct kvm_run *kvmguest_exit(const struct kvmguest *g)
{
	return g->run;
}

int kvmguest_wrote_port(const struct kvmguest *g)
{
	return g->run->exit_reason == KVM_EXIT_IO && g->run->io.direction == KVM_EXIT_IO_OUT && g->run->io.port == KVMCODE_PORT;
}

int kvmguest_wrote_mmio(const struct kvmguest *g)
{
	return g->run->exit_reason == KVM_EXIT_MMIO && g->run->mmio.is_write && g->run->mmio.phys_addr == NOTHING;
}

int kvmguest_rax(const struct kvmguest *g, uint64_t *ret, struct err *err)
{
	struct kvm_regs regs;
	if (ioctl(g->cpu, KVM_GET_REGS, &regs) < 0)
		return err_setf(err, -ENOTSUP, "KVM shows no registers: %s", strerror(errno));
	*ret = regs.rax;
	return 0;
}
