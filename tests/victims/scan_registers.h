/* SPDX-License-Identifier: MIT */
/*
 * A call with pointers in registers that calls preserve, and nowhere else: the
 * caller gives them as numbers that are no addresses. x86-64; elsewhere they are
 * on the stack, so that the victim's expectation holds there too.
 */
#ifndef SCAN_REGISTERS_H
#define SCAN_REGISTERS_H

#include "scan.h"

#define REGISTERS 6

typedef void (*any_function)(void);

#ifdef __x86_64__
/*
 * Calls FUNCTION with four arguments (and a fifth and sixth that are 0) while rbx, rbp and
 * r12 to r15 are what HIDDEN[0] to HIDDEN[5] hide.
 */
long hold_and_call(const uint64_t *hidden, any_function function, long a, long b, long c, long d);
__asm__(".text\n"
	".type hold_and_call, @function\n"
	"hold_and_call:\n"
	"	.cfi_startproc\n"
	"	pushq %rbx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset rbx, 0\n"
	"	pushq %rbp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset rbp, 0\n"
	"	pushq %r12\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset r12, 0\n"
	"	pushq %r13\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset r13, 0\n"
	"	pushq %r14\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset r14, 0\n"
	"	pushq %r15\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset r15, 0\n"
	"	subq $8, %rsp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	movabsq $0x5a5a5a5a5a5a5a5a, %rax\n"
	"	movq 0(%rdi), %rbx\n"
	"	movq 8(%rdi), %rbp\n"
	"	movq 16(%rdi), %r12\n"
	"	movq 24(%rdi), %r13\n"
	"	movq 32(%rdi), %r14\n"
	"	movq 40(%rdi), %r15\n"
	"	xorq %rax, %rbx\n"
	"	xorq %rax, %rbp\n"
	"	xorq %rax, %r12\n"
	"	xorq %rax, %r13\n"
	"	xorq %rax, %r14\n"
	"	xorq %rax, %r15\n"
	"	movq %rsi, %r11\n"
	"	movq %rdx, %rdi\n"
	"	movq %rcx, %rsi\n"
	"	movq %r8, %rdx\n"
	"	movq %r9, %rcx\n"
	"	xorl %r8d, %r8d\n"
	"	xorl %r9d, %r9d\n"
	"	xorl %eax, %eax\n"
	"	call *%r11\n"
	"	addq $8, %rsp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	popq %r15\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore r15\n"
	"	popq %r14\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore r14\n"
	"	popq %r13\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore r13\n"
	"	popq %r12\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore r12\n"
	"	popq %rbp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore rbp\n"
	"	popq %rbx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore rbx\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size hold_and_call, . - hold_and_call\n");
#else
static NOINLINE long hold_and_call(const uint64_t *hidden, any_function function, long a, long b,
				   long c, long d)
{
	void *volatile shown[REGISTERS];
	for (int i = 0; i < REGISTERS; i++)
		shown[i] = SHOW(hidden[i]);
	long result = ((long (*)(long, long, long, long, long, long))function)(a, b, c, d, 0, 0);
	keep((void *)shown[0]);
	return result;
}
#endif

#endif
