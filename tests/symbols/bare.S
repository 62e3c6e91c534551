/* SPDX-License-Identifier: MIT */
/*
 * Assembly: a function without a size, and code behind a sized function that
 * belongs to no symbol.  Assembled without -g.
 */
	.text
	.globl unsized_function
	.type unsized_function, @function
unsized_function:
	subq $8, %rsp
	leaq unsized_name(%rip), %rdi
	call probe@PLT
	addq $8, %rsp
	ret

	.globl sized_function
	.type sized_function, @function
sized_function:
	subq $8, %rsp
	leaq sized_name(%rip), %rdi
	call probe@PLT
	jmp .Lbehind
	.size sized_function, . - sized_function
	.p2align 6
.Lbehind:
	leaq behind_name(%rip), %rdi
	call probe@PLT
	addq $8, %rsp
	ret

	.section .rodata
unsized_name: .asciz "unsized"
sized_name: .asciz "sized"
behind_name: .asciz "behind"
	.section .note.GNU-stack, "", @progbits
