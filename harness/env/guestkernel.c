/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestkernel.c - a kernel's file: what it is, and its form that boots fastest. */
#include "env/guestkernel.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/kernelelf.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Fields of the x86 boot protocol's header (Documentation/arch/x86/boot.rst), by offset in the bzImage. */
enum {
	BZ_SETUP_SECTS = 0x1f1,
	BZ_MAGIC = 0x202,               /* "HdrS" */
	BZ_VERSION = 0x20e,             /* offset of the version string, less 0x200 */
	BZ_PAYLOAD_OFFSET = 0x248,      /* from the end of the setup sectors */
	BZ_PAYLOAD_LENGTH = 0x24c,
	BZ_HEADER_END = 0x260,
};

void guest_kernel_free(struct guest_kernel *k)
{
	free(k->source);
	free(k->origin);
	free(k->boot);
	free(k->release);
	free(k->modules);
	*k = (struct guest_kernel){ 0 };
}

static void archive_freep(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

int guest_unpack(const void *data, size_t len, struct str *ret, struct err *err)
{
	cleanup(archive_freep) struct archive *a = archive_read_new();
	archive_read_support_filter_all(a);
	archive_read_support_format_raw(a);
	struct archive_entry *e;
	if (archive_read_open_memory(a, data, len) != ARCHIVE_OK || archive_read_next_header(a, &e) != ARCHIVE_OK)
		return err_setf(err, -EINVAL, "not a compression that is known here: %s", archive_error_string(a));
	cleanup(str_free) struct str out = { 0 };
	char buf[65536];
	la_ssize_t n;
	while ((n = archive_read_data(a, buf, sizeof(buf))) > 0)
		str_add(&out, buf, (size_t)n);
	if (n < 0)
		return err_setf(err, -EINVAL, "damaged compressed data: %s", archive_error_string(a));
	*ret = out;
	out = (struct str){ 0 };
	return 0;
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool is_bzimage(const unsigned char *p, size_t len)
{
	return len > BZ_HEADER_END && memcmp(p + BZ_MAGIC, "HdrS", 4) == 0;
}

int guest_kernel_payload(const void *img, size_t len, struct str *ret, struct err *err)
{
	const unsigned char *p = img;
	if (!is_bzimage(p, len))
		return err_setf(err, -EINVAL, "not a bzImage");
	uint64_t setup = p[BZ_SETUP_SECTS] ? p[BZ_SETUP_SECTS] : 4;
	uint64_t at = (setup + 1) * 512 + get32(p + BZ_PAYLOAD_OFFSET), n = get32(p + BZ_PAYLOAD_LENGTH);
	if (n < 8 || at > len || n > len - at)
		return err_setf(err, -EINVAL, "the bzImage's payload lies outside the file");
	/* The build adds the unpacked size in 4 bytes; gzip has them already as its own last field. */
	bool gzip = p[at] == 0x1f && p[at + 1] == 0x8b;
	uint32_t size = get32(p + at + n - 4);
	cleanup(str_free) struct str out = { 0 };
	int r = guest_unpack(p + at, gzip ? n : n - 4, &out, err);
	if (r < 0)
		return r;
	if (out.len != size)
		return err_setf(err, -EINVAL, "the bzImage's payload unpacks to %zu bytes instead of %" PRIu32, out.len, size);
	*ret = out;
	out = (struct str){ 0 };
	return 0;
}

bool guest_kernel_is_pvh(const void *elf, size_t len)
{
	const unsigned char *p = elf;
	Elf64_Ehdr eh;
	if (!kernelelf_header(p, len, &eh))
		return false;
	for (size_t i = 0; i < eh.e_phnum && eh.e_phoff + (i + 1) * sizeof(Elf64_Phdr) <= len; i++) {
		Elf64_Phdr ph;
		size_t at;
		memcpy(&ph, p + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type == PT_NOTE && ph.p_offset <= len && ph.p_filesz <= len - ph.p_offset &&
		    kernelelf_pvh_note(p + ph.p_offset, ph.p_filesz, &at))
			return true;
	}
	return false;
}

/* ---- one file ---- */

void guest_hash(const void *data, size_t len, char ret[17])
{
	uint64_t h = 0xcbf29ce484222325u;       /* FNV-1a: a name for a cache, not a proof */
	for (const unsigned char *p = data; len; len--)
		h = (h ^ *p++) * 0x100000001b3u;
	snprintf(ret, 17, "%016" PRIx64, h);
}

/* The release in "6.1.0-56-cloud-amd64 (debian-kernel@…) …". */
static char *first_word(const char *s, size_t max)
{
	size_t n = 0;
	while (n < max && isgraph((unsigned char)s[n]))
		n++;
	return xstrndup(s, n);
}

static char *release_of_bzimage(const unsigned char *p, size_t len)
{
	size_t at = 0x200u + p[BZ_VERSION] + ((size_t)p[BZ_VERSION + 1] << 8);
	return at > 0x200 && at < len ? first_word((const char *)p + at, len - at) : xstrdup("");
}

static char *release_of_vmlinux(const char *p, size_t len)
{
	static const char banner[] = "Linux version ";
	const char *end = p + len, *s = p;
	while ((s = memmem(s, (size_t)(end - s), banner, sizeof(banner) - 1))) {
		s += sizeof(banner) - 1;
		if (s < end && isdigit((unsigned char)*s))
			return first_word(s, (size_t)(end - s));
	}
	return xstrdup("");
}

/* The modules beside the kernel (an unpacked package, or a directory made for it), or the host's of that release. */
static char *find_modules(const char *file, const char *release)
{
	if (!*release)
		return NULL;
	const char *slash = strrchr(file, '/');
	cleanup_free char *dir = slash ? xstrndup(file, (size_t)(slash - file)) : xstrdup(".");
	char *const tries[] = {
		xasprintf("%s/../lib/modules/%s", dir, release), xasprintf("%s/lib/modules/%s", dir, release),
		xasprintf("%s/modules/%s", dir, release), xasprintf("/lib/modules/%s", release),
	};
	char *found = NULL;
	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		if (!found && fs_exists(tries[i]))
			found = tries[i];
		else
			free(tries[i]);
	}
	return found;
}

/* Put the unpacked kernel where the next run finds it. */
static int keep_unpacked(const struct str *elf, const char *cache, struct guest_kernel *k, struct err *err)
{
	cleanup_free char *dir = xasprintf("%s/guest", cache), *path = xasprintf("%s/vmlinux-%s", dir, k->hash);
	int r = fs_mkdirs(dir, 0755);
	struct stat st;
	if (r == 0 && (stat(path, &st) < 0 || (size_t)st.st_size != elf->len))
		r = fs_replace(path, elf->s, elf->len, 0644);
	if (r < 0)
		return err_sysf(err, r, "can't write %s", path);
	k->boot = ptr_steal(&path);
	k->pvh = true;
	return 0;
}

static int use_elf(const struct str *elf, bool as_is, const char *cache, struct guest_kernel *k, struct err *err)
{
	if (!guest_kernel_is_pvh(elf->s, elf->len))
		return err_setf(err, -ENOTSUP, "%s is an ELF file, but not an x86-64 Linux kernel with a PVH entry (CONFIG_PVH=y); give its bzImage",
		                k->source);
	k->release = release_of_vmlinux(elf->s, elf->len);
	if (!as_is)
		return keep_unpacked(elf, cache, k, err);
	k->boot = xstrdup(k->source);
	k->pvh = true;
	return 0;
}

static int use_bzimage(const char *img, size_t len, const char *cache, struct guest_kernel *k, struct err *err)
{
	k->release = release_of_bzimage((const unsigned char *)img, len);
	cleanup(str_free) struct str elf = { 0 };
	struct err why = { 0 };
	if (guest_kernel_payload(img, len, &elf, &why) == 0 && guest_kernel_is_pvh(elf.s, elf.len))
		return keep_unpacked(&elf, cache, k, err);
	log_debugf("%s is booted as a bzImage: %s", k->source, why.code ? why.msg : "it has no PVH entry");
	k->boot = xstrdup(k->source);
	return 0;
}

int guest_kernel_file(const char *file, const char *cache, struct guest_kernel *k, struct err *err)
{
	cleanup_free char *data = NULL;
	size_t len;
	int r = fs_read(file, &data, &len);
	if (r < 0)
		return err_sysf(err, r, "can't read the guest kernel %s", file);
	k->source = realpath(file, NULL);
	guest_hash(data, len, k->hash);
	k->bzimage = is_bzimage((unsigned char *)data, len);
	struct str img = { .s = data, .len = len };
	cleanup(str_free) struct str unpacked = { 0 };
	bool elf = len > SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0;
	if (!elf && !k->bzimage && guest_unpack(data, len, &unpacked, NULL) == 0 && unpacked.len != len) {
		img = unpacked;
		elf = img.len > SELFMAG && memcmp(img.s, ELFMAG, SELFMAG) == 0;
	}
	if (elf)
		r = use_elf(&img, img.s == data, cache, k, err);
	else if (k->bzimage)
		r = use_bzimage(data, len, cache, k, err);
	else
		r = err_setf(err, -EINVAL, "%s is neither a bzImage nor a vmlinux; " GUEST_KERNEL_OTHER, file);
	if (r == 0)
		k->modules = find_modules(k->source, k->release);
	return r;
}
