/* SPDX-License-Identifier: GPL-3.0-or-later */
/* corpus.h - data that compress as a service's do: prose, a log and binary records, generated, the same bytes everywhere. */
#ifndef ISOCOST_CORPUS_H
#define ISOCOST_CORPUS_H

#include <stddef.h>

/* Fill buf. The corpus of a smaller size is the beginning of that of a larger one. */
void corpus_fill(unsigned char *buf, size_t size);

#endif
