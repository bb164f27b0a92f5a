/* SPDX-License-Identifier: GPL-3.0-or-later */
/* execstamp.c - the kernel's own stamps of the programs that are exec'd below the calling thread. */
#include "env/execstamp.h"

#include "base/str.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What is inherited can be read by a ring for each CPU only. */
struct execstamp {
	long page;
	size_t n;
	void *ring[];                   /* one page of control and one of records; NULL: there is no such CPU */
};

/* The sample id behind every record, as asked for by sample_type: pid, tid, time. */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time;
};

void execstamp_close(struct execstamp *s)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (s->ring[i])
			munmap(s->ring[i], 2 * (size_t)s->page);
	free(s);
}

/* Closing the descriptor leaves the event to its ring. */
static int open_ring(int cpu, long page, void **ret)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(a), .config = PERF_COUNT_SW_DUMMY, .inherit = 1, .comm = 1, .comm_exec = 1,
		.exclude_kernel = 1, .exclude_hv = 1, .sample_id_all = 1, .sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_TID,
		.use_clockid = 1, .clockid = CLOCK_MONOTONIC,
	};
	int fd = (int)syscall(SYS_perf_event_open, &a, 0, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	void *p = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int r = p == MAP_FAILED ? -errno : 0;
	close(fd);
	if (r == 0)
		*ret = p;
	return r;
}

int execstamp_open(struct execstamp **ret, struct err *err)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct execstamp *s = xcalloc(1, sizeof(*s) + (size_t)cpus * sizeof(*s->ring));
	s->page = sysconf(_SC_PAGESIZE);
	size_t opened = 0;
	int r = -ENODEV;
	for (; s->n < (size_t)cpus; s->n++) {
		int k = open_ring((int)s->n, s->page, &s->ring[s->n]);
		opened += k == 0;
		if (k < 0 && k != -ENODEV)
			r = k;
	}
	if (opened) {
		*ret = s;
		return 0;
	}
	execstamp_close(s);
	return err_sysf(err, r, "the kernel's records of exec (perf_event_open; sysctl kernel.perf_event_paranoid must be 2 or less)");
}

static int64_t look(const void *ring, long page, pid_t pid)
{
	const struct perf_event_mmap_page *control = ring;
	const char *data = (const char *)ring + page;
	uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
	int64_t found = 0;
	/* Nothing is ever taken out: a full ring takes no more, and records don't wrap around. */
	for (uint64_t at = 0; at + sizeof(struct perf_event_header) <= head && head <= (uint64_t)page;) {
		const struct perf_event_header *h = (const void *)(data + at);
		struct sample_id id;
		if (h->size < sizeof(*h) + sizeof(id))
			break;
		memcpy(&id, (const char *)h + h->size - sizeof(id), sizeof(id));
		if (h->type == PERF_RECORD_COMM && h->misc & PERF_RECORD_MISC_COMM_EXEC && id.pid == (uint32_t)pid)
			found = (int64_t)id.time;
		at += h->size;
	}
	return found;
}

int64_t execstamp_of(const struct execstamp *s, pid_t pid)
{
	int64_t last = 0;
	for (size_t i = 0; i < s->n; i++) {
		int64_t t = s->ring[i] ? look(s->ring[i], s->page, pid) : 0;
		last = t > last ? t : last;
	}
	return last;
}
