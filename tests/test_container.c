/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real containers: what is seen inside, what is denied, and what is kept of them. */
#include "container_arm.h"

#include <sys/utsname.h>

static void test_same_kernel(void **state)
{
	(void)state;
	begin("");
	struct utsname u;
	uname(&u);
	expect("uname -r", u.release);
	cleanup_free char *boot = fs_read_line("/proc/sys/kernel/random/boot_id");
	expect("cat /proc/sys/kernel/random/boot_id", boot);
	expect("hostname", "isocost");
	assert_string_not_equal(u.nodename, "isocost");
	expect("echo $$", "1");
	expect("id -u", "0");
	expect("readlink /proc/1/cwd; echo /proc/[0-9]*", "/\n/proc/1");
	expect("grep -c . /proc/net/dev; cat /sys/class/net/lo/operstate", "3\nunknown");
	expect("ping -c1 -w2 127.0.0.1 >/dev/null 2>&1; cat /sys/class/net/lo/flags", "0x9");
	end();
}

static void test_namespaces_are_new(void **state)
{
	(void)state;
	begin("");
	static const char *const kinds[] = { "mnt", "pid", "net", "ipc", "uts", "cgroup" };
	for (size_t i = 0; i < 6; i++) {
		cleanup_free char *script = xasprintf("readlink /proc/self/ns/%s", kinds[i]);
		cleanup_free char *path = xasprintf("/proc/self/ns/%s", kinds[i]);
		char outside[64] = "";
		assert_true(readlink(path, outside, sizeof(outside) - 1) > 0);
		cleanup_free char *inside = ask(script);
		assert_string_not_equal(inside, outside);
	}
	/* It stands at the root of its cgroups. */
	expect("cut -d: -f3 /proc/self/cgroup | grep -c '\\.\\.' || true", "0");
	end();
}

static void test_root_is_read_only(void **state)
{
	(void)state;
	begin("");
	refused("touch /x", "Read-only");
	refused("touch /bin/x", "Read-only");
	refused("echo 1 > /proc/sys/kernel/panic", "Read-only");
	refused("echo 1 > /proc/1/oom_score_adj", "Read-only");
	refused("echo x > /sys/fs/cgroup/x", "can't create");
	expect("echo a > /scratch/f && cat /scratch/f; echo $ISOCOST_SCRATCH", "a\n/scratch");
	expect("echo b > /tmp/f && cat /tmp/f", "b");
	expect("awk '$2==\"/\"{print substr($4,1,2)}' /proc/mounts", "ro");
	/* Nothing of the host's mounts: the old root is gone. */
	expect("grep -c -v ' /\\(proc\\|sys\\|dev\\|tmp\\|scratch\\)\\?[ /]' /proc/mounts || true", "0");
	expect("cat /proc/kcore /proc/keys | wc -c; ls /sys/firmware | wc -l", "0\n0");
	end();
}

static void test_devices(void **state)
{
	(void)state;
	begin("");
	expect("find /dev -type c -o -type b | sort | tr '\\n' ' '",
	       "/dev/full /dev/null /dev/random /dev/tty /dev/urandom /dev/zero");
	expect("head -c 4 /dev/zero | wc -c; echo x > /dev/null", "4");
	refused("mknod /tmp/disk b 254 0", "not permitted");
	/* They are the host's nodes: not even their mode may be set to what it is, nor through a descriptor. */
	refused("chmod 666 /dev/null", "Read-only");
	refused("chmod 666 /dev/tty", "Read-only");
	refused("chmod 666 /proc/timer_list || chmod 666 /proc/keys || chmod 666 /proc/interrupts", "Read-only");
	refused("chmod 666 /proc/self/fd/0", "Read-only");
	end();
}

