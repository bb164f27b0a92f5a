/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sig.h - SIGINT, SIGTERM and SIGHUP as a descriptor that every wait can poll. */
#ifndef ISOCOST_SIG_H
#define ISOCOST_SIG_H

/* Catch the three signals from here on. Call once, before anything is started. */
void sig_catch(void);
/* A descriptor that polls readable (and stays so) once one of them came; -1 when sig_catch was not called: poll skips it. */
int sig_fd(void);
/* The signal that came, or 0. */
int sig_caught(void);

#endif
