/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_domxml.c - the domain XML says what the struct says. */
#include "env/domxml.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct dom_spec plain = {
	.name = "isocost-1-1", .machine = DOM_MICROVM, .cpu = "maximum", .cpus = 1, .cpu_list = "1", .memory = 256u << 20,
	.firmware = "/rom", .kernel = "/vmlinux", .initrd = "/initrd", .cmdline = "quiet", .link_name = "isocost.0",
	.link_socket = "/s/link", .marks_socket = "/s/marks", .mark_port = 0xe9, .console_log = "/s/console",
	.scratch_cache = "none", .scratch_io = "native",
};

static void has(const struct dom_spec *s, const char *text)
{
	struct err err = { 0 };
	char *xml = dom_xml(s, &err);
	assert_non_null(xml);
	if (!strstr(xml, text))
		fail_msg("'%s' is not in:\n%s", text, xml);
	free(xml);
}

static void has_not(const struct dom_spec *s, const char *text)
{
	char *xml = dom_xml(s, NULL);
	assert_non_null(xml);
	assert_null(strstr(xml, text));
	free(xml);
}

static void test_type(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	has(&s, "<domain type='qemu'");
	s.kvm = true;
	has(&s, "<domain type='kvm'");
}

static void test_machine(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	has(&s, "machine='microvm'");
	has(&s, "<address type='virtio-mmio'/>");
	has(&s, "<loader type='rom'>/rom</loader>");
	s.machine = DOM_Q35;
	s.firmware = NULL;
	has(&s, "machine='q35'");
	has_not(&s, "virtio-mmio");
	has_not(&s, "<loader");
}

/* A guest without an operating system has one device, and nothing to boot but one file. */
static void test_bare(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	has(&s, "<target type='isa-debug' port='1'>");
	has(&s, "<initrd>/initrd</initrd>");
	has(&s, "<cmdline>quiet</cmdline>");
	s.initrd = s.cmdline = s.link_socket = s.link_name = s.console_log = NULL;
	has(&s, "<kernel>/vmlinux</kernel>\n  </os>");
	has(&s, "<target type='isa-debug' port='0'>");
	has_not(&s, "initrd");
	has_not(&s, "cmdline");
	has_not(&s, "virtio-serial");
	has_not(&s, "<channel");
	has_not(&s, "isa-serial");
}

static void test_tuning(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	has(&s, "<qemu:del capability='cpu-unavailable-features'/>");
	has(&s, "<memballoon model='none'/>");
	has_not(&s, "<hugepages/>");
	has_not(&s, "<iothreads>");
	s.machine = DOM_Q35;
	s.cpu_queries = s.default_devices = s.hugepages = s.scratch_iothread = true;
	s.scratch = "/disk";
	s.emulator_list = "3";
	has_not(&s, "qemu:del");
	has(&s, "<memballoon model='virtio'/>");
	has(&s, "model='pcie-root-port'");
	has(&s, "<hugepages/><source type='memfd'/>");
	has(&s, "<iothreads>1</iothreads>");
	has(&s, "iothread='1'/>");
	has(&s, "<emulatorpin cpuset='3'/>");
	has(&s, "<iothreadpin iothread='1' cpuset='3'/>");
}

static void test_trace(void **state)
{
	(void)state;
	static const char *const events[] = { "one_event", "another", NULL };
	struct dom_spec s = plain;
	has_not(&s, "<qemu:commandline>");
	s.trace_log = "/s/it's";
	s.trace_events = events;
	has(&s, "<qemu:arg value='-trace'/>\n    <qemu:arg value='another'/>");
	has(&s, "<qemu:arg value='-D'/>\n    <qemu:arg value='/s/it&apos;s'/>\n  </qemu:commandline>");
}

static void test_pinning(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	s.cpus = 3;
	s.cpu_list = "0,4-5";
	has(&s, "<vcpu placement='static' cpuset='0,4-5'>3</vcpu>");
	has(&s, "<vcpupin vcpu='0' cpuset='0'/>");
	has(&s, "<vcpupin vcpu='2' cpuset='5'/>");
	has(&s, "<emulatorpin cpuset='0,4-5'/>");
}