static void test_privileges(void **state)
{
	(void)state;
	begin("");
	expect("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | awk '{print $2}' | tr '\\n' ' '",
	       "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 1 2");
	refused("mount -t tmpfs none /tmp", "denied");
	refused("umount /proc", "not permitted");
	refused("unshare -U true", "not permitted");
	refused("chroot /scratch true", "not permitted");
	refused("kill -9 -1 && kill -0 2", "kill");
	refused("hostname x", "not permitted");
	refused("chown 1 /scratch", "chown");
	refused("nsenter -t 1 -m true", "not permitted");
	refused("dmesg", "not permitted");
	refused("head -c 1 /proc/kmsg", "kmsg");
	/* What main() gave itself is not here. */
	if (geteuid() == 0)
		expect("id -G", "0");
	end();
}

static void test_options(void **state)
{
	(void)state;
	begin("seccomp=off");
	expect("awk '/^Seccomp:/{print $2}' /proc/self/status", "0");
	end();
	begin("seccomp=log caps=docker");
	expect("awk '/^(Seccomp:|CapEff)/{print $2}' /proc/self/status | tr '\\n' ' '", "00000000a80425fb 2");
	end();
	begin("network=none");
	expect("cat /sys/class/net/lo/flags", "0x8");
	end();
	begin("network=host cgroup=off");
	char outside[64] = "";
	assert_true(readlink("/proc/self/ns/net", outside, sizeof(outside) - 1) > 0);
	expect("readlink /proc/self/ns/net", outside);
	assert_int_equal(session_cgroups(&session), 0);
	end();
	begin("userns=on");
	expect("awk '{print $1, $3}' /proc/self/uid_map", "0 1");
	expect("cat /proc/self/setgroups", "deny");
	end();
}

static void test_no_descriptor_leaks(void **state)
{
	(void)state;
	int leak[2];
	assert_int_equal(pipe(leak), 0);        /* without close-on-exec, on purpose */
	begin("");
	/* 0, 1, 2 and the directory that ls itself reads. */
	expect("ls /proc/self/fd | wc -l", "4");
	expect("env | cut -d= -f1 | grep -v -E '^(_|PWD|SHLVL)$' | sort | tr '\\n' ' '", "HOME ISOCOST_SCRATCH PATH TERM");
	expect("readlink /proc/self/fd/0", "/dev/null");
	end();
	close(leak[0]);
	close(leak[1]);
}

static void test_kept_files(void **state)
{
	(void)state;
	begin("");
	cleanup_free char *plan_file = xasprintf("%s/container-container.plan.txt", session.keep);
	cleanup_free char *filter_file = xasprintf("%s/container-container.seccomp.txt", session.keep);
	cleanup_free char *plan = NULL;
	cleanup_free char *filter = NULL;
	assert_int_equal(fs_read(plan_file, &plan, NULL), 0);
	assert_int_equal(fs_read(filter_file, &filter, NULL), 0);
	assert_non_null(strstr(plan, "namespaces:"));
	assert_non_null(strstr(plan, "mount proc on "));
	assert_non_null(strstr(filter, "filter for arch x86_64"));
	end();
}

static void test_no_isoload(void **state)
{
	(void)state;
	session_make(&session);
	cleanup_free char *file = xasprintf("%s/isoload", session.load);
	assert_int_equal(unlink(file), 0);
	struct env_facts facts = { 0 };
	struct err err = { 0 };
	assert_int_equal(arm_open(&env_container, &session, "container", "", &facts, &arm, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "run make"));
	env_facts_free(&facts);
	session_remove(&session);
}

static int run_all(const char *who)
{
	const struct CMUnitTest tests[] = {
		T(test_same_kernel),
		T(test_namespaces_are_new),
		T(test_root_is_read_only),
		T(test_devices),
		T(test_privileges),
		T(test_options),
		T(test_no_descriptor_leaks),
		T(test_kept_files),
		T(test_no_isoload),
	};
	cleanup_free char *name = xasprintf("container, %s", who);
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	return container_twice(run_all);
}
