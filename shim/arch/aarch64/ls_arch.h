/* SPDX-License-Identifier: MIT */
/*
 * aarch64: raw system calls and the spin hint.  Raw because the shim must leave
 * errno, cancellation points and any interposed wrapper of the host alone.
 * Async-signal-safe.
 */
#ifndef LS_ARCH_H
#define LS_ARCH_H

static inline long ls_syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static inline void ls_cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* libunwind's symbols carry the machine in their names. */
#define LS_UNW_LOCAL(name) "_ULaarch64_" name
#define LS_UNW_SHARED(name) "_Uaarch64_" name

/* Relocations of imported functions, lazily and eagerly bound. */
#define LS_R_JUMP_SLOT R_AARCH64_JUMP_SLOT
#define LS_R_GLOB_DAT R_AARCH64_GLOB_DAT

/*
 * Where glibc's struct pthread, which begins at the thread pointer here, keeps the
 * kernel's number of the thread; used only where it proves right.  0: not known.
 */
#define LS_THREAD_TID_OFFSET 0
#define LS_THREAD_RESULT_OFFSET 0
#define LS_THREAD_RESULT_END 0

/* Where the thread pointer leads to the vector of thread-local blocks, two words into which it points. */
#define LS_DTV_OFFSET 0
#define LS_DTV_HEAD (2 * sizeof(void *))

#endif
