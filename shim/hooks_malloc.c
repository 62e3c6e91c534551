/* SPDX-License-Identifier: MIT */
/*
 * The malloc family.  Each hook: real call, then (or, for a free, before) one
 * call into track.c, which decides and keeps errno.  Before the real functions
 * are known, memory comes from the boot arena and is never freed.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "glue.h"
#include "text.h"
#include "track.h"

#define CALLER ((uintptr_t)__builtin_return_address(0))

/* Prototypes of our own: libc's headers declare these with attributes that differ. */
LS_EXPORT void *malloc(size_t size);
LS_EXPORT void *calloc(size_t count, size_t size);
LS_EXPORT void *realloc(void *p, size_t size);
LS_EXPORT void *reallocarray(void *p, size_t count, size_t size);
LS_EXPORT void free(void *p);
LS_EXPORT void cfree(void *p);
LS_EXPORT void free_sized(void *p, size_t size);
LS_EXPORT void free_aligned_sized(void *p, size_t alignment, size_t size);
LS_EXPORT int posix_memalign(void **out, size_t alignment, size_t size);
LS_EXPORT void *aligned_alloc(size_t alignment, size_t size);
LS_EXPORT void *memalign(size_t alignment, size_t size);
LS_EXPORT void *valloc(size_t size);
LS_EXPORT void *pvalloc(size_t size);
LS_EXPORT size_t malloc_usable_size(void *p);

LS_INLINE void *tracked(void *p, size_t size, uintptr_t pc)
{
	if (ls_likely(p != NULL))
		ls_track_alloc(p, size, LS_MEM_HOST, pc);
	return p;
}

void *malloc(size_t size)
{
	if (ls_unlikely(!ls_real_ready()))
		return ls_boot_alloc(size, 16);
	return tracked(ls_real.malloc(size), size, CALLER);
}

void *calloc(size_t count, size_t size)
{
	size_t total;
	if (ls_unlikely(!ls_real_ready()))
		return __builtin_mul_overflow(count, size, &total) ? NULL
								   : ls_boot_alloc(total, 16);
	void *p = ls_real.calloc(count, size);
	return tracked(p, count * size, CALLER);
}

static LS_COLD void *realloc_boot(void *p, size_t size, uintptr_t pc)
{
	void *q =
		ls_real_ready() ? tracked(ls_real.malloc(size), size, pc) : ls_boot_alloc(size, 16);
	if (q && p) {
		size_t n = ls_boot_size(p);
		ls_copy(q, p, n < size ? n : size);
	}
	return q;
}

LS_INLINE void *reallocate(void *p, size_t size, uintptr_t pc)
{
	struct ls_move move;
	if (ls_unlikely(!ls_real_ready() || ls_boot_owns(p)))
		return realloc_boot(p, size, pc);
	if (!p)
		return tracked(ls_real.realloc(p, size), size, pc);
	ls_track_move_begin(&move, p);
	void *q = ls_real.realloc(p, size);
	ls_track_move_end(&move, p, q, size, pc);
	return q;
}

void *realloc(void *p, size_t size)
{
	return reallocate(p, size, CALLER);
}

void *reallocarray(void *p, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return reallocate(p, total, CALLER);
}

LS_INLINE void release(void *p)
{
	if (!p || ls_unlikely(ls_boot_owns(p)) || ls_unlikely(!ls_real_ready()))
		return;
	ls_track_free(p);
	ls_real.free(p);
}

void free(void *p)
{
	release(p);
}

void cfree(void *p)
{
	release(p);
}

/* C23; a libc that has them does no more with the sizes than check them. */
void free_sized(void *p, size_t size)
{
	(void)size;
	release(p);
}

void free_aligned_sized(void *p, size_t alignment, size_t size)
{
	(void)alignment;
	(void)size;
	release(p);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	if (ls_unlikely(!ls_real_ready())) {
		*out = ls_boot_alloc(size, alignment);
		return *out ? 0 : ENOMEM;
	}
	int r = ls_real.posix_memalign(out, alignment, size);
	if (r == 0)
		tracked(*out, size, CALLER);
	return r;
}

void *aligned_alloc(size_t alignment, size_t size)
{
	if (ls_unlikely(!ls_real_ready()))
		return ls_boot_alloc(size, alignment);
	return tracked(ls_real.aligned_alloc(alignment, size), size, CALLER);
}

void *memalign(size_t alignment, size_t size)
{
	if (ls_unlikely(!ls_real_ready()))
		return ls_boot_alloc(size, alignment);
	return tracked(ls_real.memalign(alignment, size), size, CALLER);
}

void *valloc(size_t size)
{
	if (ls_unlikely(!ls_real_ready()))
		return ls_boot_alloc(size, 4096);
	return tracked(ls_real.valloc(size), size, CALLER);
}

void *pvalloc(size_t size)
{
	if (ls_unlikely(!ls_real_ready()))
		return ls_boot_alloc(size, 4096);
	return tracked(ls_real.pvalloc(size), size, CALLER);
}

size_t malloc_usable_size(void *p)
{
	if (!p || ls_unlikely(ls_boot_owns(p)) || ls_unlikely(!ls_real_ready()))
		return 0;
	return ls_real.malloc_usable_size(p);
}
