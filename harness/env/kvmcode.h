/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmcode.h - the instructions of the micro-guest, assembled with the harness and copied into the guest's memory.
 *
 * What each routine is started with: rcx the number of times, rbx a place in memory, rdi an address where there is no
 * memory. All leave by a write to KVMCODE_PORT or to that address, and do so again when they are run on. */
#ifndef ISOCOST_KVMCODE_H
#define ISOCOST_KVMCODE_H

#define KVMCODE_PORT 0xe9
#define KVMCODE_MIX_LENGTH 6            /* instructions that kvmcode_mix runs rcx times */
#define KVMCODE_UNROLLED 16             /* hypercalls or CPUIDs in a round: what counts the rounds weighs little */

extern const char kvmcode_start[], kvmcode_end[];       /* the whole, which does not care where it stands */

extern const char kvmcode_hello[];      /* in real mode: writes 'K' to the port, halts */
extern const char kvmcode_port[];       /* writes to the port, for ever */
extern const char kvmcode_mmio[];       /* writes to (rdi), for ever */
extern const char kvmcode_call[];       /* rcx times 16 hypercalls, then (rdi); rax is the last one's answer */
extern const char kvmcode_cpuid[];      /* rcx times 16 CPUIDs, then (rdi) */
extern const char kvmcode_mix[];        /* rcx times load, add, store, xor, decrement, branch; then (rdi) */
extern const char kvmcode_spin[];       /* never leaves */

#endif
