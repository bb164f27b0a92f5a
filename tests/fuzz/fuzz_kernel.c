/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_kernel.c - any bytes as a guest's kernel: an ELF file with notes, or a bzImage with a compressed payload. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "env/guestkernel.h"
#include "env/kernelmark.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err err = { 0 };
	struct str payload = { 0 };
	(void)guest_kernel_is_pvh(data, len);
	if (guest_kernel_payload(data, len, &payload, &err) < 0)
		must(*err.msg);
	str_free(&payload);
	cleanup_free uint8_t *copy = xcalloc(len + 1, 1);
	memcpy(copy, data, len);
	if (kernelmark_entry(copy, len, 0xe9, 'k', &err) == 0)
		must(guest_kernel_is_pvh(copy, len));   /* still one that can be entered */
	return 0;
}
