/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_guestimg.c - kernels are recognized and unpacked, modules ordered, the initramfs holds what it should. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/proc.h"
#include "env/guestimg.h"
#include "env/guestkernel.h"
#include "guestproto.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

static char dir[] = "/tmp/isocost-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return fs_rmtree(dir);
}

/* ---- kernels ---- */

static void put32(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> 8 * i);
}

/* An ELF file with one PT_NOTE that holds one note. */
static void make_elf(struct str *b, uint32_t note_type, uint16_t machine)
{
	Elf64_Ehdr eh = { .e_machine = machine, .e_phoff = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 };
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	Elf64_Nhdr n = { .n_namesz = 4, .n_descsz = 4, .n_type = note_type };
	Elf64_Phdr ph = { .p_type = PT_NOTE, .p_offset = sizeof(eh) + sizeof(ph), .p_filesz = sizeof(n) + 8 };
	str_add(b, &eh, sizeof(eh));
	str_add(b, &ph, sizeof(ph));
	str_add(b, &n, sizeof(n));
	str_add(b, "Xen\0\0\0\0\0", 8);
	str_add(b, "Linux version 6.9.0-test (someone)", 34);
	for (int i = 0; i < 20000; i++)
		str_addf(b, "%d", i);
}

static void compress(struct str *out, const struct str *in, const char *program)
{
	char *from = xasprintf("%s/payload", dir), *to = xasprintf("%s/packed", dir);
	char *const xz[] = { (char *)"xz", (char *)"-kf", (char *)"--check=crc32", from, NULL };
	char *const zstd[] = { (char *)"zstd", (char *)"-qf", from, NULL };
	char *const gzip[] = { (char *)"gzip", (char *)"-kf", from, NULL };
	char *const *argv = *program == 'x' ? xz : *program == 'z' ? zstd : gzip;
	const char *ext = *program == 'x' ? "xz" : *program == 'z' ? "zst" : "gz";
	assert_int_equal(fs_write(from, in->s, in->len, 0644), 0);
	struct err err = { 0 };
	if (proc_check(argv, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	char *file = xasprintf("%s.%s", from, ext), *data;
	size_t len;
	assert_int_equal(fs_read(file, &data, &len), 0);
	str_add(out, data, len);
	free(data);
	free(file);
	free(from);
	free(to);
}

/* A bzImage with one setup sector, a version string and the payload. */
static void make_bzimage(struct str *b, const struct str *packed, bool append_size, uint32_t size)
{
	char head[1024] = { 0 };
	head[0x1f1] = 1;
	memcpy(head + 0x202, "HdrS", 4);
	head[0x20e] = 0x70;
	head[0x20f] = 0;
	memcpy(head + 0x270, "6.9.0-test (someone@somewhere) #1", 33);
	put32(head + 0x248, 16);
	put32(head + 0x24c, (uint32_t)packed->len + (append_size ? 4 : 0));
	str_add(b, head, sizeof(head));
	str_add(b, "0123456789abcdef", 16);
	str_add(b, packed->s, packed->len);
	char tail[4];
	put32(tail, size);
	if (append_size)
		str_add(b, tail, 4);
}

static void test_payload(void **state)
{
	(void)state;
	static const char *const programs[] = { "xz", "zstd", "gzip" };
	for (size_t i = 0; i < 3; i++) {
		struct str elf = { 0 }, packed = { 0 }, img = { 0 }, out = { 0 };
		struct err err = { 0 };
		make_elf(&elf, 18, EM_X86_64);
		compress(&packed, &elf, programs[i]);
		make_bzimage(&img, &packed, *programs[i] != 'g', (uint32_t)elf.len);
		if (guest_kernel_payload(img.s, img.len, &out, &err) < 0)
			fail_msg("%s: %s", programs[i], err.msg);
		assert_int_equal(out.len, elf.len);
		assert_memory_equal(out.s, elf.s, elf.len);
		assert_true(guest_kernel_is_pvh(out.s, out.len));
		str_free(&elf);
		str_free(&packed);
		str_free(&img);
		str_free(&out);
	}
}

static void test_damaged_payload(void **state)
{
	(void)state;
	struct str elf = { 0 }, packed = { 0 }, img = { 0 }, wrong = { 0 }, out = { 0 };
	make_elf(&elf, 18, EM_X86_64);
	compress(&packed, &elf, "zstd");
	make_bzimage(&img, &packed, true, (uint32_t)elf.len);
	for (size_t cut = 0; cut < img.len; cut += 97) {
		/* A copy of exactly that size: reading beyond it is seen by the sanitizer. */
		char *part = xcalloc(1, cut ? cut : 1);
		memcpy(part, img.s, cut);
		assert_true(guest_kernel_payload(part, cut, &out, NULL) < 0);
		free(part);
	}
	make_bzimage(&wrong, &packed, true, (uint32_t)elf.len + 1);
	struct err err = { 0 };
	assert_int_equal(guest_kernel_payload(wrong.s, wrong.len, &out, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "instead of"));
	assert_null(out.s);
	str_free(&elf);
	str_free(&packed);
	str_free(&img);
	str_free(&wrong);
}

static void test_pvh_note(void **state)
{
	(void)state;
	struct str yes = { 0 }, other_note = { 0 }, other_cpu = { 0 };
	make_elf(&yes, 18, EM_X86_64);
	make_elf(&other_note, 17, EM_X86_64);
	make_elf(&other_cpu, 18, EM_AARCH64);
	assert_true(guest_kernel_is_pvh(yes.s, yes.len));
	assert_false(guest_kernel_is_pvh(other_note.s, other_note.len));
	assert_false(guest_kernel_is_pvh(other_cpu.s, other_cpu.len));
	assert_false(guest_kernel_is_pvh("\177ELF", 4));
	str_free(&yes);
	str_free(&other_note);
	str_free(&other_cpu);
}

static void write_str(const char *name, const struct str *b, char **ret_path)
{
	*ret_path = xasprintf("%s/%s", dir, name);
	assert_int_equal(fs_write(*ret_path, b->s, b->len, 0644), 0);
}

static void test_named_kernel(void **state)
{
	(void)state;
	struct str elf = { 0 }, packed = { 0 }, img = { 0 };
	make_elf(&elf, 18, EM_X86_64);
	compress(&packed, &elf, "xz");
	make_bzimage(&img, &packed, true, (uint32_t)elf.len);
	char *paths[3];
	write_str("vmlinux", &elf, &paths[0]);
	write_str("bzImage", &img, &paths[1]);
	write_str("vmlinux.xz", &packed, &paths[2]);
	for (int i = 0; i < 3; i++) {
		struct guest_kernel k = { 0 };
		struct err err = { 0 };
		if (guest_kernel_find(paths[i], dir, &k, &err) < 0)
			fail_msg("%s: %s", paths[i], err.msg);
		assert_string_equal(k.release, "6.9.0-test");
		assert_true(k.pvh);
		assert_null(k.modules);
		char *boot;
		size_t len;
		assert_int_equal(fs_read(k.boot, &boot, &len), 0);
		assert_int_equal(len, elf.len);
		assert_memory_equal(boot, elf.s, len);
		free(boot);
		guest_kernel_free(&k);
		free(paths[i]);
	}
	str_free(&elf);
	str_free(&packed);
	str_free(&img);
}

static void test_rubbish_kernel(void **state)
{
	(void)state;
	struct str b = { 0 };
	char *path;
	for (int i = 0; i < 3000; i++)
		str_addf(&b, "rubbish %d\n", i);
	write_str("rubbish", &b, &path);
	struct guest_kernel k = { 0 };
	struct err err = { 0 };
	assert_int_equal(guest_kernel_find(path, dir, &k, &err), -EINVAL);
	assert_non_null(strstr(err.msg, path));
	assert_non_null(strstr(err.msg, "--guest-kernel"));
	assert_int_equal(guest_kernel_find("/nonexistent/vmlinuz", dir, &k, &err), -ENOENT);
	assert_null(k.boot);
	str_free(&b);
	free(path);
}

/* ---- modules ---- */

/* An ELF file with one section that says what it depends on. */
static void make_module(const char *tree, const char *name, const char *depends)
{
	struct str b = { 0 };
	char *info = xasprintf("license=GPL%cdepends=%s%c", 0, depends, 0), *path = xasprintf("%s/kernel/%s", tree, name);
	size_t len = strlen("license=GPL") + 1 + strlen("depends=") + strlen(depends) + 1;
	Elf64_Ehdr eh = { .e_machine = EM_X86_64, .e_shoff = sizeof(eh), .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 1 };
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	Elf64_Shdr sh = { .sh_type = SHT_PROGBITS, .sh_offset = sizeof(eh) + sizeof(sh), .sh_size = len };
	str_add(&b, &eh, sizeof(eh));
	str_add(&b, &sh, sizeof(sh));
	str_add(&b, info, len);
	assert_int_equal(fs_write(path, b.s, b.len, 0644), 0);
	str_free(&b);
	free(info);
	free(path);
}

static void make_tree(char **ret)
{
	*ret = xasprintf("%s/modules", dir);
	char *kernel = xasprintf("%s/kernel", *ret), *builtin = xasprintf("%s/modules.builtin", *ret);
	assert_int_equal(fs_mkdirs(kernel, 0755), 0);
	assert_int_equal(fs_write(builtin, "kernel/fs/ext4/ext4.ko\n", 23, 0644), 0);
	make_module(*ret, "virtio.ko", "");
	make_module(*ret, "virtio_ring.ko", "virtio");
	make_module(*ret, "virtio-mmio.ko", "virtio_ring,virtio");
	make_module(*ret, "virtio_console.ko", "virtio_ring");
	make_module(*ret, "broken.ko", "missing");
	free(kernel);
	free(builtin);
}

static void test_modules(void **state)
{
	(void)state;
	static const char *const wanted[] = { "virtio_mmio", "virtio_console", "ext4", "?crc32c_generic", NULL };
	static const char *const order[] = { "/virtio.ko", "/virtio_ring.ko", "/virtio-mmio.ko", "/virtio_console.ko" };
	struct guest_kernel k = { 0 };
	struct strv list = { 0 };
	struct err err = { 0 };
	make_tree(&k.modules);
	if (guest_modules(&k, wanted, &list, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(list.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(strrchr(list.v[i], '/'), order[i]);
	strv_free(&list);
	guest_kernel_free(&k);
}

static void test_missing_module(void **state)
{
	(void)state;
	static const char *const unknown[] = { "nosuch", NULL }, *const broken[] = { "broken", NULL };
	struct guest_kernel k = { 0 };
	struct strv list = { 0 };
	struct err err = { 0 };
	make_tree(&k.modules);
	assert_int_equal(guest_modules(&k, unknown, &list, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "nosuch"));
	assert_int_equal(guest_modules(&k, broken, &list, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "missing"));
	strv_free(&list);
	guest_kernel_free(&k);
}

/* ---- initramfs ---- */

/* What of an entry is compared. */
struct seen {
	bool init, load, console, scratch, app, list, link;
};

static void look(struct archive *a, struct archive_entry *e, struct seen *s)
{
	const char *name = archive_entry_pathname(e);
	char buf[256] = "";
	if (archive_entry_size(e) > 0 && archive_entry_size(e) < (la_int64_t)sizeof(buf))
		assert_true(archive_read_data(a, buf, sizeof(buf) - 1) >= 0);
	if (strcmp(name, "init") == 0)
		s->init = strcmp(buf, "I am init") == 0 && archive_entry_perm(e) == 0755;
	if (strcmp(name, "bin/isoload") == 0)
		s->load = strcmp(buf, "I am isoload") == 0 && archive_entry_perm(e) == 0755;
	if (strcmp(name, "dev/console") == 0)
		s->console = archive_entry_filetype(e) == AE_IFCHR && archive_entry_rdev(e) == makedev(5, 1);
	if (strcmp(name, "scratch") == 0)
		s->scratch = archive_entry_filetype(e) == AE_IFDIR;
	if (strcmp(name, "app") == 0)
		s->app = archive_entry_filetype(e) == AE_IFDIR;
	if (strcmp(name, &GUEST_MODULES[1]) == 0)
		s->list = strcmp(buf, "/lib/modules/virtio.ko\n") == 0;
	if (strcmp(name, "bin/sh") == 0)
		s->link = archive_entry_symlink(e) && strcmp(archive_entry_symlink(e), "busybox") == 0;
}

static struct seen read_back(const char *path)
{
	struct seen s = { 0 };
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, path, 65536), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK)
		look(a, e, &s);
	archive_read_free(a);
	return s;
}

static void test_initramfs(void **state)
{
	(void)state;
	struct strv modules = { 0 };
	char *tree, *busybox = NULL, *init = xasprintf("%s/i", dir), *load = xasprintf("%s/l", dir);
	char *one = xasprintf("%s/one.cpio", dir), *two = xasprintf("%s/two.cpio", dir), *a, *b;
	size_t na, nb;
	struct err err = { 0 };
	make_tree(&tree);
	strv_addf(&modules, "%s/kernel/virtio.ko", tree);
	if (guest_busybox(&busybox, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(fs_write(init, "I am init", 9, 0600), 0);
	assert_int_equal(fs_write(load, "I am isoload", 12, 0600), 0);
	struct guest_image g = { .isoinit = init, .isoload = load, .busybox = busybox, .modules = &modules };
	if (guest_initramfs(&g, one, &err) < 0 || guest_initramfs(&g, two, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(fs_read(one, &a, &na) | fs_read(two, &b, &nb), 0);
	assert_int_equal(na, nb);
	assert_memory_equal(a, b, na);
	assert_memory_equal(a, "070701", 6);
	struct seen s = read_back(one);
	assert_true(s.init && s.load && s.console && s.list && s.link && !s.scratch && !s.app);
	g.scratch = true;
	assert_int_equal(guest_initramfs(&g, one, &err), 0);
	s = read_back(one);
	assert_true(s.scratch && !s.app);
	g.root = true;
	assert_int_equal(guest_initramfs(&g, one, &err), 0);
	assert_true(read_back(one).app);
	g.isoload = "/nonexistent";
	assert_int_equal(guest_initramfs(&g, one, &err), -ENOENT);
	assert_false(fs_exists(one));
	char *all[] = { tree, busybox, init, load, one, two, a, b };
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
	strv_free(&modules);
}

static void test_disk(void **state)
{
	(void)state;
	char *path = xasprintf("%s/disk", dir);
	struct err err = { 0 };
	if (guest_disk(path, 32 << 20, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	char *data;
	size_t len;
	assert_int_equal(fs_read(path, &data, &len), 0);
	assert_int_equal(len, 32 << 20);
	assert_memory_equal(data + 1024 + 56, "\x53\xef", 2);   /* ext4's magic */
	free(data);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payload),      cmocka_unit_test(test_damaged_payload), cmocka_unit_test(test_pvh_note),
		cmocka_unit_test(test_named_kernel), cmocka_unit_test(test_rubbish_kernel),  cmocka_unit_test(test_modules),
		cmocka_unit_test(test_missing_module), cmocka_unit_test(test_initramfs),     cmocka_unit_test(test_disk),
	};
	return cmocka_run_group_tests_name("guestimg", tests, make_dir, remove_dir);
}
