/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kernels.c - what the workloads compute, against answers that a second program in Python found; and what they find out. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "chain.h"
#include "corpus.h"
#include "cpu_int.h"
#include "fileio.h"
#include "gups.h"
#include "runner.h"
#include "scratch.h"
#include "sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARGS_MAX = 8 };

static const struct known {
	const char *args[ARGS_MAX];     /* name and parameters */
	const char *digest;
} known[] = {
	{ { "mem-latency", "time=1ms", "warmup=1ms" }, "f9b811f08fa809b49af4d84efbfa781bafbe8226f6ef5189637f8712e89a241b" },
	{ { "mem-random", "size=64KiB", "time=1ms", "warmup=1ms" }, "7ed4543e87a48621ffb66e1b1ce1392c2bfc29720d8922eae232a4eac2fa15bc" },
	{ { "page-fault", "size=1MiB", "time=1ms" }, "69d9b5917a8ee77b491fd28836ef3edac83525bb6a4e8b66cafdaba4a51a256a" },
	{ { "tlb", "count=64", "time=1ms", "warmup=1ms" }, "6bd11dc4416082dc113a13f768f596ff7db1b9106434011f8003a548bde6bfc0" },
	{ { "tlb", "time=1ms", "warmup=1ms" }, "69954944e2e9e5bb48b43f3c50f517438f7192b851cff0bcf6eb5d83cb46a593" },
	{ { "timer-jitter", "count=5", "warmup=1" }, "7bcd364f12959916a2ea4ad08fc7fe9d9c20e4c628242d2676e4772687d86a60" },
	{ { "timer-jitter", "count=5", "slack=default" }, "7bcd364f12959916a2ea4ad08fc7fe9d9c20e4c628242d2676e4772687d86a60" },
	{ { "syscall-io", "time=1ms", "warmup=1ms" }, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53" },
	{ { "context-switch", "time=1ms", "warmup=1ms" }, "9b39919f852d434bbe14b5983b91d4cec07c7a1257c0152bde2d053474a09a37" },
	{ { "futex", "time=1ms", "warmup=1ms" }, "9b39919f852d434bbe14b5983b91d4cec07c7a1257c0152bde2d053474a09a37" },
	{ { "futex", "cpu=any", "time=1ms", "warmup=1ms" }, "9b39919f852d434bbe14b5983b91d4cec07c7a1257c0152bde2d053474a09a37" },
	{ { "unix-socket", "time=1ms", "warmup=1ms" }, "9b39919f852d434bbe14b5983b91d4cec07c7a1257c0152bde2d053474a09a37" },
	{ { "unix-socket", "type=seqpacket", "time=1ms" }, "9b39919f852d434bbe14b5983b91d4cec07c7a1257c0152bde2d053474a09a37" },
	{ { "signal", "time=1ms", "warmup=1ms" }, "921ac7f259f864606624eb7fc29124712ff65b425e9500a35dd32b71ddb9332c" },
	{ { "mmap", "time=1ms", "warmup=1ms" }, "286e9becd232462a718b152686965871582e8c513b2fefaef6014e48a1ddf739" },
	{ { "fork-exec", "time=1ms", "warmup=1ms" }, "81d167c9d4bd26ad3a14f3ace2e61763468add5df22a91d20e3fca818c626fcb" },
	{ { "fork-exec", "method=vfork", "time=1ms" }, "81d167c9d4bd26ad3a14f3ace2e61763468add5df22a91d20e3fca818c626fcb" },
	{ { "fork-exec", "method=spawn", "time=1ms" }, "81d167c9d4bd26ad3a14f3ace2e61763468add5df22a91d20e3fca818c626fcb" },
	{ { "cpu-compress", "size=64KiB", "time=1ms", "warmup=1ms" }, "311f2e90c31b2547e25994e73aa994f53a9336d947fb7baa984732e6b6fa8ad4" },
	{ { "cpu-compress", "level=1", "time=1ms", "warmup=1ms" }, "bb5b74408e67e2a1cbb460fe13aa4f686ca59ff71b1867a757944adf949fef37" },
	{ { "cpu-scaling", "time=1ms", "warmup=1ms", "min-time=1ms" }, "4b607d7a8c00250be1a204cd83b9d77ba52dfe4d7fd1d00c96670d4ce2afc768" },
	{ { "cpu-scaling", "threads=7", "time=1ms", "min-time=1ms" }, "4b607d7a8c00250be1a204cd83b9d77ba52dfe4d7fd1d00c96670d4ce2afc768" },
	{ { "file-random", "size=256KiB", "time=20ms", "cache=buffered" }, "ec4ba9093ada11c0e5cdedcfd4234505ecb12b5a465944d5ba40aef3174ab817" },
	{ { "file-random", "size=100KiB", "time=20ms", "cache=buffered", "depth=8", "warmup=0" }, "d61df3a935eac602005afcf31b9339c3749f80207d89d929a65955839f3f16d8" },
	{ { "file-random", "size=100KiB", "time=20ms", "cache=buffered", "depth=8", "engine=threads", "rate=1000" }, "d61df3a935eac602005afcf31b9339c3749f80207d89d929a65955839f3f16d8" },
	{ { "file-random", "size=128KiB", "block=512", "time=20ms", "cache=buffered", "read-cache=warm", "flush=each" }, "0f59582dd62043564539235ad21e4aea4923e17877a7e9964ca48ae563dd3c5f" },
	{ { "net-connect", "count=60", "warmup=20" }, "0c27700c82d333aa295692f1814040a962d7bc530253af661d97635dd5ed7af9" },
	{ { "net-connect", "close=here", "count=60", "warmup=0" }, "0c27700c82d333aa295692f1814040a962d7bc530253af661d97635dd5ed7af9" },
	{ { "net-connect", "close=reset", "count=60", "warmup=0" }, "0c27700c82d333aa295692f1814040a962d7bc530253af661d97635dd5ed7af9" },
	{ { "file-meta", "files=10", "time=1ms" }, "666e9f758dab34c22b8f7c8631d50abc1fa04958d5ed88f86cfae87ba2751f35" },
	{ { "file-meta", "files=10", "flush=directory", "time=1ms" }, "666e9f758dab34c22b8f7c8631d50abc1fa04958d5ed88f86cfae87ba2751f35" },
};

/* Run a workload; *ret_text is what it wrote, the caller's to free. */
static int run(const char *const *args, char **ret_text)
{
	static struct load_out out;
	struct load_value values[PARAMS_MAX];
	char msg[256], number[16], path[64];
	size_t n = 1;
	const struct workload *w = registry_find(args[0]);
	assert_non_null(w);
	while (n < ARGS_MAX && args[n])
		n++;
	cleanup(fd_closep) int fd = memfd_create("records", MFD_CLOEXEC);
	assert_true(fd >= 0);
	snprintf(number, sizeof(number), "%d", fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(load_out_open(&out, number), 0);
	assert_int_equal(load_params(w, args + 1, n - 1, values, msg, sizeof(msg)), 0);
	int r = load_run(w, values, &out);
	assert_int_equal(fs_read(path, ret_text, NULL), 0);
	return r;
}

static void results_are_the_known_ones(void **state)
{
	(void)state;
	for (const struct known *k = known; k < known + sizeof(known) / sizeof(*known); k++) {
		cleanup_free char *text = NULL, *line = xasprintf("\ndigest %s\n", k->digest);
		int r = run(k->args, &text);
		if (r < 0 || !strstr(text, line))
			print_error("%s %s: %s", k->args[0], k->args[1], text);
		assert_int_equal(r, 0);
		assert_non_null(strstr(text, line));
	}
}

/* A machine gives huge pages, or the workload says that it doesn't; the work is the same. */
static void huge_pages_or_a_reason(void **state)
{
	(void)state;
	static const struct known huge[] = {
		{ { "mem-latency", "pages=huge", "time=1ms" }, "f9b811f08fa809b49af4d84efbfa781bafbe8226f6ef5189637f8712e89a241b" },
		{ { "mem-random", "size=64KiB", "pages=huge", "time=1ms" }, "7ed4543e87a48621ffb66e1b1ce1392c2bfc29720d8922eae232a4eac2fa15bc" },
		{ { "tlb", "count=64", "pages=huge", "time=1ms" }, "6bd11dc4416082dc113a13f768f596ff7db1b9106434011f8003a548bde6bfc0" },
		{ { "page-fault", "size=1MiB", "pages=huge", "time=1ms" }, "7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8" },
	};
	for (const struct known *k = huge; k < huge + sizeof(huge) / sizeof(*huge); k++) {
		cleanup_free char *text = NULL;
		int r = run(k->args, &text);
		assert_true(r == 0 || r == LOAD_CANNOT);
		assert_non_null(strstr(text, r == 0 ? k->digest : "take pages=small"));
		assert_non_null(strstr(text, r == 0 ? "\nend 0\n" : "\nend cannot "));
	}
}

/* By the parts of the work that tests can call; the corpus was made a second time in Python. */
static void parts_of_the_work(void **state)
{
	(void)state;
	static unsigned char corpus[4096 * 4 + 100];
	struct sha256 hash;
	char hex[SHA256_HEX];
	uint64_t seed = CPU_INT_SEED, other = CPU_INT_SEED + 1;
	corpus_fill(corpus, 4096);
	sha256_init(&hash);
	sha256_update(&hash, corpus, 4096);
	sha256_hex(&hash, hex);
	assert_string_equal(hex, "07c7370916c2cf465fe3c922713e8de717311e0af2c16828b5c750d9a14a66ae");
	/* The beginning of a longer one, which ends where it is told to. */
	unsigned char first[4096];
	memcpy(first, corpus, sizeof(first));
	corpus[sizeof(corpus) - 1] = 'x';
	corpus_fill(corpus, sizeof(corpus) - 1);
	assert_memory_equal(corpus, first, sizeof(first));
	assert_int_equal(corpus[sizeof(corpus) - 1], 'x');
	assert_int_equal(cpu_int_units(&seed, 3), 0);
	assert_int_equal(cpu_int_units(&other, 1), -EIO);
}

/* Every engine that there is: many writes at once, then reads; what comes back is what was written, and errors are told. */
static void an_engine_moves_data(const struct fileio_engine *e, unsigned depth)
{
	enum { BLOCK = 512, BLOCKS = 64 };
	static unsigned char data[FILEIO_DEPTH_MAX][BLOCK];
	struct fileio_request requests[FILEIO_DEPTH_MAX], *q;
	cleanup(fd_closep) int fd = memfd_create("file", MFD_CLOEXEC);
	struct fileio io = { .engine = e, .fd = fd, .depth = depth };
	int r = e->open(&io);
	if (r < 0) {
		print_message("%s: %s\n", e->name, strerror(-r));
		assert_true(e != &fileio_threads && e != &fileio_sync);
		return;
	}
	assert_int_equal(e->reap(&io, load_now(), &q), 0);
	assert_null(q);
	for (int write = 1; write >= 0; write--)
		for (unsigned at = 0; at < BLOCKS; at += depth) {
			unsigned seen = 0;
			for (unsigned i = 0; i < depth; i++) {
				memset(data[i], write ? (int)(at + i) : 255, BLOCK);
				requests[i] = (struct fileio_request){ .write = write, .flush = write && at, .data = data[i], .len = BLOCK, .offset = (at + i) * BLOCK };
				assert_int_equal(e->submit(&io, &requests[i]), 0);
			}
			while (seen < depth) {
				assert_int_equal(e->reap(&io, seen % 2 ? FILEIO_FOREVER : load_now() + 1000000, &q), 0);
				assert_true(!q || q->result == BLOCK);
				seen += q != NULL;
			}
			for (unsigned i = 0; i < depth; i++)
				assert_int_equal(data[i][BLOCK - 1], (int)(at + i));
		}
	requests[0] = (struct fileio_request){ .data = data[0], .len = BLOCK, .offset = BLOCKS * BLOCK };
	assert_int_equal(e->submit(&io, &requests[0]), 0);
	assert_int_equal(e->reap(&io, FILEIO_FOREVER, &q), 0);
	assert_int_equal(q->result, 0);
	requests[0].data = NULL;
	requests[0].offset = 0;
	r = e->submit(&io, &requests[0]);
	if (r == 0) {
		assert_int_equal(e->reap(&io, FILEIO_FOREVER, &q), 0);
		r = (int)q->result;
	}
	assert_int_equal(r, -EFAULT);
	e->close(&io);
}

static void engines_move_data(void **state)
{
	(void)state;
	an_engine_moves_data(&fileio_sync, 1);
	an_engine_moves_data(&fileio_threads, 1);
	an_engine_moves_data(&fileio_threads, 16);
	an_engine_moves_data(&fileio_aio, 16);
	an_engine_moves_data(&fileio_uring, 16);
}

static void a_table_has_a_power_of_two(void **state)
{
	(void)state;
	static const char *const args[ARGS_MAX] = { "mem-random", "size=96KiB" };
	cleanup_free char *text = NULL;
	assert_int_equal(run(args, &text), -EINVAL);
	assert_non_null(strstr(text, "expected a power of two"));
}

/* Values of HPCC_starts() as published, run in Python; the last is the one before it begins anew. */
static void random_access_is_hpcc_s(void **state)
{
	(void)state;
	uint64_t x = 1;
	for (uint64_t n = 0; n < 5000; n++, x = gups_next(x))
		assert_true(gups_start(n) == x);
	assert_true(gups_start(1000) == 0xb6b6db0000000103);
	assert_true(gups_start(1 << 20) == 0x100010111);
	assert_true(gups_start(1000000000000000) == 0xb910338484643090);
	assert_true(gups_start(GUPS_PERIOD - 1) == 0x8000000000000003);
	assert_true(gups_start(GUPS_PERIOD) == 1);
	assert_true(gups_next(gups_start(GUPS_PERIOD - 1)) == 1);
}

static struct chain chain_of(void *base, size_t n, size_t stride, size_t lines)
{
	return (struct chain){ .base = base, .n = n, .stride = stride, .lines = lines };
}

static void a_chain_is_one_cycle(void **state)
{
	(void)state;
	uint64_t packed, spread;
	cleanup_free void *memory = aligned_alloc(4096, 256 * 4096);
	struct chain c = chain_of(memory, 256, CHAIN_LINE, 1);
	chain_build(&c);
	assert_int_equal(chain_check(&c, &packed), 0);
	assert_true(packed == 0x71cba47393427586);
	c = chain_of(memory, 256, 4096, 64);
	assert_int_equal(chain_bytes(&c), 256 * 4096);
	chain_build(&c);
	assert_int_equal(chain_check(&c, &spread), 0);
	assert_true(spread == packed);          /* the order is the same, wherever the places are */
	c = chain_of(memory, 8, CHAIN_LINE, 1);
	chain_build(&c);
	assert_int_equal(chain_check(&c, &packed), 0);
	assert_true(packed == 0x21840b41fc);
}

/* The lines of places in one piece of memory: all 1024 sets of 64 bytes are used, and equally. */
static void places_use_all_sets(void **state)
{
	(void)state;
	enum { N = 4096, SETS = 1024 };
	static unsigned char used[SETS];
	cleanup_free unsigned char *memory = aligned_alloc(SETS * CHAIN_LINE, (size_t)N * 4096);
	struct chain c = chain_of(memory, N, 4096, 64);
	chain_build(&c);
	void **at = c.at;
	for (int i = 0; i < N; i++, at = *at)
		used[((unsigned char *)at - memory) / CHAIN_LINE % SETS]++;
	for (int i = 0; i < SETS; i++)
		assert_int_equal(used[i], N / SETS);
}

static void a_broken_chain_is_found(void **state)
{
	(void)state;
	uint64_t hash;
	cleanup_free void *memory = aligned_alloc(4096, 64 * CHAIN_LINE);
	struct chain c = chain_of(memory, 64, CHAIN_LINE, 1);
	chain_build(&c);
	void **first = memory, **second = *first, **third = *second;
	void *kept = *second;
	*second = third + 1;            /* not a place */
	assert_int_equal(chain_check(&c, &hash), -EIO);
	*second = first;                /* a cycle of two */
	assert_int_equal(chain_check(&c, &hash), -EIO);
	*second = second;               /* never back */
	assert_int_equal(chain_check(&c, &hash), -EIO);
	*second = kept;
	assert_int_equal(chain_check(&c, &hash), 0);
}

static void a_walk_arrives(void **state)
{
	(void)state;
	cleanup_free void *memory = aligned_alloc(4096, 64 * CHAIN_LINE);
	struct chain c = chain_of(memory, 64, CHAIN_LINE, 1);
	chain_build(&c);
	for (uint64_t n = 0; n < 200; n += 7) {
		assert_int_equal(chain_follow(&c, n), 0);
		assert_int_equal(chain_arrived(&c), 0);
	}
	c.at = *c.at;                   /* a step that was not asked for */
	assert_int_equal(chain_arrived(&c), -EIO);
}

static void scratch_names(void **state)
{
	(void)state;
	char name[SCRATCH_NAME];
	load_scratch_name(name, 'a', 0);
	assert_string_equal(name, "a0");
	load_scratch_name(name, 'b', 1205);
	assert_string_equal(name, "b1205");
	load_scratch_name(name, 'c', UINT64_MAX);
	assert_string_equal(name, "c18446744073709551615");
}

/* fork-exec starts its own program, which is this one here. */
int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_the_known_ones), cmocka_unit_test(huge_pages_or_a_reason),
		cmocka_unit_test(a_table_has_a_power_of_two), cmocka_unit_test(random_access_is_hpcc_s),
		cmocka_unit_test(a_chain_is_one_cycle),       cmocka_unit_test(places_use_all_sets),
		cmocka_unit_test(a_broken_chain_is_found),    cmocka_unit_test(a_walk_arrives),
		cmocka_unit_test(scratch_names),              cmocka_unit_test(parts_of_the_work),
		cmocka_unit_test(engines_move_data),
	};
	return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
