/* SPDX-License-Identifier: MIT */
/*
 * The shim's only contact with its host: real functions, raw system calls,
 * thread-local state, locks and memory of its own.  Everything else in the
 * shim is written on top of this and of the recording format.
 *
 * All of it may be used inside an allocation hook: nothing here allocates from
 * the host, touches errno or calls stdio.
 */
#ifndef LS_GLUE_H
#define LS_GLUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "ls_arch.h"

#define ls_likely(x) __builtin_expect(!!(x), 1)
#define ls_unlikely(x) __builtin_expect(!!(x), 0)
/* Cold parts must not be inlined into the hooks, whose frames they would grow. */
#define LS_COLD __attribute__((noinline, cold))
/* The hooks' return address must be the caller's, and inlines must really be inlined. */
#define LS_INLINE static inline __attribute__((always_inline))
#define LS_EXPORT __attribute__((visibility("default")))

/* ---- system calls: the kernel's answer, -errno on failure ---- */
#define ls_sys0(n) ls_syscall6((n), 0, 0, 0, 0, 0, 0)
#define ls_sys1(n, a) ls_syscall6((n), (long)(a), 0, 0, 0, 0, 0)
#define ls_sys2(n, a, b) ls_syscall6((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define ls_sys3(n, a, b, c) ls_syscall6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define ls_sys4(n, a, b, c, d) ls_syscall6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define ls_sys6(n, a, b, c, d, e, f)                                                               \
	ls_syscall6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

int ls_sys_open(const char *path, int flags, int mode);
long ls_sys_read(int fd, void *buffer, size_t size);      /* retries EINTR */
long ls_sys_write(int fd, const void *data, size_t size); /* all of it, or -errno */
void ls_sys_close(int fd);
/* Map or return NULL. */
void *ls_sys_mmap(size_t size, int prot, int flags, int fd, uint64_t offset);
void ls_sys_munmap(void *p, size_t size);
uint32_t ls_sys_gettid(void);
uint32_t ls_sys_getpid(void); /* never cached: tells a vfork child apart */
uint64_t ls_now_ns(void);     /* CLOCK_MONOTONIC, through the vdso */
uint64_t ls_now_coarse_ms(void);
uint64_t ls_now_real_ns(void);
/* Read a small file whole; returns bytes read (the buffer is terminated) or -errno. */
long ls_read_file(const char *path, char *buffer, size_t size);

/* ---- real functions, found once by dlsym(RTLD_NEXT) ---- */
struct ls_real {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	size_t (*malloc_usable_size)(void *);
};
extern struct ls_real ls_real;
/* The dl stubs jump through these; set together with ls_real. */
extern void *ls_real_dlopen, *ls_real_dlmopen, *ls_real_dlclose;

/* Resolve ls_real if that hasn't been done; false while it is being done by this thread. */
bool ls_real_ready(void);
/* Another libc function by name; NULL if there is none.  Not for use in allocation hooks. */
void *ls_real_symbol(const char *name);

/* Memory for the time before ls_real is known: never freed. */
void *ls_boot_alloc(size_t size, size_t alignment);
bool ls_boot_owns(const void *p);
size_t ls_boot_size(const void *p); /* at most this many bytes may be copied out */
void *ls_boot_arena(size_t *size);

/* ---- thread-local state ---- */
struct ls_thread_state;
struct ls_tls {
	uint32_t depth;      /* > 0: inside the shim; hooks pass through */
	uint32_t generation; /* of the process the state belongs to; 0 = none */
	uint32_t paused;
	uint32_t resolving;
	uint32_t tid; /* 0 = not known yet */
	struct ls_thread_state *state;
};
/* Initial-exec: no call, no allocation, and safe in signal handlers. */
extern __thread struct ls_tls ls_tls __attribute__((tls_model("initial-exec")));

/* ---- locks ---- */
/*
 * A spin lock that knows its owner.  Taken only inside the guard (ls_tls.depth),
 * held for short sections that call nothing of the host.  ls_lock fails when
 * this thread owns it already (a signal handler interrupted the section), and
 * after a very long wait; an owner that was cancelled inside loses it.
 */
struct ls_lock {
	uintptr_t owner; /* address of the owner's ls_tls, 0 = free */
	uint32_t tid;    /* of the owner, 0 = not known */
};
bool ls_lock(struct ls_lock *lock) __attribute__((warn_unused_result));
void ls_unlock(struct ls_lock *lock);

/* ---- memory of the shim's own, from mmap; small blocks stay for reuse ---- */
void *ls_mem_alloc(size_t size); /* zeroed, 16-aligned; NULL when there is none */
void ls_mem_free(void *p, size_t size);
void ls_mem_reset(void); /* forget everything: in a forked child */
uint64_t ls_mem_bytes(void);
/* What is mapped for it, I < LS_MEM_MAPPINGS; NULL: nothing in that place. */
#define LS_MEM_MAPPINGS 1024u
void *ls_mem_mapping(unsigned i, size_t *size);

/* The environment the process started with. */
extern char **ls_initial_environ;
const char *ls_getenv(const char *name);

#endif
