/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guest_priv.h - what guest.c, guestexec.c and guestkeep.c share. */
#ifndef ISOCOST_GUEST_PRIV_H
#define ISOCOST_GUEST_PRIV_H

#include "env/guest.h"
#include "env/guestlink.h"

#include <sys/types.h>

struct guest {
	const struct guest_config *c;
	char *name, *dir;               /* domain; its private directory */
	char *console;                  /* log file of the serial console */
	char *xml;                      /* of the domain; NULL: not yet made */
	char *trace;                    /* QEMU's trace of its calls; NULL: there is none */
	struct calls *calls;            /* NULL: nobody wants them */
	bool scratch, root;             /* disks that it has */
	const struct savedstate *state; /* NULL: it boots */
	struct nethub *hub;             /* NULL: no network */
	struct nethub_tap tap;
	struct strv vars;               /* more for the commands' environment */
	struct phases *phases, unread;  /* unread: where nobody asked for them */
	int64_t deadline_ns;
	struct guestvm *vm;
	bool running;                   /* the machine runs, or did */
	struct guestlink link;
	int marks_fd;                   /* -1: none, or closed by the guest */
	int64_t entry_ns, init_ns, poweroff_ns; /* arrival of the marks; 0: not seen */
	int64_t boot_offset_ns;         /* the host's clock less the guest's CLOCK_BOOTTIME, as it was when init began */
	pid_t pid;                      /* QEMU; 0: unknown */
	int pidfd;                      /* -1: unknown */
	bool dead;                      /* no command can run in it any more */
	bool failed;                    /* something went wrong: its console log is kept */
};

/* The initramfs that it boots; NULL for a bare one. */
const char *guest_initrd(const struct guest *g);
/* What is known of its machine so far. */
struct virt_times guest_times(const struct guest *g);
/* Take what came over the marks. */
void guest_read_marks(struct guest *g);
/* It ended by itself: err is set, with its last words. Returns -EPIPE. */
int guest_ended(struct guest *g, struct err *err);
/* By when it must have come up. */
int64_t guest_boot_deadline(const struct guest *g);

/* Wait for bytes from the guest, until deadline_ns. 0: the link was read. -ETIMEDOUT, -EINTR, -EPIPE (it ended). Two more
 * descriptors (-1: none) are watched too: 1 or 2 when the first or second is readable. err is set, with the guest's last
 * words on -EPIPE. */
int guest_wait(struct guest *g, int first, int second, int64_t deadline_ns, struct err *err);

/* guestbirth.c: give it a tap, if it has a hub; and the command line that tells of it (malloc'd). */
int guest_plug(struct guest *g, struct err *err);
char *guest_cmdline(const struct guest *g);

/* guestsave.c: a guest that starts from g->state. Give it what it must not share with others from the same state; mark its phases
 * between `libvirt` and `init`. */
int guest_thaw(struct guest *g, int64_t deadline_ns, struct err *err);
void guest_mark_restore(struct guest *g);

/* Mark the phases of a boot between `libvirt` and `init`. */
void guest_mark_boot(struct guest *g, const struct guest_hello *h);
/* Ask how its kernel came up, and mark that. */
void guest_boot_times(struct guest *g);

/* Add the last lines of the guest's console to err and note that it failed. Returns err's code. */
int guest_last_words(struct guest *g, struct err *err);
/* Keep its XML and QEMU's command line, once an arm, and its console log: the first, or that of one that failed. Both are
 * done when nothing is timed any more. */
void guest_keep_xml(struct guest *g);
void guest_keep_line(struct guest *g);                  /* while it runs */
void guest_keep_calls(struct guest *g);                 /* read the trace */
void guest_keep_console(struct guest *g);

#endif
