/* SPDX-License-Identifier: MIT */
/*
 * aarch64 entry stubs; see stubs_x86_64.S for what they are for.
 */
	.text

	.macro STUB name, real, event
	.globl	\name
	.type	\name, %function
\name:
	.cfi_startproc
	stp	x29, x30, [sp, #-48]!
	.cfi_adjust_cfa_offset 48
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	stp	x0, x1, [sp, #16]
	str	x2, [sp, #32]
	bl	\event
	ldr	x2, [sp, #32]
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #48
	.cfi_adjust_cfa_offset -48
	.cfi_restore x29
	.cfi_restore x30
	adrp	x16, \real
	ldr	x16, [x16, #:lo12:\real]
	br	x16
	.cfi_endproc
	.size	\name, . - \name
	.endm

	STUB dlopen, ls_real_dlopen, ls_dlopen_event
	STUB dlmopen, ls_real_dlmopen, ls_dlmopen_event
	STUB dlclose, ls_real_dlclose, ls_dlclose_event

	.hidden	ls_clone_call
	.globl	ls_clone_call
	.type	ls_clone_call, %function
ls_clone_call:
	.cfi_startproc
	and	x1, x1, #-16
	stp	x2, x3, [x1, #-16]!
	mov	x2, #0
	mov	x3, #0
	mov	x4, #0
	mov	x8, #220
	svc	#0
	cbz	x0, 1f
	ret
1:
	.cfi_undefined x30
	mov	x29, #0
	ldp	x1, x0, [sp], #16
	blr	x1
	mov	x8, #93
	svc	#0
	.cfi_endproc
	.size	ls_clone_call, . - ls_clone_call

	.hidden	ls_call_on_stack
	.globl	ls_call_on_stack
	.type	ls_call_on_stack, %function
ls_call_on_stack:
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_adjust_cfa_offset 16
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	mov	x29, sp
	.cfi_def_cfa_register x29
	and	x2, x2, #-16
	mov	sp, x2
	mov	x9, x0
	mov	x0, x1
	blr	x9
	mov	sp, x29
	.cfi_def_cfa_register sp
	ldp	x29, x30, [sp], #16
	.cfi_adjust_cfa_offset -16
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
	.size	ls_call_on_stack, . - ls_call_on_stack

	.section .note.GNU-stack, "", %progbits
