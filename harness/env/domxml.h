/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domxml.h - the domain XML of a guest. Pure: a struct in, text out. */
#ifndef ISOCOST_DOMXML_H
#define ISOCOST_DOMXML_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum dom_machine { DOM_MICROVM, DOM_Q35 };

/* All strings are absolute paths or names, and borrowed. */
struct dom_spec {
	const char *name;
	bool kvm;                       /* type='kvm'; else type='qemu', which is TCG */
	enum dom_machine machine;
	const char *cpu;                /* "host-passthrough", "maximum", or "MODEL[,-FEATURE…]" */
	unsigned cpus;
	const char *cpu_list;           /* host CPUs that all of QEMU is held to, "0,2-3"; as many as cpus, or more */
	uint64_t memory;                /* bytes */
	const char *firmware;           /* ROM file, or NULL for the machine's default */
	const char *kernel, *initrd, *cmdline;
	const char *link_name, *link_socket;    /* virtio-serial port; QEMU connects to the socket */
	const char *marks_socket;       /* isa-debugcon at mark_port; QEMU connects to it */
	unsigned mark_port;
	const char *console_log;        /* file for the serial console */
	const char *scratch;            /* raw disk image, or NULL */
	const char *scratch_cache, *scratch_io; /* "none" or "writeback", "native" or "threads" */
};

/* Expand "0,2-3" into at most max numbers. Returns how many there are, or -EINVAL. */
int dom_cpu_list(const char *list, unsigned *ret, unsigned max);

/* Returns the XML, malloc'd, or NULL with err: cpu_list malformed or shorter than cpus. */
char *dom_xml(const struct dom_spec *s, struct err *err);

#endif
