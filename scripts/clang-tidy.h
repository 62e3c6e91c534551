/* SPDX-License-Identifier: MIT */
/*
 * Included before each file that clang-tidy reads, never by a compiler: what the
 * analyzer cannot follow is replaced by functions it knows nothing about.
 *
 * uthash's links: it believes that an element which was deleted from a table and
 * freed is still in it, and takes minutes over the macros.  System calls made in
 * assembly: it does not see that they write to memory.  lr_fail: it does not know
 * that the answer is always -1.
 */
#include <stddef.h>
#include <uthash.h>

void analyzer_hash_add(void *table, const void *key, size_t size, void *element);
void *analyzer_hash_find(const void *head, const void *key, size_t size);
void analyzer_hash_del(void *table, void *element);
void analyzer_hash_sort(void *table, void *compare);

#undef HASH_ADD_KEYPTR
#undef HASH_FIND
#undef HASH_DEL
#undef HASH_SRT
#define HASH_ADD_KEYPTR(hh, head, key, size, element)                                              \
	analyzer_hash_add(&(head), (key), (size), (element))
#define HASH_FIND(hh, head, key, size, out) ((out) = analyzer_hash_find((head), (key), (size)))
#define HASH_DEL(head, element) analyzer_hash_del(&(head), (element))
#define HASH_SRT(hh, head, compare) analyzer_hash_sort(&(head), (void *)(compare))

#if __has_include("ls_arch.h")
#define ls_syscall6 ls_syscall6_in_assembly
#include "ls_arch.h"
#undef ls_syscall6
long ls_syscall6(long n, long a, long b, long c, long d, long e, long f);
#endif

#if __has_include("err.h")
#include "err.h"
#define lr_fail(...) ((void)(lr_fail)(__VA_ARGS__), -1)
#endif
