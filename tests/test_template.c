/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines with placeholders, and the bundle that an OCI runtime is given. Pure. */
#include "base/cleanup.h"
#include "env/bundle.h"
#include "env/template.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct template_hole holes[] = { { "cmd", true }, { "none", true }, { "id", false }, { "work", false }, { 0 } };

static char *expand(const char *text)
{
	struct err err = { 0 };
	struct template t = { 0 };
	if (template_parse(text, holes, &t, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	struct strv cmd = { 0 }, none = { 0 };
	strv_add(&cmd, "sh");
	strv_add(&cmd, "-c");
	strv_add(&cmd, "a b {id}");
	const struct template_value values[] = { { "cmd", NULL, &cmd }, { "none", NULL, &none }, { "id", "i 1", NULL },
	                                         { "work", "/w", NULL }, { 0 } };
	struct str b = { 0 };
	str_add(&b, "", 0);
	for (size_t i = 0; i < t.n; i++) {
		struct strv args = { 0 };
		template_expand(&t, i, values, &args);
		str_addf(&b, i ? " && " : "");
		for (size_t k = 0; k < args.n; k++)
			str_addf(&b, "[%s]", args.v[k]);
		strv_free(&args);
	}
	template_free(&t);
	strv_free(&cmd);
	return b.s;
}

static void test_split(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "", "" },
		{ "  \t ", "" },
		{ "a  b\tc", "[a][b][c]" },
		{ "'a b' \"c d\" e\\ f", "[a b][c d][e f]" },
		{ "a''b \"\" ''", "[ab][][]" },
		{ "'a\\b' \"a\\\"b\\\\c\\d\" \\'", "[a\\b][a\"b\\c\\d][']" },
		{ "x$HOME * ~ | > `y` # z", "[x$HOME][*][~][|][>][`y`][#][z]" },
		{ "run {cmd}", "[run][sh][-c][a b {id}]" },
		{ "run {none} {cmd} {none}", "[run][sh][-c][a b {id}]" },
		{ "--id={id} {work}/{id}.x \"{work} b\"", "[--id=i 1][/w/i 1.x][/w b]" },
		{ "'{id}' \\{id} \"\\{id}\" a}b", "[{id}][{id}][{id}][a}b]" },
		{ "a b && c {id}", "[a][b] && [c][i 1]" },
		{ "a '&&' b \"&&\" \\&& c&&d", "[a][&&][b][&&][&&][c&&d]" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup_free char *got = expand(cases[i].text);
		assert_string_equal(got, cases[i].wanted);
	}
}

static void test_split_errors(void **state)
{
	(void)state;
	static const struct {
		const char *text, *word;
	} cases[] = {
		{ "a 'b", "not closed" },           { "a \"b", "not closed" },      { "a\\", "backslash" },
		{ "a {nosuch}", "{nosuch}; expected one of: {cmd}" },               { "a {", "begins no placeholder" },
		{ "a {id", "begins no placeholder" }, { "a {Id}", "begins no placeholder" }, { "x{cmd}", "word of its own" },
		{ "{cmd}x", "word of its own" },    { "{id}{cmd}", "word of its own" }, { "\"a {cmd}\"", "word of its own" },
		{ "&& a", "missing before" },       { "a &&", "missing behind" },   { "a && && b", "missing before" },
		{ "a \001 b", "control character" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = { 0 };
		struct template t = { .n = 77 };
		if (template_parse(cases[i].text, holes, &t, &err) != -EINVAL || t.n != 77)
			fail_msg("case %zu was taken: %s", i, cases[i].text);
		if (!strstr(err.msg, cases[i].word))
			fail_msg("case %zu: '%s' has not '%s'", i, err.msg, cases[i].word);
	}
}

static void test_uses_and_show(void **state)
{
	(void)state;
	struct template t = { 0 };
	assert_int_equal(template_parse("a {id} && b \"c {work}\" '{cmd}'", holes, &t, NULL), 0);
	assert_true(template_uses(&t, "id") && template_uses(&t, "work"));
	assert_false(template_uses(&t, "cmd") || template_uses(&t, "i"));
	template_free(&t);
	struct strv args = { 0 };
	const char *const words[] = { "run", "--a=/b.c", "two words", "it's", "", "$x;&" };
	for (size_t i = 0; i < 6; i++)
		strv_add(&args, words[i]);
	cleanup_free char *line = template_show(&args);
	assert_string_equal(line, "run --a=/b.c 'two words' 'it'\\''s' '' '$x;&'");
	/* What is shown reads back as what it was. */
	cleanup_free char *again = expand(line);
	assert_string_equal(again, "[run][--a=/b.c][two words][it's][][$x;&]");
	strv_free(&args);
}

static const json_t *mount_at(const json_t *config, const char *target)
{
	size_t i;
	json_t *m;
	json_array_foreach(json_object_get(config, "mounts"), i, m)
		if (strcmp(json_string_value(json_object_get(m, "destination")), target) == 0)
			return m;
	return NULL;
}

static json_t *config_of(const struct bundle_request *q)
{
	cleanup_free char *text = bundle_config(q);
	assert_non_null(text);
	json_t *config = json_loads(text, 0, NULL);
	assert_non_null(config);
	return config;
}

static void test_bundle(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct caps caps;
	assert_int_equal(caps_named("docker", &caps, &err), 0);
	const struct envelope limits = { .cpu_list = (char *)"1", .cpus = 1, .memory = 1 << 20, .pids = 7 };
	struct bundle_request q = {
		.rootfs = "/w/root", .hostname = "isocost", .path = "/bin", .id = "isocost-1.x-2",
		.argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)"echo \"ä\"", NULL }, .scratch = "/w/scratch", .scratch_at = "/scratch",
		.memory_dir = "/cg/memory/x", .memory_point = "/w/root.cgroup", .caps = &caps, .limits = &limits,
	};
	json_t *c = config_of(&q);
	const char *version, *root, *path, *cpus;
	int terminal, no_new, readonly;
	json_int_t memory, pids;
	const json_t *process = json_object_get(c, "process");
	const char *arg = json_string_value(json_array_get(json_object_get(process, "args"), 2));
	assert_string_equal(arg, "echo \"ä\"");
	assert_int_equal(json_unpack(c, "{s:s, s:{s:b, s:b}, s:{s:s, s:b}, s:{s:s, s:{s:{s:I}, s:{s:s}, s:{s:I}}}}", "ociVersion",
	                             &version, "process", "terminal", &terminal, "noNewPrivileges", &no_new, "root", "path", &root,
	                             "readonly", &readonly, "linux", "cgroupsPath", &path, "resources", "memory", "limit", &memory,
	                             "cpu", "cpus", &cpus, "pids", "limit", &pids), 0);
	assert_string_equal(root, "/w/root");
	assert_true(readonly && no_new && !terminal);
	assert_int_equal(strncmp(path, "isocost-1.x-2.", 14), 0);
	assert_int_equal(memory, 1 << 20);
	assert_int_equal(pids, 7);
	assert_string_equal(cpus, "1");
	const json_t *sets = json_object_get(process, "capabilities");
	assert_int_equal(json_array_size(json_object_get(sets, "bounding")), 14);
	assert_int_equal(json_array_size(json_object_get(sets, "ambient")), 0);
	assert_string_equal(json_string_value(json_object_get(mount_at(c, "/scratch"), "source")), "/w/scratch");
	assert_string_equal(json_string_value(json_object_get(mount_at(c, "/sys/fs/cgroup/memory"), "source")), "/cg/memory/x");
	assert_non_null(mount_at(c, "/proc"));
	assert_non_null(mount_at(c, "/tmp"));
	assert_int_equal(json_array_size(json_object_get(json_object_get(c, "linux"), "namespaces")), 6);
	json_decref(c);
}

