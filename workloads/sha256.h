/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sha256.h - SHA-256 (FIPS 180-4), so that a check value needs no library. Shared with the harness; libc only. */
#ifndef ISOCOST_SHA256_H
#define ISOCOST_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_HEX 65                   /* 64 digits and a NUL */

struct sha256 {
	uint32_t h[8];
	uint64_t len;                   /* bytes taken so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *data, size_t len);
/* The digest in lower-case hexadecimal; *s is used up. */
void sha256_hex(struct sha256 *s, char ret[SHA256_HEX]);

/* Digest of all that can be read from the descriptor on. 0 or -errno of read(2). */
int sha256_fd(int fd, char ret[SHA256_HEX]);

#endif
