/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kerneltop.c - how much memory a kernel's image takes when it is loaded. */
#include "env/guestkernel.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Fields of the x86 boot protocol's header, by offset in the bzImage. */
enum { BZ_MAGIC = 0x202, BZ_PREF_ADDRESS = 0x258, BZ_INIT_SIZE = 0x260, BZ_HEADER_END = 0x264 };

static int top_of_bzimage(const unsigned char *p, uint64_t *ret)
{
	uint64_t address;
	uint32_t size;
	memcpy(&address, p + BZ_PREF_ADDRESS, sizeof(address));
	memcpy(&size, p + BZ_INIT_SIZE, sizeof(size));
	*ret = address + size;
	return 0;
}

static int top_of_elf(int fd, const Elf64_Ehdr *eh, uint64_t *ret)
{
	uint64_t top = 0;
	for (unsigned i = 0; i < eh->e_phnum; i++) {
		Elf64_Phdr ph;
		if (pread(fd, &ph, sizeof(ph), (off_t)(eh->e_phoff + i * sizeof(ph))) != sizeof(ph))
			return -EINVAL;
		if (ph.p_type == PT_LOAD && ph.p_paddr + ph.p_memsz > top)
			top = ph.p_paddr + ph.p_memsz;
	}
	*ret = top;
	return top ? 0 : -EINVAL;
}

int guest_kernel_top(const char *boot, uint64_t *ret, struct err *err)
{
	unsigned char head[BZ_HEADER_END];
	cleanup(fd_closep) int fd = open(boot, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sysf(err, -errno, "can't open %s", boot);
	int r = -EINVAL;
	if (pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head)) {
		if (memcmp(head, ELFMAG, SELFMAG) == 0) {
			Elf64_Ehdr eh;
			memcpy(&eh, head, sizeof(eh));
			r = top_of_elf(fd, &eh, ret);
		} else if (memcmp(head + BZ_MAGIC, "HdrS", 4) == 0) {
			r = top_of_bzimage(head, ret);
		}
	}
	return r < 0 ? err_setf(err, r, "%s is neither a vmlinux nor a bzImage that says how much memory it takes", boot) : 0;
}
