/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vmdisk.c - the guest's scratch directory: what is asked for reaches QEMU and the guest, by disk and by virtiofs. */
#include "guestarm.h"

#include "env/guestimg.h"
#include "env/vm_priv.h"

#include <linux/io_uring.h>
#include <seccomp.h>
#include <sys/syscall.h>

/* ---- without a guest ---- */

/* A kernel without io_uring is told apart before anything is started. */
static void test_no_io_uring(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
		if (!f || seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(io_uring_setup), 0) < 0 || seccomp_load(f) < 0)
			_exit(77);
		struct env_arm arm = { .ctx = &guests.ctx, .opts = { .io = "io_uring", .cache = "none", .disk = 16 * MiB } };
		struct env_facts facts = { 0 };
		struct err err = { 0 };
		_exit(vm_choose_scratch(&arm, &facts, &err) != -ENOTSUP || !strstr(err.msg, "io_uring_disabled"));
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("skipped: no seccomp filter can be set here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

struct mode {
	const char *options, *direct, *no_flush, *write_cache, *aio;
};

/* Every mode, as libvirt hands it to QEMU. */
static void test_modes(void **state)
{
	(void)state;
	static const struct mode modes[] = {
		{ "cache=none io=native", "\"direct\":true", "\"no-flush\":false", "\"write-cache\":\"on\"", "\"aio\":\"native\"" },
		{ "cache=none io=threads", "\"direct\":true", "\"no-flush\":false", "\"write-cache\":\"on\"", "\"aio\":\"threads\"" },
		{ "cache=none io=io_uring", "\"direct\":true", "\"no-flush\":false", "\"write-cache\":\"on\"", "\"aio\":\"io_uring\"" },
		{ "cache=directsync io=native", "\"direct\":true", "\"no-flush\":false", "\"write-cache\":\"off\"", "\"aio\":\"native\"" },
		{ "cache=writeback io=threads", "\"direct\":false", "\"no-flush\":false", "\"write-cache\":\"on\"", "\"aio\":\"threads\"" },
		{ "cache=writeback io=io_uring", "\"direct\":false", "\"no-flush\":false", "\"write-cache\":\"on\"", "\"aio\":\"io_uring\"" },
		{ "cache=writethrough io=threads", "\"direct\":false", "\"no-flush\":false", "\"write-cache\":\"off\"", "\"aio\":\"threads\"" },
		{ "cache=unsafe io=threads", "\"direct\":false", "\"no-flush\":true", "\"write-cache\":\"on\"", "\"aio\":\"threads\"" },
	};
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		const struct mode *m = &modes[i];
		struct guestarm a;
		guestarm_open(&a, "mode", m->options);
		struct dom_spec s = a.arm->config.dom;
		s.name = "mode";
		s.initrd = a.arm->initrd[GUEST_IMAGE_SCRATCH];
		s.link_name = GUEST_PORT;
		s.link_socket = s.console_log = guests.dir;
		s.scratch = a.arm->disk;
		cleanup_free char *xml = dom_xml(&s, &a.err), *line = xml ? virt_command_line(a.arm->virt, xml) : NULL;
		bool fell_back = a.facts.warnings.n && strstr(kvs_get(&a.facts.facts, "guest.scratch"), "cache=writeback") && strstr(m->direct, "true");
		const char *const want[] = { m->direct, m->no_flush, m->write_cache, m->aio };
		assert_non_null(line);
		for (size_t w = 0; w < sizeof(want) / sizeof(*want) && !fell_back; w++)
			if (!strstr(line, want[w]))
				fail_msg("%s: %s is not in %s", m->options, want[w], line);
		guestarm_close(&a);
	}
}

/* ---- disks ---- */

/* Whether QEMU has a thread of that name. */
static bool has_thread(pid_t pid, const char *name)
{
	cleanup_free char *tasks = xasprintf("/proc/%d/task", (int)pid);
	cleanup(dir_closep) DIR *d = opendir(tasks);
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *file = xasprintf("%s/%s/comm", tasks, e->d_name), *comm = fs_read_line(file);
		if (comm && strcmp(comm, name) == 0)
			return true;
	}
	return false;
}

