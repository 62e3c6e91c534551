/* SPDX-License-Identifier: MIT */
/*
 * x86-64 entry stubs.
 *
 * dlopen, dlmopen and dlclose look at their caller's return address (RUNPATH,
 * namespace), so a C wrapper would change what they do.  Each stub calls its
 * pre-work and then jumps to the real function with the stack as it found it.
 *
 * ls_clone_call(flags, stack_top, fn, arg): clone(2) whose child runs fn(arg)
 * on its own stack and exits with what it returns.  Returns the pid or -errno.
 *
 * ls_call_on_stack(fn, arg, stack_top): fn(arg) on another stack.
 */
	.text

	.macro STUB name, real, event
	.globl	\name
	.type	\name, @function
\name:
	.cfi_startproc
	endbr64
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	pushq	%rdx
	.cfi_adjust_cfa_offset 8
	call	\event
	popq	%rdx
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	jmp	*\real(%rip)
	.cfi_endproc
	.size	\name, . - \name
	.endm

	STUB dlopen, ls_real_dlopen, ls_dlopen_event
	STUB dlmopen, ls_real_dlmopen, ls_dlmopen_event
	STUB dlclose, ls_real_dlclose, ls_dlclose_event

	.hidden	ls_clone_call
	.globl	ls_clone_call
	.type	ls_clone_call, @function
ls_clone_call:
	.cfi_startproc
	endbr64
	andq	$-16, %rsi
	movq	%rdx, -8(%rsi)		/* fn and arg wait on the child's stack */
	movq	%rcx, -16(%rsi)
	subq	$16, %rsi
	xorl	%edx, %edx
	xorl	%r10d, %r10d
	xorl	%r8d, %r8d
	movl	$56, %eax		/* __NR_clone(flags, stack, 0, 0, 0) */
	syscall
	testq	%rax, %rax
	jz	1f
	ret
1:
	.cfi_undefined rip
	xorl	%ebp, %ebp
	popq	%rdi
	popq	%rax
	call	*%rax
	movl	%eax, %edi
	movl	$60, %eax		/* __NR_exit */
	syscall
	hlt
	.cfi_endproc
	.size	ls_clone_call, . - ls_clone_call

	.hidden	ls_call_on_stack
	.globl	ls_call_on_stack
	.type	ls_call_on_stack, @function
ls_call_on_stack:
	.cfi_startproc
	endbr64
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register rbp
	movq	%rdx, %rsp
	andq	$-16, %rsp
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	leave
	.cfi_def_cfa rsp, 8
	ret
	.cfi_endproc
	.size	ls_call_on_stack, . - ls_call_on_stack

	.section .note.GNU-stack, "", @progbits