static void test_bundle_bare(void **state)
{
	(void)state;
	struct caps caps;
	assert_int_equal(caps_named("none", &caps, NULL), 0);
	struct bundle_request q = { .rootfs = "/r", .hostname = "h", .path = "/bin", .id = "x", .argv = (char *[]){ (char *)"true", NULL },
	                            .caps = &caps, .terminal = true, .memory_v2 = true, .memory_dir = "/cg" };
	json_t *c = config_of(&q);
	assert_true(json_is_true(json_object_get(json_object_get(c, "process"), "terminal")));
	assert_int_equal(json_array_size(json_object_get(json_object_get(json_object_get(c, "process"), "capabilities"), "bounding")), 0);
	assert_null(json_object_get(json_object_get(json_object_get(c, "linux"), "resources"), "memory"));
	assert_null(mount_at(c, "/scratch"));
	assert_string_equal(json_string_value(json_object_get(mount_at(c, "/sys/fs/cgroup"), "source")), "/cg");
	json_decref(c);
	/* What JSON can't hold is an error, not a broken file. */
	q.argv = (char *[]){ (char *)"\xff\xfe", NULL };
	assert_null(bundle_config(&q));
	struct err err = { 0 };
	assert_int_equal(bundle_write("/nonexistent/x", &q, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),  cmocka_unit_test(test_split_errors), cmocka_unit_test(test_uses_and_show),
		cmocka_unit_test(test_bundle), cmocka_unit_test(test_bundle_bare),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