static void has_args(pid_t pid, const char *const *words)
{
	cleanup_free char *file = xasprintf("/proc/%d/cmdline", (int)pid), *args = NULL;
	size_t len;
	assert_int_equal(fs_read(file, &args, &len), 0);
	for (; *words; words++)
		if (!memmem(args, len, *words, strlen(*words)))
			fail_msg("QEMU was not given %s", *words);
}

static void disk_works(struct env *env)
{
	guest_true(env, "grep -q '^/dev/vda /scratch ext4 ' /proc/mounts && test \"$ISOCOST_SCRATCH\" = /scratch");
	guest_true(env, "isoload run file-fsync count=5");
	guest_true(env, "dd if=/dev/zero of=/scratch/x bs=64k count=16 oflag=direct conv=fsync");
}

/* Give the arm an applications' root that is made here: a disk with a file on it. */
static void give_app(struct guestarm *a)
{
	cleanup_free char *content = xasprintf("%s/content", guests.dir), *file = xasprintf("%s/file", content);
	approot_free(&a->arm->app);
	a->arm->app.dir = xstrdup(content);
	a->arm->app.disk = xasprintf("%s/app.ext4", guests.dir);
	a->arm->config.app = a->arm->app.disk;
	assert_int_equal(fs_mkdirs(content, 0755) | fs_write(file, "here", 4, 0644), 0);
	if (guest_disk(a->arm->app.disk, 16 * MiB, content, &a->err) < 0)
		fail_msg("%s", a->err.msg);
}

/* What is not asked for is not there. */
static struct env *start_without_app(struct guestarm *a)
{
	give_app(a);
	struct env *env = guestarm_start(a, true, false);
	guest_true(env, "! test -e /app && test -z \"$ISOCOST_ROOT\" && ! test -e /dev/vdb");
	return env;
}

static void test_io_uring(void **state)
{
	(void)state;
	struct guestarm a;
	guestarm_open(&a, "uring", "cache=none io=io_uring disk=32MiB");
	struct env *env = start_without_app(&a);
	disk_works(env);
	has_args(guest_pid(env), (const char *const[]){ "\"aio\":\"io_uring\"", "\"filename\":", NULL });
	env_vm.stop(env);
	/* What is kept says the same. */
	cleanup_free char *file = xasprintf("%s/vm-uring.xml", guests.keep), *xml = NULL, *line = NULL;
	cleanup_free char *args = xasprintf("%s/vm-uring.qemu.txt", guests.keep);
	assert_int_equal(fs_read(file, &xml, NULL), 0);
	assert_int_equal(fs_read(args, &line, NULL), 0);
	assert_non_null(strstr(xml, "io='io_uring'"));
	assert_non_null(strstr(line, "\"aio\":\"io_uring\""));
	guestarm_close(&a);
}

static void test_iothread(void **state)
{
	(void)state;
	struct guestarm a;
	guestarm_open(&a, "thread", "machine=q35 iothread=on disk=32MiB");
	struct env *env = start_without_app(&a);
	disk_works(env);
	has_args(guest_pid(env), (const char *const[]){ "\"iothread\":\"iothread1\"", NULL });
	assert_true(has_thread(guest_pid(env), "IO iothread1"));
	assert_non_null(strstr(kvs_get(&a.facts.facts, "guest.scratch"), "thread of its own"));
	env_vm.stop(env);
	guestarm_close(&a);
}

/* ---- the applications' root ---- */

static struct env *start_with_app(struct guestarm *a, bool scratch)
{
	struct env *env = NULL;
	struct env_spec spec = { .scratch = scratch, .root = true, .deadline_ns = clk_now() + 120 * CLK_S };
	if (env_vm.start(a->arm, &spec, &env, &a->err) < 0)
		fail_msg("start: %s", a->err.msg);
	guest_true(env, "grep -q ' /app ext4 ro,' /proc/mounts && test \"$ISOCOST_ROOT\" = /app && test \"$(cat /app/file)\" = here");
	guest_true(env, "! touch /app/file && ! echo x >/app/other");
	return env;
}

