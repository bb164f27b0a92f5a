/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape.h - the battery: attempts to get out of an arm, or at what should not be reached from in it, and how each is told.
 *
 * All attempts are of the harmless kind: what could change the machine is asked for in a way that can't (a sysctl is
 * rewritten with its own text, reboot gets a wrong magic, bombs stop themselves a little above their limit), and the only
 * process outside that is touched is the harness's own bait. Each runs in a child process with a time limit.
 *
 * `isoload escape run` writes one record a line to standard output:
 *
 *   battery 1 COUNT RELEASE BTIME       how many attempts follow, and against which kernel: uname -r, and when it booted, in
 *                                       seconds since 1970; 0 when that can't be found out
 *   attempt NAME OUTCOME CODE [TEXT]    OUTCOME: held       refused in a way that is expected; CODE: errno's or signal's name
 *                                                escaped    it got what it tried
 *                                                unexpected it did not, but not for a reason that is known to be the right one
 *                                                na         it can't be tried on this host or in this place; TEXT says why
 *                                       CODE is "-" where there is none
 *   end                                 the battery is complete */
#ifndef ISOCOST_ESCAPE_H
#define ISOCOST_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESCAPE_VERSION 1
#define ESCAPE_HELD_MAX 6
#define ESCAPE_TEXT_MAX 256

/* What is reached when an attempt succeeds. In an arm with a kernel of its own the first kind reaches only that. */
enum escape_target {
	ESCAPE_KERNEL,                  /* an interface of the kernel that the arm runs on, or that kernel's resources */
	ESCAPE_OUTSIDE,                 /* something that the harness laid out outside: a file, a process, a socket, a descriptor */
};

/* The bait, as told by KEY=VALUE on the command line. Every field has a value that means "not laid out". */
struct escape_facts {
	const char *token;              /* a word that is found outside only */
	const char *victim;             /* name (comm) of a process outside; also has the token in its System V segment */
	const char *marker;             /* absolute path of a file that holds the token */
	const char *socket;             /* name of an abstract socket that answers with the token */
	const char *lacks;              /* comma-separated paths among escape.path that the host has not */
	const char *kernel;             /* release of the host's kernel, and when it booted: where another one runs, what the */
	uint64_t btime;                 /* host lacks says nothing */
	uint64_t null_dev, null_ino;    /* which node the host's /dev/null is */
	uint64_t port;                  /* TCP on the loopback device outside: answers with the token; 0 */
	uint64_t pids, memory, cpus;    /* the envelope; 0: not known */
	int shm;                        /* id of a System V segment that begins with the token; -1 */
	int tty;                        /* number of an open descriptor of a terminal; -1 */
	uint64_t uts;                   /* inode of the harness's UTS namespace; 0 */
	uint64_t net;                   /* and of its network namespace */
	uint64_t caps;                  /* effective capabilities of the harness: what this host has to give */
};

struct escape {
	const char *name;
	const char *what;               /* what it tries, one line */
	const char *held_by;            /* what holds it in the container */
	enum escape_target target;
	int held[ESCAPE_HELD_MAX];      /* errnos that are the refusal that is expected; negative: ended by that signal */
	int cap;                        /* capability that the kernel asks for, in the initial user namespace; 0: none */
	const char *path;               /* what the host must have for it to be tried; NULL: nothing */
	/* 0: got it; -errno: refused; or what the three functions below return. May leave processes of its own process
	 * group and descriptors behind, nothing else. */
	int (*run)(const struct escape_facts *f);
};

/* All attempts, in the order of the battery; ends at name == NULL. */
const struct escape *escape_at(size_t i);       /* NULL behind the last */
/* In a few words, what that attempt and its neighbours have in common: "devices". NULL behind the last. */
const char *escape_topic(size_t i);

/* Whether two kernels are not the same one. A boot id would not do: some containers put one of their own over it. Two
 * kernels of one release that booted in the same few seconds are taken for one. */
bool escape_other_kernel(const char *release, uint64_t btime, const char *other_release, uint64_t other_btime);
/* When this kernel booted, in seconds since 1970; 0: unknown. */
uint64_t escape_btime(void);

/* `isoload escape …`; argv begins behind that word. Returns the exit status. */
int escape_main(int argc, char **argv);

#endif
