/* SPDX-License-Identifier: MIT */
/*
 * What the scan has to know of the process besides its maps: the shim's own
 * memory, stacks of threads that have been seen, an allocator's mappings.  Read
 * without locks, in the duplicated process.
 */
#ifndef LS_SCAN_OWN_H
#define LS_SCAN_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "scan_internal.h"

struct ls_thread_start;

/* Memory of the shim, 0 … ls_own_count() - 1; some may be empty. */
struct ls_range ls_own_range(unsigned i);
unsigned ls_own_count(void);
/* Remember who asks, before the process is duplicated; once, in the constructor. */
void ls_own_start(void);
extern uint32_t ls_own_tid;
/* The arena for the time before malloc is known: blocks of the host. */
struct ls_range ls_own_boot_range(void);
bool ls_own_boot(uintptr_t address);

/* An address in libc. */
uintptr_t ls_own_libc(void);
/* True if the malloc that serves the host is libc's. */
bool ls_own_libc_malloc(void);
/* Mappings of another malloc. */
struct ls_range ls_own_mapped(unsigned i);
unsigned ls_own_mapped_count(void);

/* What the program has got with sbrk, ascending: no memory of the allocator. */
struct ls_range ls_own_break(unsigned i);
unsigned ls_own_break_count(void);

/* Thread pointers of threads that libc has given a stack to; 0: none in that place. */
#define LS_OWN_STACKS 8192u
uintptr_t ls_own_stack(unsigned i);
bool ls_own_thread_is_over(uintptr_t tcb);
#define LS_THREAD_BLOCK 0x900u /* from the thread pointer on, at least glibc's struct pthread */
/* Where the result of a thread that is over waits for pthread_join; empty if nobody may ask for it. */
struct ls_range ls_own_result(uintptr_t tcb);
/* This thread begins, on a stack of libc's. */
void ls_own_thread_begins(void);
/* What threads that have not begun yet are to be given is in nobody's memory but the shim's. */
void ls_own_start_waits(struct ls_thread_start *s);
void ls_own_start_taken(struct ls_thread_start *s);
const struct ls_thread_start *ls_own_first_start(void);
/* In a forked child. */
void ls_own_reset(void);
/* Bytes of static thread-local storage below the thread pointer. */
uintptr_t ls_own_tls_bytes(void);

#endif
