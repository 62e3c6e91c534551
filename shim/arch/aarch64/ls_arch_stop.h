/* SPDX-License-Identifier: MIT */
/*
 * aarch64: what a signal frame holds, and which system calls a signal breaks off.
 * Async-signal-safe.
 */
#ifndef LS_ARCH_STOP_H
#define LS_ARCH_STOP_H

#include <asm/sigcontext.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

/* Bytes below the stack pointer that a function may use without moving it. */
#define LS_RED_ZONE 0u

static inline uintptr_t ls_arch_sp(const ucontext_t *u)
{
	return u->uc_mcontext.sp;
}

/* WORD gets the general and half of the vector registers; returns how many words: at most 63. */
static inline uint32_t ls_arch_registers(const ucontext_t *u, uintptr_t *word)
{
	uint32_t n = 0;
	for (unsigned i = 0; i < 31; i++)
		word[n++] = u->uc_mcontext.regs[i];
	const struct fpsimd_context *f = (const void *)u->uc_mcontext.__reserved;
	/* v8 to v15 are those that a called function keeps; the record comes first when there is one */
	for (unsigned i = 0; f->head.magic == FPSIMD_MAGIC && i < 16; i++) {
		word[n++] = (uintptr_t)f->vregs[i];
		word[n++] = (uintptr_t)(f->vregs[i] >> 64);
	}
	return n;
}

/*
 * If the context may be that of a system call that failed with EINTR: where its
 * instruction must be then, else 0.
 */
#define LS_SYSCALL_BYTES 4u
static inline uintptr_t ls_arch_broken_off(const ucontext_t *u)
{
	return (int64_t)u->uc_mcontext.regs[0] == -EINTR ? u->uc_mcontext.pc - LS_SYSCALL_BYTES : 0;
}
static inline bool ls_arch_is_syscall(const unsigned char *code)
{
	return code[0] == 0x01 && code[1] == 0 && code[2] == 0 && code[3] == 0xd4; /* svc #0 */
}

/* The frame's registers that a called function must keep, as libunwind names them. */
#define LS_UNW_SAVED                                                                               \
	UNW_AARCH64_X19, UNW_AARCH64_X20, UNW_AARCH64_X21, UNW_AARCH64_X22, UNW_AARCH64_X23,       \
		UNW_AARCH64_X24, UNW_AARCH64_X25, UNW_AARCH64_X26, UNW_AARCH64_X27,                \
		UNW_AARCH64_X28, UNW_AARCH64_X29

/*
 * Calls that end with EINTR whenever a handler runs, SA_RESTART or not.  Whatever
 * waits in restart_syscall had begun as one of them.
 */
#define LS_NEVER_RESTARTED                                                                         \
	SYS_ppoll, SYS_pselect6, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_nanosleep,                 \
		SYS_clock_nanosleep, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_semop,            \
		SYS_semtimedop, SYS_msgsnd, SYS_msgrcv, SYS_io_getevents, SYS_io_pgetevents,       \
		SYS_io_uring_enter, SYS_restart_syscall
/* A caller that sleeps in these is the parent of a vfork child. */
#define LS_VFORKS SYS_clone, SYS_clone3

#endif
