/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestmodules.c - which modules of the guest's kernel to load, in which order.
 *
 * Each module says itself what it depends on (section .modinfo), so that no modules.dep is needed: a kernel package that
 * is only unpacked has none. */
#include "env/guestkernel.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <elf.h>
#include <errno.h>
#include <fts.h>
#include <string.h>

/* Modules are named with - and _ alike. Cuts directory and ".ko…" off. */
static char *module_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = xstrdup(slash ? slash + 1 : path), *dot = strstr(name, ".ko");
	if (dot)
		*dot = '\0';
	for (char *s = name; *s; s++)
		if (*s == '-')
			*s = '_';
	return name;
}

/* All modules of the directory: name -> path. */
static int list_modules(const char *dir, struct kvs *ret, struct err *err)
{
	char *const paths[] = { (char *)dir, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		return err_sysf(err, -errno, "can't read %s", dir);
	for (FTSENT *e; (e = fts_read(fts));) {
		if (e->fts_info != FTS_F || !strstr(e->fts_name, ".ko"))
			continue;
		cleanup_free char *name = module_name(e->fts_name);
		ret->v = xrealloc(ret->v, ret->n + 1, sizeof(*ret->v));         /* kvs_set would search thousands each time */
		ret->v[ret->n++] = (struct kv){ .key = ptr_steal(&name), .val = xstrdup(e->fts_path) };
	}
	fts_close(fts);
	return 0;
}

static void list_builtin(const char *dir, struct strv *ret)
{
	cleanup_free char *file = xasprintf("%s/modules.builtin", dir), *text = NULL;
	if (fs_read(file, &text, NULL) < 0)
		return;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		cleanup_free char *name = module_name(line);
		strv_add(ret, name);
	}
}

/* The value of key in the module's .modinfo, NUL-ended inside elf; NULL when there is none. */
static const char *modinfo(const char *elf, size_t len, const char *key)
{
	Elf64_Ehdr eh;
	if (len < sizeof(eh) || memcmp(elf, ELFMAG, SELFMAG) != 0)
		return NULL;
	memcpy(&eh, elf, sizeof(eh));
	for (size_t i = 0; i < eh.e_shnum && eh.e_shoff + (i + 1) * sizeof(Elf64_Shdr) <= len; i++) {
		Elf64_Shdr sh;
		memcpy(&sh, elf + eh.e_shoff + i * sizeof(sh), sizeof(sh));
		if (sh.sh_type != SHT_PROGBITS || sh.sh_offset > len || sh.sh_size > len - sh.sh_offset)
			continue;
		const char *p = elf + sh.sh_offset, *end = p + sh.sh_size;
		/* .modinfo is the section whose strings are all key=value; its name need not be looked up. */
		for (const char *nul; p < end && (nul = memchr(p, '\0', (size_t)(end - p))); p = nul + 1)
			if (strncmp(p, key, strlen(key)) == 0)
				return p + strlen(key);
	}
	return NULL;
}

struct resolver {
	struct kvs all;
	struct strv builtin, done, *ret;
	const struct guest_kernel *kernel;
};

static void resolver_free(struct resolver *s)
{
	kvs_free(&s->all);
	strv_free(&s->builtin);
	strv_free(&s->done);
}

static int add_module(struct resolver *s, const char *name, struct err *err);

static int add_dependencies(struct resolver *s, const char *path, struct err *err)
{
	cleanup_free char *data = NULL;
	size_t len;
	int r = fs_read(path, &data, &len);
	if (r < 0)
		return err_sysf(err, r, "can't read %s", path);
	cleanup(str_free) struct str elf = { 0 };
	if (memcmp(data, ELFMAG, len < SELFMAG ? len : SELFMAG) != 0) {
		r = guest_unpack(data, len, &elf, err);
		if (r < 0)
			return err_wrapf(err, "%s", path);
	} else {
		str_add(&elf, data, len);
	}
	const char *depends = modinfo(elf.s, elf.len, "depends=");
	if (!depends)
		return err_setf(err, -EINVAL, "%s does not say what it depends on: not a kernel module?", path);
	cleanup(strv_free) struct strv list = { 0 };
	strv_split(&list, depends, ",");
	for (size_t i = 0; i < list.n && r == 0; i++)
		r = add_module(s, list.v[i], err);
	return r;
}

static int add_module(struct resolver *s, const char *name, struct err *err)
{
	bool optional = *name == '?';
	cleanup_free char *key = module_name(name + optional);
	if (strv_has(&s->done, key) || strv_has(&s->builtin, key))
		return 0;
	strv_add(&s->done, key);
	const char *path = kvs_get(&s->all, key);
	if (!path)
		return optional ? 0 : err_setf(err, -ENOENT, "the guest kernel %s has no driver %s, neither built in nor as a module in %s: "
		                                        "mend that directory, or name another kernel with --guest-kernel FILE", s->kernel->source, key,
		                                        s->kernel->modules);
	int r = add_dependencies(s, path, err);
	if (r == 0)
		strv_add(s->ret, path);
	return r;
}

int guest_modules(const struct guest_kernel *k, const char *const *wanted, struct strv *ret, struct err *err)
{
	if (!k->modules)
		return 0;
	cleanup(resolver_free) struct resolver s = { .ret = ret, .kernel = k };
	int r = list_modules(k->modules, &s.all, err);
	list_builtin(k->modules, &s.builtin);
	for (; r == 0 && *wanted; wanted++)
		r = add_module(&s, *wanted, err);
	return r;
}
