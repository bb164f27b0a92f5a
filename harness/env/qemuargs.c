/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qemuargs.c - QEMU's command line as libvirt prints it, and what is changed in it to run it without libvirt. */
#include "env/qemuargs.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* All that is changed. -S stays: the vCPUs are pinned to their CPUs before they run, as libvirt does it, and then let run by
 * `cont`. So does everything that makes the machine, and -sandbox, which holds QEMU in the same way. */
static const struct edit {
	const char *option;
	const char *value;              /* the option's value has this in it; NULL: the option has none */
	const char *instead;            /* new value, with the monitor's socket for %s; NULL: option and value are left out */
	const char *why;
} edits[] = {
	{ "-object", "\"id\":\"masterKey0\"", NULL, "the key of the secrets that libvirt would hand over: there are none" },
	{ "-chardev", "socket,id=charmonitor,", "socket,id=charmonitor,path=%s",
	  "libvirt connects to its monitor; here QEMU connects to the harness, which needs no waiting" },
	{ "-no-shutdown", NULL, NULL, "QEMU would stay when its guest has powered off, for libvirt to end it" },
};
#define N_EDITS (sizeof(edits) / sizeof(*edits))

/* libvirt says the same by a query (set-action): a guest that reboots ends. */
static const char added[] = "-no-reboot";

void qemuargs_free(struct qemuargs *q)
{
	strv_free(&q->env);
	strv_free(&q->argv);
}

/* One word as a shell has it; *at is moved behind it. false: a quote is not closed. */
static bool take_word(const char **at, struct str *ret)
{
	const char *s = *at;
	str_add(ret, "", 0);
	for (; *s && !isspace((unsigned char)*s); s++) {
		if (*s == '\'' || *s == '"') {
			const char *end = strchr(s + 1, *s);
			if (!end)
				return false;
			str_add(ret, s + 1, (size_t)(end - s - 1));
			s = end;
		} else if (*s == '\\' && s[1]) {
			str_add(ret, ++s, 1);
		} else {
			str_add(ret, s, 1);
		}
	}
	*at = s;
	return true;
}

static bool is_variable(const char *word)
{
	const char *s = word;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return s > word && *s == '=';
}

int qemuargs_parse(const char *text, struct qemuargs *ret, struct err *err)
{
	cleanup(qemuargs_free) struct qemuargs q = { 0 };
	for (const char *at = text;;) {
		while (isspace((unsigned char)*at))
			at++;
		if (!*at)
			break;
		cleanup(str_free) struct str word = { 0 };
		if (!take_word(&at, &word))
			return err_setf(err, -EINVAL, "libvirt's command line for QEMU has a quote that is not closed: %.200s", text);
		strv_add(!q.argv.n && is_variable(word.s) ? &q.env : &q.argv, word.s);
	}
	if (!q.argv.n)
		return err_setf(err, -EINVAL, "libvirt's command line for QEMU names no program: '%.200s'", text);
	*ret = q;
	q = (struct qemuargs){ 0 };
	return 0;
}

/* The edit for the option at argv[i]; N_EDITS: none. */
static size_t find_edit(const struct strv *argv, size_t i)
{
	size_t e = 0;
	for (; e < N_EDITS; e++)
		if (strcmp(argv->v[i], edits[e].option) == 0 &&
		    (!edits[e].value || (i + 1 < argv->n && strstr(argv->v[i + 1], edits[e].value))))
			break;
	return e;
}

/* QEMU takes a comma in a value for the next key, unless it is doubled. */
static char *with_commas(const char *path)
{
	struct str b = { 0 };
	for (; *path; path++) {
		if (*path == ',')
			str_add(&b, path, 1);
		str_add(&b, path, 1);
	}
	return b.s;
}

static void apply(struct strv *to, const struct edit *e, const char *qmp)
{
	const char *hole = e->instead ? strstr(e->instead, "%s") : NULL;
	if (!hole)
		return;
	strv_add(to, e->option);
	strv_addf(to, "%.*s%s%s", (int)(hole - e->instead), e->instead, qmp, hole + 2);
}

int qemuargs_free_of_libvirt(struct qemuargs *q, const char *qmp, struct err *err)
{
	cleanup(strv_free) struct strv argv = { 0 };
	cleanup_free char *path = with_commas(qmp);
	unsigned seen = 0;
	for (size_t i = 0; i < q->argv.n; i++) {
		size_t e = find_edit(&q->argv, i);
		if (e == N_EDITS) {
			strv_add(&argv, q->argv.v[i]);
			continue;
		}
		apply(&argv, &edits[e], path);
		seen |= 1u << e;
		i += edits[e].value != NULL;
	}
	for (size_t e = 0; e < N_EDITS; e++)
		if (!(seen >> e & 1))
			return err_setf(err, -EPROTO, "libvirt's command line for QEMU has no %s%s%s, which is to be left out or changed to run it "
			                "without libvirt (%s): is this libvirt newer than this program knows?", edits[e].option,
			                edits[e].value ? " with " : "", edits[e].value ? edits[e].value : "", edits[e].why);
	strv_add(&argv, added);
	strv_free(&q->argv);
	q->argv = argv;
	argv = (struct strv){ 0 };
	return 0;
}
