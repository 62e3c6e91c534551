/* SPDX-License-Identifier: MIT */
/*
 * x86-64: what a signal frame holds, and which system calls a signal breaks off.
 * Async-signal-safe.
 */
#ifndef LS_ARCH_STOP_H
#define LS_ARCH_STOP_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

/* Bytes below the stack pointer that a function may use without moving it. */
#define LS_RED_ZONE 128u

static inline uintptr_t ls_arch_sp(const ucontext_t *u)
{
	return (uintptr_t)u->uc_mcontext.gregs[REG_RSP];
}

/* WORD gets the general and the vector registers; returns how many words: at most 48. */
static inline uint32_t ls_arch_registers(const ucontext_t *u, uintptr_t *word)
{
	uint32_t n = 0;
	for (unsigned i = REG_R8; i <= REG_RSP; i++)
		word[n++] = (uintptr_t)u->uc_mcontext.gregs[i];
	const struct _libc_fpstate *f = u->uc_mcontext.fpregs;
	for (unsigned i = 0; f && i < 16; i++) {
		const uint32_t *e = f->_xmm[i].element;
		word[n++] = (uintptr_t)e[1] << 32 | e[0];
		word[n++] = (uintptr_t)e[3] << 32 | e[2];
	}
	return n;
}

/*
 * If the context may be that of a system call that failed with EINTR: where its
 * instruction must be then, else 0.
 */
#define LS_SYSCALL_BYTES 2u
static inline uintptr_t ls_arch_broken_off(const ucontext_t *u)
{
	return u->uc_mcontext.gregs[REG_RAX] == -EINTR
		       ? (uintptr_t)u->uc_mcontext.gregs[REG_RIP] - LS_SYSCALL_BYTES
		       : 0;
}
static inline bool ls_arch_is_syscall(const unsigned char *code)
{
	return code[0] == 0x0f && code[1] == 0x05;
}

/* The frame's registers that a called function must keep, as libunwind names them. */
#define LS_UNW_SAVED                                                                               \
	UNW_X86_64_RBX, UNW_X86_64_RBP, UNW_X86_64_R12, UNW_X86_64_R13, UNW_X86_64_R14,            \
		UNW_X86_64_R15

/*
 * Calls that end with EINTR whenever a handler runs, SA_RESTART or not.  Whatever
 * waits in restart_syscall had begun as one of them.
 */
#define LS_NEVER_RESTARTED                                                                         \
	SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6, SYS_epoll_wait, SYS_epoll_pwait,            \
		SYS_epoll_pwait2, SYS_nanosleep, SYS_clock_nanosleep, SYS_pause,                   \
		SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_semop, SYS_semtimedop, SYS_msgsnd,     \
		SYS_msgrcv, SYS_io_getevents, SYS_io_pgetevents, SYS_io_uring_enter,               \
		SYS_restart_syscall
/* A caller that sleeps in these is the parent of a vfork child. */
#define LS_VFORKS SYS_vfork, SYS_clone, SYS_clone3

#endif
