/* SPDX-License-Identifier: MIT */
/* dlsym and dlvsym on aarch64; see stubs_dlsym_x86_64.S for what they are for. */
	.text

	.macro STUB name, real, version
	.globl	\name
	.type	\name, %function
\name:
	.cfi_startproc
	adrp	x16, \real
	ldr	x16, [x16, #:lo12:\real]
	cbz	x16, 2f
	cbz	x1, 1f
	ldrb	w9, [x1]
	cmp	w9, #'c'
	b.ne	1f
	ldrb	w9, [x1, #1]
	cmp	w9, #'u'
	b.ne	1f
	ldrb	w9, [x1, #2]
	sub	w9, w9, #'A'
	cmp	w9, #25
	b.ls	2f
1:
	br	x16
2:
	stp	x29, x30, [sp, #-64]!
	.cfi_adjust_cfa_offset 64
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	stp	\version, x30, [sp, #32]
	add	x0, sp, #16
	bl	ls_dlsym_event
	and	w9, w0, #0xff
	ldp	x16, x10, [sp, #48]
	ldr	x2, [sp, #32]
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #64
	.cfi_adjust_cfa_offset -64
	.cfi_restore x29
	.cfi_restore x30
	cbz	w9, 3f
	mov	x0, x10
	ret
3:
	br	x16
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.hidden	ls_real_dlsym, ls_real_dlvsym, ls_dlsym_event
	STUB ls_stub_dlsym, ls_real_dlsym, xzr
	STUB ls_stub_dlvsym, ls_real_dlvsym, x2

	.symver	ls_stub_dlsym, dlsym@@GLIBC_2.34
	.symver	ls_stub_dlvsym, dlvsym@@GLIBC_2.34
	.globl	ls_stub_dlsym_old, ls_stub_dlvsym_old
	.set	ls_stub_dlsym_old, ls_stub_dlsym
	.set	ls_stub_dlvsym_old, ls_stub_dlvsym
	.symver	ls_stub_dlsym_old, dlsym@GLIBC_2.17
	.symver	ls_stub_dlvsym_old, dlvsym@GLIBC_2.17

	.section .note.GNU-stack, "", %progbits
