/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real containers: the forms of their root file system, the applications' root, and layers of isolation that are left out. */
#include "container_arm.h"

#include "env/rootfs.h"

#include <dirent.h>

/* The root's directories, and how many names there are in /bin. */
static char full_root[256];

/* What a tree holds that is made here and now. */
static int know_full_root(void **state)
{
	(void)state;
	session_make(&session);
	struct err err = { 0 };
	cleanup_free char *root = xasprintf("%s/r", session.dir);
	cleanup_free char *bin = xasprintf("%s/bin", root);
	if (rootfs_make(root, session.load, "isocost", &err) == 0) {
		cleanup(strv_free) struct strv names = { 0 };
		cleanup(dir_closep) DIR *d = opendir(bin);
		size_t n = 0;
		for (struct dirent *e; (e = readdir(d));)
			n += *e->d_name != '.' || strcmp(e->d_name, "[") == 0;
		snprintf(full_root, sizeof(full_root), "app bin dev etc proc root scratch sys tmp var %zu", n);
	}
	session_remove(&session);
	return 0;
}

/* Each form of root holds the same tree, read-only unless asked. */
static void test_roots(void **state)
{
	(void)state;
	static const struct {
		const char *options, *type;
	} roots[] = {
		{ "root=bind", "ext4 xfs btrfs overlay tmpfs f2fs zfs" }, { "root=overlay layers=1", "overlay" },
		{ "root=overlay layers=20", "overlay" }, { "root=tmpfs", "tmpfs" }, { "root=squashfs", "squashfs" },
		{ "root=erofs", "erofs" }, { "root=squashfs writable=on", "overlay" }, { "writable=on", "overlay" },
		{ "root=overlay layers=3 writable=on", "overlay" }, { "root=tmpfs writable=on", "overlay" },
	};
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		struct strv words = { 0 };
		if (!try_begin(roots[i].options))
			continue;
		print_message("%s\n", roots[i].options);
		cleanup_free char *type = ask("awk '$2==\"/\"{print $3}' /proc/mounts | tail -n 1");
		strv_split(&words, roots[i].type, " ");
		if (!strv_has(&words, type))
			fail_msg("%s: the root is of type %s", roots[i].options, type);
		strv_free(&words);
		expect("ls / | tr '\\n' ' '; ls /bin | grep -c .", full_root);
		expect("find /dev -type c | wc -l; echo x > /dev/null; cat /proc/keys | wc -c", "6\n0");
		if (strstr(roots[i].options, "layers=20"))
			expect("ls /var/layers | wc -l", "19");
		if (strstr(roots[i].options, "writable"))
			expect("mkdir /new && echo a > /new/f && echo b >> /etc/hosts && rm /etc/hostname && cat /new/f && grep -c b /etc/hosts", "a\n1");
		else
			refused("touch /etc/x", "Read-only");
		/* Nothing of it is there for the next one. */
		expect("ls / | tr '\\n' ' '; ls /bin | grep -c .", full_root);
		expect("cat /etc/hostname", "isocost");
		end();
	}
}

/* Whatever the container's own root is, the applications' is there for who asks for it, read-only, and for nobody else. */
static void test_application_root(void **state)
{
	(void)state;
	static const char *const options[] = { "", "writable=on", "root=overlay", "userns=on", "root=host network=host namespaces=mount,pid" };
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct env_facts facts = { 0 };
		struct err err = { 0 };
		session_make(&session);
		cleanup_free char *dir = xasprintf("%s/app/redis-0123", session.dir), *root = xasprintf("%s/root", dir);
		cleanup_free char *file = xasprintf("%s/file", root), *origin = xasprintf("%s/origin", dir);
		assert_int_equal(fs_mkdirs(root, 0755), 0);
		assert_int_equal(fs_write(file, "here\n", 5, 0644) | fs_write(origin, "x\n", 2, 0644), 0);
		int r = arm_open(&env_container, &session, "container", options[i], &facts, &arm, &err);
		env_facts_free(&facts);
		if (r == -ENOTSUP) {
			print_message("skipped: %s: %s\n", options[i], err.msg);
			session_remove(&session);
			continue;
		}
		must(r, &err);
		assert_int_equal(env_container.suits(arm, registry_find("kv"), &(struct kvs){ 0 }, &err), 0);
		struct env_spec spec = { .root = true };
		must(env_container.start(arm, &spec, &env, &err), &err);
		expect("cat $ISOCOST_ROOT/file", "here");
		if (!strstr(options[i], "root=host")) {
			expect("echo $ISOCOST_ROOT; grep ' /app ' /proc/mounts | grep -c ' ro,nosuid,nodev'", "/app\n1");
			refused("echo x >/app/other", "Read-only");
		}
		env_container.stop(env);
		spec.root = false;
		must(env_container.start(arm, &spec, &env, &err), &err);
		expect("echo \"[$ISOCOST_ROOT]\"; ! grep ' /app ' /proc/mounts", "[]");
		end();
	}
	/* None was made. */
	begin("");
	struct err err = { 0 };
	struct env_spec spec = { .root = true };
	struct env *none = NULL;
	assert_int_equal(env_container.suits(arm, registry_find("kv"), &(struct kvs){ 0 }, &err), -ENOTSUP);
	assert_int_equal(env_container.start(arm, &spec, &none, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "run make app-root"));
	end();
}

/* What is left out is really not there: each layer can be priced. */
static void test_layers_of_isolation(void **state)
{
	(void)state;
	char outside[64] = "";
	assert_true(readlink("/proc/self/ns/ipc", outside, sizeof(outside) - 1) > 0);
	if (try_begin("namespaces=mount network=host")) {
		expect("readlink /proc/self/ns/ipc", outside);
		refused("test $$ = 1 || { echo not 1 >&2; false; }", "not 1");
		end();
	}
	if (try_begin("root=host network=host namespaces=mount,pid caps=all seccomp=off no-new-privs=off")) {
		expect("echo $$; set -- /proc/[0-9]*; echo $#", "1\n1");
		expect("awk '/^(NoNewPrivs|Seccomp):/{print $2}' /proc/self/status | tr '\\n' ' '", "0 0");
		expect("echo a > $ISOCOST_SCRATCH/f && cat $ISOCOST_SCRATCH/f", "a");
		end();
	}
	if (try_begin("namespaces=none network=host root=host")) {
		expect("readlink /proc/self/ns/ipc", outside);
		end();
	}
	if (try_begin("masks=off")) {
		refused("cat /proc/keys | wc -c | grep -qx 0 || { echo readable >&2; false; }", "readable");
		refused("grep ' /proc ' /proc/mounts | grep -q ' ro,' || { echo writable >&2; false; }", "writable");
		end();
	}
	if (try_begin("devices=host")) {
		refused("ls /dev/kmsg >/dev/null && { echo there >&2; false; }", "there");
		end();
	}
	if (try_begin("enter=chroot")) {
		expect("ls / | tr '\\n' ' '; ls /bin | grep -c .", full_root);
		end();
	}
	setenv("ISOCOST_TEST_LEAK", "leaked", 1);
	if (try_begin("inherit=on")) {
		expect("echo $ISOCOST_TEST_LEAK", "leaked");
		end();
	}
	unsetenv("ISOCOST_TEST_LEAK");
}

static int run_all(const char *who)
{
	const struct CMUnitTest tests[] = {
		T(test_roots),
		T(test_application_root),
		T(test_layers_of_isolation),
	};
	cleanup_free char *name = xasprintf("container roots, %s", who);
	return cmocka_run_group_tests_name(name, tests, know_full_root, NULL);
}

int main(void)
{
	return container_twice(run_all);
}
