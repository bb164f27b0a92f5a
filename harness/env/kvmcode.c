/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmcode.c - the instructions of the micro-guest. */
#include "env/kvmcode.h"

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
#define PORT "$" NUMBER(KVMCODE_PORT)

/* Constant data to the harness, which never runs them. */
__asm__(".pushsection .rodata\n"
        ".globl kvmcode_start, kvmcode_end, kvmcode_hello, kvmcode_port, kvmcode_mmio\n"
        ".globl kvmcode_call, kvmcode_cpuid, kvmcode_mix, kvmcode_spin\n"
        "kvmcode_start:\n"
        "	.code16\n"
        "kvmcode_hello:\n"
        "	movb $'K', %al\n"
        "	outb %al, " PORT "\n"
        "	hlt\n"
        "	.code64\n"
        "kvmcode_port:\n"
        "	outb %al, " PORT "\n"
        "	jmp kvmcode_port\n"
        "kvmcode_mmio:\n"
        "	movb %al, (%rdi)\n"
        "	jmp kvmcode_mmio\n"
        "kvmcode_call:\n"
        "	.rept " NUMBER(KVMCODE_UNROLLED) "\n"
        "	vmcall\n"                       /* KVM itself puts vmmcall in its place on AMD's CPUs */
        "	.endr\n"
        "	decq %rcx\n"
        "	jnz kvmcode_call\n"
        "	jmp kvmcode_mmio\n"
        "kvmcode_cpuid:\n"                     /* overwrites rbx and rcx */
        "	movq %rcx, %rsi\n"
        "1:	.rept " NUMBER(KVMCODE_UNROLLED) "\n"
        "	cpuid\n"                        /* a vCPU that was given no CPUID answers 0, which is asked next */
        "	.endr\n"
        "	decq %rsi\n"
        "	jnz 1b\n"
        "	jmp kvmcode_mmio\n"
        "kvmcode_mix:\n"
        "	movq (%rbx), %rdx\n"
        "	addq %rcx, %rdx\n"
        "	movq %rdx, (%rbx)\n"
        "	xorq %rdx, %rax\n"
        "	decq %rcx\n"
        "	jnz kvmcode_mix\n"
        "	jmp kvmcode_mmio\n"
        "kvmcode_spin:\n"
        "	jmp kvmcode_spin\n"
        "kvmcode_end:\n"
        "	.popsection\n");
