/* SPDX-License-Identifier: MIT */
/*
 * mmap, mremap and munmap, for one purpose: when malloc is not libc's, what its
 * library maps is heap and no root, and only here can it be told from what the
 * program maps.  With libc's malloc, which calls none of these, they pass through.
 * And sbrk and brk, for the reverse: what the program gets there is none of malloc's.
 *
 * Async-signal-safe, and before the constructor, too: that malloc may already
 * have mapped its first arena by then.
 */
/* with it, mmap is but another name of mmap64 in the headers */
#undef _FILE_OFFSET_BITS
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "glue.h"
#include "hooks.h"
#include "modules.h"
#include "scan.h"

#define CALLER ((uintptr_t)__builtin_return_address(0))

static void *(*real_mmap)(void *, size_t, int, int, int, off_t);
static void *(*real_mremap)(void *, size_t, size_t, int, ...);
static int (*real_munmap)(void *, size_t);
static int (*real_madvise)(void *, size_t, int);
static void *(*real_sbrk)(intptr_t);
static int (*real_brk)(void *);

/* Whose mappings count: the code of the malloc that serves, if it is not libc's. */
static enum { UNKNOWN, LIBC, FOREIGN } malloc_is;
static uintptr_t malloc_start, malloc_end;

void ls_hooks_map_start(void)
{
	*(void **)&real_mmap = ls_real_symbol("mmap");
	*(void **)&real_mremap = ls_real_symbol("mremap");
	*(void **)&real_munmap = ls_real_symbol("munmap");
	*(void **)&real_madvise = ls_real_symbol("madvise");
	*(void **)&real_sbrk = ls_real_symbol("sbrk");
	*(void **)&real_brk = ls_real_symbol("brk");
}

static LS_COLD bool find_malloc(void)
{
	struct ls_module_info libc, m;
	uintptr_t address = (uintptr_t)ls_real.malloc;
	if (!address) /* the memory of that time is the shim's own */
		return false;
	if (!ls_module_find(address, &m) || !ls_module_find((uintptr_t)__errno_location, &libc) ||
	    m.start == libc.start) {
		malloc_is = LIBC;
		return false;
	}
	malloc_start = m.start;
	malloc_end = m.end;
	__atomic_store_n(&malloc_is, FOREIGN, __ATOMIC_RELEASE);
	return true;
}

LS_INLINE bool is_malloc(uintptr_t caller)
{
	if (ls_likely(__atomic_load_n(&malloc_is, __ATOMIC_ACQUIRE) == LIBC))
		return false;
	return (malloc_is == FOREIGN || find_malloc()) && caller >= malloc_start &&
	       caller < malloc_end;
}

static long answer(long r)
{
	if (r < 0 && r > -4096) {
		errno = (int)-r;
		return -1;
	}
	return r;
}

LS_INLINE void *map(void *at, size_t size, int prot, int flags, int fd, off_t offset,
		    uintptr_t caller)
{
	void *p = ls_likely(real_mmap != NULL)
			  ? real_mmap(at, size, prot, flags, fd, offset)
			  : (void *)answer(ls_sys6(SYS_mmap, at, size, prot, flags, fd, offset));
	if (p != MAP_FAILED && is_malloc(caller))
		ls_scan_allocator_mapped((uintptr_t)p, size);
	return p;
}

LS_EXPORT void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return map(at, size, prot, flags, fd, offset, CALLER);
}

LS_EXPORT void *mmap64(void *at, size_t size, int prot, int flags, int fd, __off64_t offset)
{
	return map(at, size, prot, flags, fd, offset, CALLER);
}

LS_EXPORT int munmap(void *p, size_t size)
{
	/* before: another thread may be given the range as soon as it is free */
	if (is_malloc(CALLER))
		ls_scan_allocator_unmapped((uintptr_t)p, size);
	return ls_likely(real_munmap != NULL) ? real_munmap(p, size)
					      : (int)answer(ls_sys2(SYS_munmap, p, size));
}

LS_EXPORT void *mremap(void *p, size_t size, size_t new_size, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	void *to = flags & MREMAP_FIXED ? va_arg(ap, void *) : NULL;
	va_end(ap);
	bool ours = is_malloc(CALLER);
	if (ours && !(flags & MREMAP_DONTUNMAP))
		ls_scan_allocator_unmapped((uintptr_t)p, size);
	void *q = ls_likely(real_mremap != NULL)
			  ? real_mremap(p, size, new_size, flags, to)
			  : (void *)answer(ls_sys6(SYS_mremap, p, size, new_size, flags, to, 0));
	if (ours && q != MAP_FAILED)
		ls_scan_allocator_mapped((uintptr_t)q, new_size);
	else if (ours)
		ls_scan_allocator_mapped((uintptr_t)p, size);
	return q;
}

/* What the program keeps from its children the scan's copy would miss. */
LS_EXPORT int madvise(void *p, size_t size, int advice)
{
	if (advice == MADV_DONTFORK || advice == MADV_WIPEONFORK)
		__atomic_store_n(&ls_scan_unforked, true, __ATOMIC_RELAXED);
	return ls_likely(real_madvise != NULL) ? real_madvise(p, size, advice)
					       : (int)answer(ls_sys3(SYS_madvise, p, size, advice));
}

/* malloc's own move of the break does not come through here, unless it is another malloc. */
LS_EXPORT void *sbrk(intptr_t increment)
{
	if (ls_unlikely(!real_sbrk))
		ls_hooks_map_start();
	char *old = real_sbrk(increment);
	if (increment && old != (void *)-1 && !is_malloc(CALLER))
		ls_scan_break_moved((uintptr_t)old, (uintptr_t)old + (uintptr_t)increment);
	return old;
}

LS_EXPORT int brk(void *end)
{
	if (ls_unlikely(!real_sbrk))
		ls_hooks_map_start();
	uintptr_t old = (uintptr_t)real_sbrk(0);
	int r = real_brk(end);
	if (r == 0 && !is_malloc(CALLER))
		ls_scan_break_moved(old, (uintptr_t)end);
	return r;
}
