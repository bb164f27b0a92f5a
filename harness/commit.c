/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commit.c - which commit the program was built from. */
#include "cmd.h"

#include "commit.h"

const char *built_from(void)
{
	return *ISOCOST_COMMIT ? ISOCOST_COMMIT : NULL;
}
