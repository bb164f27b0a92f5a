/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domxml.h - the domain XML of a guest. Pure: a struct in, text out. */
#ifndef ISOCOST_DOMXML_H
#define ISOCOST_DOMXML_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum dom_machine { DOM_MICROVM, DOM_Q35, DOM_PC };
const char *dom_machine_name(enum dom_machine m);

/* All strings are absolute paths or names, and borrowed. */
struct dom_spec {
	const char *name;
	bool kvm;                       /* type='kvm'; else type='qemu', which is TCG */
	enum dom_machine machine;
	const char *cpu;                /* "host-passthrough", "maximum", or "MODEL[,-FEATURE…]" */
	unsigned cpus;
	const char *cpu_list;           /* host CPUs of the vCPUs, "0,2-3"; as many as cpus, or more */
	const char *emulator_list;      /* host CPUs of QEMU's other threads; NULL: the same */
	bool cpu_queries;               /* libvirt asks QEMU for each feature of the CPU, as it does by default */
	bool default_devices;           /* what a general-purpose guest gets beside what is named here; not for microvm */
	bool hugepages;                 /* guest memory on huge pages, without a mount of them */
	uint64_t memory;                /* bytes */
	const char *firmware;           /* ROM file, or NULL for the machine's default */
	const char *kernel, *initrd, *cmdline;  /* the last two may be NULL */
	const char *link_name, *link_socket;    /* virtio-serial port; QEMU connects to the socket. NULL: none */
	const char *marks_socket;       /* isa-debugcon at mark_port; QEMU connects to it */
	unsigned mark_port;
	const char *console_log;        /* file for the serial console; NULL: none */
	const char *scratch;            /* raw disk image, or NULL */
	const char *scratch_cache, *scratch_io; /* as libvirt names them: "none", "writeback" …; "native", "io_uring", "threads" */
	const char *trace_log;          /* file for QEMU's trace of trace_events; NULL: no trace */
	const char *const *trace_events;        /* NULL-terminated */
	bool scratch_iothread;          /* its requests are served by a thread of its own; not for microvm */
	const char *share;              /* directory of the host that the guest mounts by virtiofs, or NULL; its tag is GUEST_SHARE */
	const char *virtiofsd;          /* the program that serves it */
	const char *app;                /* raw image of the applications' root, read-only, or NULL; its serial is GUEST_ROOT_SERIAL */
	const char *tap, *mac;          /* a tap that is there already, in the namespace in which libvirt is called; tap NULL: no network */
	bool vhost;                     /* the host's kernel moves the packets, not QEMU */
};

/* Expand "0,2-3" into at most max numbers. Returns how many there are, or -EINVAL. */
int dom_cpu_list(const char *list, unsigned *ret, unsigned max);

/* Returns the XML, malloc'd, or NULL with err: cpu_list malformed or shorter than cpus. */
char *dom_xml(const struct dom_spec *s, struct err *err);

#endif
