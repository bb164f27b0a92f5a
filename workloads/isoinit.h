/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit.h - what the parts of isoinit share: the link's sending side, coming up, and the one command. */
#ifndef ISOINIT_H
#define ISOINIT_H

#include "guestproto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* isoinit.c */
int64_t boot_ns(void);                  /* CLOCK_BOOTTIME */
void send_frame(enum guest_frame_type type, const void *data, size_t len);
/* Say on the link and the console what can't be done, and power off. */
__attribute__((noreturn, format(printf, 1, 2))) void trouble(const char *fmt, ...);

/* isoinit_up.c: file systems, modules, devices. Returns the link. What is missing is trouble. */
int come_up(void);
void mount_disks(void);                 /* where there are any; come_up() does it unless the guest is to be saved */
/* The value of an argument on the kernel's command line; false: it is not there, or is longer. */
bool argument(const char *name, char *ret, size_t size);
/* Wait until the kernel reports a device, any device; what is the one we need. */
void wait_for_device(const char *what);

/* isoinit_freeze.c: the guest is saved, and restored as a copy of itself (guestproto.h). */
void freeze(void);                                      /* a GUEST_FREEZE frame */
void thaw(const char *data, size_t len);                /* a GUEST_THAW frame: what copies must not share is made anew */

/* isoinit_net.c */
void network_up(void);

/* isoinit_boot.c: answer GUEST_TELL_BOOT. */
void tell_boot(void);

/* isoinit_command.c */
/* The command that runs; pid is 0 when there is none. */
struct command {
	pid_t pid;
	bool tty;
	int in, out[2];                 /* its standard input, output and error; -1: closed. A terminal is in and out[0] */
	bool in_eof;                    /* the host has no more input */
	char pending[GUEST_STDIN_WINDOW];       /* input that it has not taken yet */
	size_t n_pending;
};
extern struct command cmd;

void handle_exec(char *data, size_t len);               /* a GUEST_EXEC frame */
void handle_stdin(const char *data, size_t len);        /* a GUEST_STDIN frame */
void feed_command(void);                                /* give it as much of its input as it takes now */
bool relay_output(int i);                               /* pass on what it wrote to cmd.out[i]; false: nothing (more) now */
void reap(int sfd);                                     /* sfd: a signalfd with SIGCHLD */

#endif
