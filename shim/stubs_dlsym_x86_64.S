/* SPDX-License-Identifier: MIT */
/*
 * dlsym and dlvsym on x86-64: like the stubs in stubs_x86_64.S they end in a jump to
 * the real function with the stack as they found it, since RTLD_NEXT and RTLD_DEFAULT
 * go by the caller's return address.  Only a name that begins like those of the CUDA
 * driver's functions ("cu" and a capital), or the first call of all, asks
 * ls_dlsym_event (hooks_dlsym.h has the layout of what it is given).
 */
	.text

	.macro STUB name, real, version
	.globl	\name
	.type	\name, @function
\name:
	.cfi_startproc
	endbr64
	movq	\real(%rip), %rax
	testq	%rax, %rax
	jz	2f
	testq	%rsi, %rsi
	jz	1f
	cmpb	$'c', (%rsi)
	jne	1f
	cmpb	$'u', 1(%rsi)
	jne	1f
	cmpb	$'A', 2(%rsi)
	jb	1f
	cmpb	$'Z', 2(%rsi)
	jbe	2f
1:
	jmp	*%rax
2:
	subq	$56, %rsp
	.cfi_adjust_cfa_offset 56
	movq	%rdi, (%rsp)
	movq	%rsi, 8(%rsp)
	movq	\version, 16(%rsp)
	movq	56(%rsp), %rax
	movq	%rax, 24(%rsp)
	movq	%rsp, %rdi
	call	ls_dlsym_event
	testb	%al, %al
	movq	(%rsp), %rdi
	movq	8(%rsp), %rsi
	movq	16(%rsp), %rdx
	movq	32(%rsp), %rcx
	movq	40(%rsp), %rax
	leaq	56(%rsp), %rsp
	.cfi_adjust_cfa_offset -56
	jz	3f
	ret
3:
	jmp	*%rcx
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.hidden	ls_real_dlsym, ls_real_dlvsym, ls_dlsym_event
	STUB ls_stub_dlsym, ls_real_dlsym, $0
	STUB ls_stub_dlvsym, ls_real_dlvsym, %rdx

	/* as libc has them: once for programs from before it took in libdl */
	.symver	ls_stub_dlsym, dlsym@@GLIBC_2.34
	.symver	ls_stub_dlvsym, dlvsym@@GLIBC_2.34
	.globl	ls_stub_dlsym_old, ls_stub_dlvsym_old
	.set	ls_stub_dlsym_old, ls_stub_dlsym
	.set	ls_stub_dlvsym_old, ls_stub_dlvsym
	.symver	ls_stub_dlsym_old, dlsym@GLIBC_2.2.5
	.symver	ls_stub_dlvsym_old, dlvsym@GLIBC_2.2.5

	.section .note.GNU-stack, "", @progbits
