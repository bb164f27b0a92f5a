/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz.h - the one function that each fuzz_*.c has: libFuzzer calls it with input after input. What must hold is asserted by abort(). */
#ifndef ISOCOST_TESTS_FUZZ_H
#define ISOCOST_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define must(what) ((what) ? (void)0 : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what), abort()))

#endif
