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
	bool scratch;
	const struct savedstate *state; /* NULL: it boots */
	struct phases *phases;
	int64_t deadline_ns;
	struct virt_dom *dom;
	struct guestlink link;
	int marks_fd;                   /* -1: none, or closed by the guest */
	int64_t entry_ns, init_ns, poweroff_ns; /* arrival of the marks; 0: not seen */
	int64_t boot_offset_ns;         /* the host's clock less the guest's CLOCK_BOOTTIME, as it was when init began */
	pid_t pid;                      /* QEMU; 0: unknown */
	int pidfd;                      /* -1: unknown */
	bool dead;                      /* no command can run in it any more */
	bool failed;                    /* something went wrong: its console log is kept */
};

/* Wait for bytes from the guest, until deadline_ns. 0: the link was read. -ETIMEDOUT, -EINTR, -EPIPE (it ended). Two more
 * descriptors (-1: none) are watched too: 1 or 2 when the first or second is readable. err is set, with the guest's last
 * words on -EPIPE. */
int guest_wait(struct guest *g, int first, int second, int64_t deadline_ns, struct err *err);

/* Ask how its kernel came up, and mark that. */
void guest_boot_times(struct guest *g);

/* Wait for the next frame, until deadline_ns: 0 or as guest_wait, or -EPROTO. What isoinit says of trouble is an error. */
int guest_next_frame(struct guest *g, struct link_frame *ret, int64_t deadline_ns, struct err *err);

/* guestsave.c: a guest that starts from g->state. Start it through libvirt; give it what it must not share with others from the same
 * state; mark its phases between `libvirt` and `init`. */
int guest_restore(struct guest *g, const char *xml, struct err *err);
void guest_mark_restore(struct guest *g);
int guest_thaw(struct guest *g, int64_t deadline_ns, struct err *err);

/* Add the last lines of the guest's console to err and note that it failed. Returns err's code. */
int guest_last_words(struct guest *g, struct err *err);
/* Keep its XML and QEMU's command line, once an arm, and its console log: the first, or that of one that failed. Both are
 * done when nothing is timed any more. */
void guest_keep_xml(struct guest *g);
void guest_keep_console(struct guest *g);

#endif
