/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vmnet.c - the network of guests: taps on the hub's bridge, and what a guest makes of one. */
#include "guestarm.h"

#include "env/hubshare.h"
#include "env/netns.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

static struct hubshare *share_or_skip(void)
{
	struct hubshare *share = NULL;
	struct err err = { 0 };
	if (nethub_tap_probe(&err) < 0 || hubshare_get(&share, &err) < 0) {
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	return share;
}

struct look {
	const char *name;
	int links, index, flags;
	bool opens;
};

/* What the hub's namespace has. */
static int look_there(void *arg)
{
	struct look *l = arg;
	struct if_nameindex *all = if_nameindex();
	l->links = 0;
	for (struct if_nameindex *i = all; i->if_index; i++)
		l->links++;
	if_freenameindex(all);
	if (!l->name)
		return 0;
	struct ifreq r = { 0 };
	cleanup(fd_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strcpy(r.ifr_name, l->name);
	l->index = (int)if_nametoindex(l->name);
	l->flags = ioctl(fd, SIOCGIFFLAGS, &r) < 0 ? 0 : r.ifr_flags;
	return 0;
}

static struct look look(const struct nethub *hub, const char *name)
{
	struct look l = { .name = name };
	struct err err = { 0 };
	assert_int_equal(netns_run(nethub_ns(hub), look_there, &l, &err), 0);
	return l;
}

static int open_there(void *arg)
{
	const struct nethub_tap *tap = arg;
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	strcpy(r.ifr_name, tap->name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		return -error;
	}
	return fd;
}

/* ---- taps, without a guest ---- */

static void test_tap(void **state)
{
	(void)state;
	struct hubshare *share = share_or_skip();
	struct err err = { 0 };
	struct nethub_tap a, b;
	int before = look(share->hub, NULL).links;
	assert_int_equal(nethub_tap_new(share->hub, &a, &err), 0);
	assert_int_equal(nethub_tap_new(share->hub, &b, &err), 0);
	assert_string_not_equal(a.name, b.name);
	assert_string_not_equal(a.mac, b.mac);
	assert_string_not_equal(a.net, b.net);
	struct look l = look(share->hub, a.name);
	assert_int_equal(l.links, before + 2);
	assert_int_equal(l.index, a.ifindex);
	assert_true(l.flags & IFF_UP);
	/* It is not here, it works once somebody has it open, and no second one can. */
	assert_int_equal(if_nametoindex(a.name), 0);
	int fd = netns_run(nethub_ns(share->hub), open_there, &a, &err);
	if (fd < 0)
		fail_msg("the tap can't be opened: %s", strerror(-fd));
	assert_int_equal(nethub_tap_wait(share->hub, &a, &err), 0);
	assert_true(look(share->hub, a.name).flags & IFF_RUNNING);
	assert_int_equal(netns_run(nethub_ns(share->hub), open_there, &a, &err), -EBUSY);
	close(fd);
	nethub_tap_remove(share->hub, &a);
	nethub_tap_remove(share->hub, &b);
	assert_int_equal(look(share->hub, NULL).links, before);
	hubshare_put(share);
}

/* Who may not open the device is told which. */
static void test_tap_refused(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can become somebody else\n");
		skip();
	}
	pid_t child = fork();
	if (child == 0) {
		struct err err = { 0 };
		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		bool may = access("/dev/net/tun", R_OK | W_OK) == 0;
		int r = nethub_tap_probe(&err);
		_exit(may ? r != 0 : r == 0 || !strstr(err.msg, "/dev/net/tun"));
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_one_hub(void **state)
{
	(void)state;
	struct hubshare *a = share_or_skip(), *b = NULL;
	struct err err = { 0 };
	assert_int_equal(hubshare_get(&b, &err), 0);
	assert_ptr_equal(a->hub, b->hub);
	hubshare_put(b);
	look(a->hub, NULL);             /* it is still there */
	hubshare_put(a);
}

/* ---- guests ---- */

/* What a container with a veth pair is told of its peer. */
static char *container_peer(void)
{
	struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	struct env *env = NULL;
	struct err err = { 0 };
	struct said said = { 0 };
	struct session with_busybox = guests;
	with_busybox.ctx.load_dir = with_busybox.load;
	struct env_spec spec = { .peer = true };
	int status = -1, r = arm_open(&env_container, &with_busybox, "c", "network=veth", &facts, &arm, &err);
	if (r == 0)
		r = env_container.start(arm, &spec, &env, &err);
	if (r == 0)
		r = env_sh(&env_container, env, "echo $ISOCOST_PEER", 60, &said, &status, &err);
	if (r < 0)
		print_message("no container to compare with: %s\n", err.msg);
	env_container.stop(env);
	env_container.close(arm);
	env_facts_free(&facts);
	str_free(&said.err);
	return said.out.s;
}

static void test_outside(void **state)
{
	(void)state;
	struct hubshare *share = share_or_skip();
	struct guestarm a;
	guestarm_open(&a, "hub", "network=hub");
	int before = look(share->hub, NULL).links;
	struct env *env = guestarm_start(&a, false, true);
	assert_int_equal(look(share->hub, NULL).links, before + 1);
	guest_true(env, "ifconfig eth0 | grep -q 'inet addr:10.111.*Mask:255.255.0.0' && ifconfig eth0 | grep -q 'UP.*RUNNING'");
	guest_true(env, "! ifconfig eth0 | grep -q inet6");
	/* The hub's hardware address is known for good: C for complete, M for permanent. */
	guest_true(env, "grep -q '^10.111.0.1 *0x1 *0x6 ' /proc/net/arp");
	guest_true(env, "isoload run net-rr peer=outside count=20 warmup=0");
	guest_true(env, "isoload run net-rr peer=outside proto=udp count=20 warmup=0");
	guest_true(env, "isoload run net-stream peer=outside time=100ms warmup=0");
	guest_true(env, "isoload run net-rr peer=inside count=20 warmup=0");
	/* A veth pair meets the same peer, so that both are ports of the same bridge. */
	cleanup_free char *peer = guest_sh(env, "echo $ISOCOST_PEER"), *theirs = container_peer();
	assert_true(strncmp(peer, NETHUB_ADDRESS ":", strlen(NETHUB_ADDRESS) + 1) == 0);
	if (theirs)
		assert_string_equal(peer, theirs);
	env_vm.stop(env);
	assert_int_equal(look(share->hub, NULL).links, before);
	assert_non_null(strstr(kvs_get(&a.facts.facts, "guest.network"), "QEMU"));
	guestarm_close(&a);
	hubshare_put(share);
}

/* Left to itself the arm has a card only where a peer is asked for; and two such guests are there at once. */
static void test_auto(void **state)
{
	(void)state;
	struct hubshare *share = share_or_skip();
	struct guestarm a;
	guestarm_open(&a, "auto", "");
	int before = look(share->hub, NULL).links;
	struct env *alone = guestarm_start(&a, false, false);
	guest_true(alone, "! test -e /sys/class/net/eth0 && ! lsmod | grep -q virtio_net && test -z \"$ISOCOST_PEER\" && ping -c 1 127.0.0.1");
	env_vm.stop(alone);
	struct env *one = guestarm_start(&a, false, true), *two = guestarm_start(&a, false, true);
	assert_int_equal(look(share->hub, NULL).links, before + 2);
	cleanup_free char *first = guest_sh(one, "ifconfig eth0 | sed -n 's/.*inet addr:\\([0-9.]*\\).*/\\1/p'");
	cleanup_free char *ping = xasprintf("ping -c 1 -w 30 %s", first);
	guest_true(two, ping);
	env_vm.stop(one);
	guest_true(two, "isoload run net-rr peer=outside count=20 warmup=0");
	env_vm.stop(two);
	assert_int_equal(look(share->hub, NULL).links, before);
	guestarm_close(&a);
	hubshare_put(share);
}

static void test_none(void **state)
{
	(void)state;
	struct guestarm a;
	guestarm_open(&a, "none", "network=none");
	struct env *env = NULL;
	struct env_spec spec = { .peer = true };
	assert_int_equal(env_vm.start(a.arm, &spec, &env, &a.err), -ENOTSUP);
	assert_non_null(strstr(a.err.msg, "network = none"));
	guestarm_close(&a);
}

/* isoinit says what it can't read. */
static void test_malformed(void **state)
{
	(void)state;
	struct guestarm a;
	guestarm_open(&a, "bad", "cmdline=isocost.net=10.111.0.2/16,hub");
	struct env *env = NULL;
	struct env_spec spec = { .deadline_ns = clk_now() + 120 * CLK_S };
	assert_int_equal(env_vm.start(a.arm, &spec, &env, &a.err), -EPIPE);
	if (!strstr(a.err.msg, "isocost.net=10.111.0.2/16,hub: expected ADDRESS/PREFIX,HUB,MAC"))
		fail_msg("it says: %s", a.err.msg);
	guestarm_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tap),     cmocka_unit_test(test_tap_refused), cmocka_unit_test(test_one_hub),
		cmocka_unit_test(test_outside), cmocka_unit_test(test_auto),        cmocka_unit_test(test_none),
		cmocka_unit_test(test_malformed),
	};
	return cmocka_run_group_tests_name("vmnet", tests, guests_begin, guests_end);
}
