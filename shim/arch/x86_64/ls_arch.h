/* SPDX-License-Identifier: MIT */
/*
 * x86-64: raw system calls and the spin hint.  Raw because the shim must leave
 * errno, cancellation points and any interposed wrapper of the host alone.
 * Async-signal-safe.
 */
#ifndef LS_ARCH_H
#define LS_ARCH_H

static inline long ls_syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

static inline void ls_cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* libunwind's symbols carry the machine in their names. */
#define LS_UNW_LOCAL(name) "_ULx86_64_" name
#define LS_UNW_SHARED(name) "_Ux86_64_" name

/* Relocations of imported functions, lazily and eagerly bound. */
#define LS_R_JUMP_SLOT R_X86_64_JUMP_SLOT
#define LS_R_GLOB_DAT R_X86_64_GLOB_DAT

/*
 * Where glibc's struct pthread, which begins at the thread pointer here, keeps the
 * kernel's number of the thread; used only where it proves right.  0: not known.
 */
#define LS_THREAD_TID_OFFSET 0x2d0
/* And, in here, who joins it and what it has returned: glibc 2.35 and later differ by a word. */
#define LS_THREAD_RESULT_OFFSET 0x620
#define LS_THREAD_RESULT_END 0x638

/* Where the thread pointer leads to the vector of thread-local blocks, two words into which it points. */
#define LS_DTV_OFFSET 8
#define LS_DTV_HEAD (2 * sizeof(void *))

#endif