static void test_too_few_cpus(void **state)
{
	(void)state;
	static const char *const lists[] = { "0", "", "a", "0,", "3-1", "0-", "0 1" };
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct dom_spec s = plain;
		struct err err = { 0 };
		s.cpus = 2;
		s.cpu_list = lists[i];
		assert_null(dom_xml(&s, &err));
		assert_int_equal(err.code, -EINVAL);
	}
}

static void test_cpu_list(void **state)
{
	(void)state;
	unsigned v[4] = { 0 };
	assert_int_equal(dom_cpu_list("7", v, 4), 1);
	assert_int_equal(v[0], 7);
	assert_int_equal(dom_cpu_list("0-1,6-9", v, 4), 6);
	assert_int_equal(v[3], 7);
	assert_int_equal(dom_cpu_list("0-99999", v, 4), -EINVAL);
}

static void test_cpu_model(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	has(&s, "<cpu mode='maximum' check='none'/>");
	s.cpu = "kvm64,-cx16,-xsave,aes";
	has(&s, "<model fallback='forbid'>kvm64</model>");
	has(&s, "<feature policy='disable' name='cx16'/>");
	has(&s, "<feature policy='require' name='aes'/>");
}

static void test_escaping(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	s.cmdline = "a<b>&'\"";
	s.console_log = "/it's/console";
	has(&s, "<cmdline>a&lt;b&gt;&amp;&apos;&quot;</cmdline>");
	has(&s, "<source path='/it&apos;s/console'/>");
}

static void test_disk(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	has_not(&s, "<disk");
	s.scratch = "/s/disk";
	has(&s, "cache='none' io='native'");
	has(&s, "<source file='/s/disk'/>");
	has(&s, "<target dev='vda' bus='virtio'/>");
}

static void test_app(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	s.app = "/cache/it's";
	has(&s, "cache='writeback' io='threads'");
	has(&s, "<source file='/cache/it&apos;s'/>\n      <target dev='vdb' bus='virtio'/>\n      <readonly/>\n      <serial>isocost-app</serial>");
	has_not(&s, "dev='vda'");
}

static void test_share(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	s.virtiofsd = "/lib/virtiofsd";         /* it is there, and no scratch directory is asked for */
	has_not(&s, "<filesystem");
	has_not(&s, "<memoryBacking>");
	s.machine = DOM_Q35;
	s.share = "/s/it's";
	has(&s, "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>");
	has(&s, "<binary path='/lib/virtiofsd'/>");
	has(&s, "<source dir='/s/it&apos;s'/>");
	has(&s, "<target dir='scratch'/>");
	has_not(&s, "<disk");
	s.hugepages = true;
	has(&s, "<memoryBacking><hugepages/><source type='memfd'/><access mode='shared'/></memoryBacking>");
}

static void test_network(void **state)
{
	(void)state;
	struct dom_spec s = plain;
	has_not(&s, "<interface");
	s.tap = "tap7";
	s.mac = "02:02:0a:6f:00:09";
	has(&s, "<interface type='ethernet'>");
	has(&s, "<mac address='02:02:0a:6f:00:09'/>");
	has(&s, "<target dev='tap7' managed='no'/>");   /* libvirt must not touch it: it would do so in the host's network */
	has(&s, "<driver name='qemu'/><address type='virtio-mmio'/>");
	s.machine = DOM_Q35;
	s.vhost = true;
	has(&s, "<driver name='vhost'/>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type),      cmocka_unit_test(test_machine),  cmocka_unit_test(test_tuning),
		cmocka_unit_test(test_bare), cmocka_unit_test(test_pinning),
		cmocka_unit_test(test_too_few_cpus), cmocka_unit_test(test_cpu_list), cmocka_unit_test(test_cpu_model),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_escaping),  cmocka_unit_test(test_disk),
		cmocka_unit_test(test_app), cmocka_unit_test(test_share),     cmocka_unit_test(test_network),
	};
	return cmocka_run_group_tests_name("domxml", tests, NULL, NULL);
}
