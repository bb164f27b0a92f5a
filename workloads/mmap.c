/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mmap.c - get memory from the kernel, touch it, give it back. */
#include "load.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHECKED = 100 };

struct job {
	size_t size, page;
	uint64_t fresh, kept;           /* pages that were zero at first; pages that held what was written; of all mappings */
};

static int map_n(void *arg, uint64_t n)
{
	struct job *j = arg;
	for (uint64_t i = 0; i < n; i++) {
		volatile unsigned char *p = mmap(NULL, j->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return -errno;
		for (size_t at = 0; at < j->size; at += j->page) {
			j->fresh += p[at] == 0;
			p[at] = 0xa5;
			j->kept += p[at] == 0xa5;
		}
		if (munmap((void *)p, j->size) < 0)
			return -errno;
	}
	return 0;
}

static int measure(struct load *l, struct job *j)
{
	uint64_t pages = (j->size + j->page - 1) / j->page;
	int r = map_n(j, CHECKED);
	if (r == 0 && (j->fresh != CHECKED * pages || j->kept != CHECKED * pages))
		return load_failf(l, EIO, "of %llu fresh pages %llu were zero and %llu kept what was written", CHECKED * (unsigned long long)pages,
		                  (unsigned long long)j->fresh, (unsigned long long)j->kept);
	load_digest(l, &j->fresh, sizeof(j->fresh));
	load_digest(l, &j->kept, sizeof(j->kept));
	if (r == 0)
		r = load_loop(l, "time", map_n, j, 1);
	if (r == 0 && (j->fresh != j->kept || j->fresh % pages))
		return load_failf(l, EIO, "a page was not zero at first, or did not keep what was written");
	return r;
}

static int run(struct load *l)
{
	struct job j = { .size = load_size(l, "size"), .page = (size_t)sysconf(_SC_PAGESIZE) };
	int r = measure(l, &j);
	return r < 0 && r != -EIO ? load_failf(l, -r, "can't map and unmap %zu bytes: %s", j.size, strerror(-r)) : r;
}

const struct workload workload_mmap = {
	.name = "mmap",
	.resource = "kernel",
	.what = "memory mapped, every page of it touched, unmapped",
	.teaches = "Changing the address space: two system calls, a fault for each page and a flush of the TLB; in a guest without nested "
	           "paging each change is the hypervisor's work too.",
	.metrics = { { "time", "s", BETTER_LOWER, "one mapping: mmap, a write to each page, munmap" } },
	.params = {
		{ "size", PARAM_SIZE, "64KiB", NULL, "of a mapping, 4KiB … 64MiB", .least = 4096, .most = 64 << 20, .multiple = 4096 },
		LOAD_LOOP_PARAMS
	},
	.run = run,
};
