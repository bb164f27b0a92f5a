/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestproto.h - what the harness and isoinit, the guest's PID 1, say to each other. Shared; libc only.
 *
 * Two channels:
 *
 * The link, a virtio-serial port named GUEST_PORT, carries frames both ways: a header in the guest's byte order (both
 * sides are x86-64), then len bytes. A header with another magic, an unknown type or a len above GUEST_FRAME_MAX means
 * that the stream is garbled; there is no way back from that. One command runs at a time.
 *
 * A guest that is to be saved is booted with GUEST_ARG_HOLD on its command line: it says hello before it has mounted its disks.
 * Then the host tells it to freeze and saves it while the link is open, so that the guest sees no hang-up. Each copy that is restored
 * later waits for GUEST_THAW, takes from it what copies must not share, mounts its own disks and says hello anew. Its clocks go on from
 * the moment of the save.
 *
 * The marks, an isa-debugcon at port GUEST_MARK_PORT, carry single bytes whose arrival on the host is a time stamp. A
 * machine may be without it: nothing but the precision of the phases depends on it. */
#ifndef ISOCOST_GUESTPROTO_H
#define ISOCOST_GUESTPROTO_H

#include <stdint.h>

#define GUEST_PORT "isocost.0"
#define GUEST_MAGIC 0x49534f31u         /* "1OSI" in memory */
#define GUEST_FRAME_MAX 65536u
#define GUEST_STDIN_WINDOW 65536u       /* bytes of standard input that may be on their way and not yet taken */

#define GUEST_MARK_PORT 0xe9
#define GUEST_MARK_KERNEL 'K'           /* the kernel is entered; only from kernels that were made to say so (env/kernelmark.h) */
#define GUEST_MARK_INIT 'I'             /* isoinit's first instructions */
#define GUEST_MARK_POWEROFF 'P'         /* file systems are written; the power goes off next */

/* In the initramfs */
#define GUEST_MODULES "/lib/modules/load"       /* paths of modules, one a line, in the order to load them */
#define GUEST_SCRATCH "/scratch"                /* exists when there is a disk to mount on it */
#define GUEST_APP ".isoapp"                     /* in the scratch directory: the applications' program, to which /bin/isoapp links */
#define GUEST_SHARE "scratch"                   /* the tag of a virtiofs to mount there in place of a disk */
#define GUEST_ROOT "/app"                       /* exists when there is a disk to mount on it, read-only: the applications' root */
#define GUEST_ROOT_SERIAL "isocost-app"         /* of that disk */
#define GUEST_PATH "/bin:/sbin:/usr/bin:/usr/sbin"

/* On the kernel's command line, which the kernel itself leaves alone */
#define GUEST_ARG_SCRATCH "isocost.scratch"     /* =virtiofs: GUEST_SCRATCH is no disk */
#define GUEST_ARG_NET "isocost.net"             /* =ADDRESS/PREFIX,HUB,MAC: eth0's, the hub's, and the hub's hardware address */
#define GUEST_ARG_HOLD "isocost.hold"           /* =1: disks are mounted when the guest is thawed */

enum guest_frame_type {
	/* guest to host */
	GUEST_HELLO = 1,                /* struct guest_hello: ready for commands */
	GUEST_STDOUT,                   /* bytes the command wrote to fd 1 (or to its terminal) */
	GUEST_STDERR,                   /* … to fd 2 */
	GUEST_STDIN_TAKEN,              /* uint32_t: so many bytes of standard input were taken by the command */
	GUEST_EXIT,                     /* int32_t: exit status, or 128 + the signal; nothing of this command follows */
	GUEST_TROUBLE,                  /* text: what isoinit could not do; it powers off after that */
	GUEST_BOOT_TIMES,               /* lines "NAME NS": when the kernel had come so far, by CLOCK_BOOTTIME */
	GUEST_FROZEN,                   /* the guest holds still */
	GUEST_TO_HOST_END,
	/* host to guest */
	GUEST_EXEC = 32,                /* struct guest_exec, then argc strings of argv and envc of the environment, each ended by NUL */
	GUEST_STDIN,                    /* bytes for fd 0; empty: end of file */
	GUEST_SIGNAL,                   /* uint32_t: send it to the command; SIGKILL goes to every process of the guest */
	GUEST_WINSIZE,                  /* struct guest_winsize: of the command's terminal */
	GUEST_TELL_BOOT,                /* answer with GUEST_BOOT_TIMES */
	GUEST_POWEROFF,                 /* write everything, then end the machine */
	GUEST_FREEZE,                   /* make little of the memory worth saving, say GUEST_FROZEN, then wait for … */
	GUEST_THAW,                     /* struct guest_thaw: a copy was restored. It says hello when it is ready for commands */
};

struct guest_frame {
	uint32_t magic;
	uint32_t type;
	uint32_t len;
};

struct guest_hello {
	uint32_t version;               /* GUEST_PROTO_VERSION */
	uint32_t mark;                  /* 1: the mark was written */
	int64_t init_ns;                /* the guest's CLOCK_BOOTTIME at the mark, */
	int64_t hello_ns;               /* and when this frame was made */
};
#define GUEST_PROTO_VERSION 2

/* What a copy must not have from the guest that was saved. */
struct guest_thaw {
	int64_t wall_ns;                /* the host's time of day */
	uint8_t entropy[64];            /* for its random numbers, which would be those of all other copies */
};

struct guest_winsize {
	uint16_t rows, cols;
};

struct guest_exec {
	uint32_t argc, envc;
	uint32_t tty;                   /* 1: on a terminal of its own, of this size */
	struct guest_winsize size;
};

#endif
