/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drivers.h - the drivers, one a file env_<name>.c. */
#ifndef ISOCOST_DRIVERS_H
#define ISOCOST_DRIVERS_H

#include "env/env.h"

extern const struct env_ops env_host;
extern const struct env_ops env_container;
extern const struct env_ops env_vm;
extern const struct env_ops env_micro;
extern const struct env_ops env_floor;
extern const struct env_ops env_command;

#endif
