/* SPDX-License-Identifier: GPL-3.0-or-later */
/* density_held.h - what each of many instances holds, as text and as JSON. */
#ifndef ISOCOST_DENSITY_HELD_H
#define ISOCOST_DENSITY_HELD_H

#include "run/density.h"

#include <jansson.h>

/* Lines for the terminal; none where it was not read. */
void density_held_print(const struct density *d);
/* An object: for each item, by its name in the journal, median, least and most over the instances, or null; and in `unknown` why. */
json_t *density_held_json(const struct density *d);

#endif