/* Read-only, the same file for all, alone and beside the scratch disk, on both buses. */
static void test_app(void **state)
{
	(void)state;
	static const char *const options[] = { "machine=microvm disk=32MiB", "machine=q35 disk=32MiB" };
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct guestarm a;
		guestarm_open(&a, "app", options[i]);
		struct env_spec spec = { .root = true };
		struct env *env = NULL;
		approot_free(&a.arm->app);
		assert_int_equal(env_vm.start(a.arm, &spec, &env, &a.err), -ENOTSUP);
		assert_int_equal(env_vm.suits(a.arm, registry_find("kv"), &(struct kvs){ 0 }, &a.err), -ENOTSUP);
		assert_non_null(strstr(a.err.msg, "run make app-root"));
		give_app(&a);
		assert_int_equal(env_vm.suits(a.arm, registry_find("kv"), &(struct kvs){ 0 }, &a.err), 0);
		env = start_with_app(&a, true);
		struct env *other = start_with_app(&a, false);
		guest_true(env, "grep -q ' /scratch ext4 rw,' /proc/mounts && echo x >/scratch/x && test -e /dev/vdb");
		guest_true(other, "! test -e /scratch && test -z \"$ISOCOST_SCRATCH\" && ! test -e /dev/vdb");
		env_vm.stop(other);
		env_vm.stop(env);
		guestarm_close(&a);
	}
}

static void test_app_restored(void **state)
{
	(void)state;
	struct guestarm a;
	guestarm_open(&a, "app", "start=restore disk=32MiB");
	give_app(&a);
	for (int scratch = 0; scratch < 2; scratch++) {
		struct env *one = start_with_app(&a, scratch), *two = start_with_app(&a, scratch);
		guest_true(two, scratch ? "echo x >/scratch/x" : "! test -e /scratch");
		env_vm.stop(one);
		env_vm.stop(two);
	}
	guestarm_close(&a);
}

/* ---- virtiofs ---- */

/* The processes that serve this session's directories; one's affinity. */
static int virtiofsds(cpu_set_t *ret)
{
	cleanup(dir_closep) DIR *d = opendir("/proc");
	int n = 0;
	for (struct dirent *e; (e = readdir(d));) {
		cleanup_free char *file = xasprintf("/proc/%s/cmdline", e->d_name), *args = NULL;
		size_t len;
		if (fs_read(file, &args, &len) < 0 || !strstr(args, "virtiofsd") || !memmem(args, len, guests.dir, strlen(guests.dir)))
			continue;
		n++;
		sched_getaffinity(atoi(e->d_name), sizeof(*ret), ret);
	}
	return n;
}

static void test_virtiofs(void **state)
{
	(void)state;
	struct guestarm a;
	guestarm_open(&a, "share", "scratch=virtiofs");
	assert_string_equal(kvs_get(&a.facts.facts, "guest.machine"), "q35");
	struct env *env = guestarm_start(&a, true, false);
	guest_true(env, "grep -q ' /scratch virtiofs ' /proc/mounts && test \"$ISOCOST_SCRATCH\" = /scratch && ! test -e /dev/vda");
	guest_true(env, "isoload run file-fsync count=5");
	guest_true(env, "isoload run file-meta time=20ms");
	guest_true(env, "echo words > /scratch/from-the-guest");
	cleanup_free char *dir = xasprintf("%s/scratch", ((struct guest *)env)->dir);
	cleanup_free char *file = xasprintf("%s/from-the-guest", dir), *line = fs_read_line(file);
	assert_string_equal(line, "words");
	/* It has the arm's CPUs, as QEMU has. */
	cpu_set_t cpus, home;
	assert_true(virtiofsds(&cpus) >= 1);
	sched_getaffinity(guest_pid(env), sizeof(home), &home);
	assert_true(CPU_EQUAL(&cpus, &home));
	has_args(guest_pid(env), (const char *const[]){ "vhost-user-fs-pci", "\"share\":true", NULL });
	env_vm.stop(env);
	assert_int_equal(virtiofsds(&cpus), 0);
	assert_false(fs_exists(dir));
	guestarm_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_io_uring), cmocka_unit_test(test_modes),    cmocka_unit_test(test_io_uring),
		cmocka_unit_test(test_iothread),    cmocka_unit_test(test_virtiofs), cmocka_unit_test(test_app),
		cmocka_unit_test(test_app_restored),
	};
	return cmocka_run_group_tests_name("vmdisk", tests, guests_begin, guests_end);
}
