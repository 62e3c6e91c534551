/* SPDX-License-Identifier: MIT */
/* See scan_own.h.  Relies on glue, storage and modules. */
#include "scan_own.h"

#include <link.h>

#include "modules.h"
#include "scan.h"
#include "storage.h"
#include "thread.h"

uint32_t ls_own_tid;

/* ---- the shim's memory ---- */

struct ls_range ls_own_range(unsigned i)
{
	struct ls_range r = {0, 0};
	void *p = NULL;
	size_t size = 0;
	if (i < ls_storage_segments())
		p = ls_storage_segment(i, &size);
	else
		p = ls_mem_mapping(i - ls_storage_segments(), &size);
	if (p) {
		r.start = (uintptr_t)p;
		r.end = r.start + size;
	}
	return r;
}

unsigned ls_own_count(void)
{
	return ls_storage_segments() + LS_MEM_MAPPINGS;
}

struct ls_range ls_own_boot_range(void)
{
	size_t size;
	uintptr_t start = (uintptr_t)ls_boot_arena(&size);
	return (struct ls_range){start, start + size};
}

bool ls_own_boot(uintptr_t address)
{
	return ls_boot_owns((const void *)address);
}

/* ---- malloc ---- */

uintptr_t ls_own_libc(void)
{
	static uintptr_t libc;
	if (!libc)
		libc = (uintptr_t)ls_real_symbol("gnu_get_libc_version");
	return libc;
}

bool ls_own_libc_malloc(void)
{
	struct ls_module_info m;
	uintptr_t libc = ls_own_libc();
	return ls_module_find((uintptr_t)ls_real.malloc, &m) && libc >= m.start && libc < m.end;
}

/* Mappings of another malloc, in no order; a free place has end 0. */
#define MOST_MAPPED 16384u
static struct ls_range *mapped;
static unsigned mapped_used;
static struct ls_lock mapped_lock;

static unsigned mapped_place(void)
{
	for (unsigned i = 0; i < mapped_used; i++)
		if (!mapped[i].end)
			return i;
	return mapped_used < MOST_MAPPED ? mapped_used++ : MOST_MAPPED;
}

static void map(uintptr_t start, uintptr_t end)
{
	/* allocators grow upwards or downwards: most mappings join a neighbour */
	for (unsigned i = 0; i < mapped_used; i++) {
		struct ls_range *r = &mapped[i];
		if (r->end && start <= r->end && end >= r->start) {
			r->start = start < r->start ? start : r->start;
			r->end = end > r->end ? end : r->end;
			return;
		}
	}
	unsigned i = mapped_place();
	if (i < MOST_MAPPED)
		mapped[i] = (struct ls_range){start, end};
}

static void unmap(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < mapped_used; i++) {
		struct ls_range r = mapped[i];
		if (!r.end || start >= r.end || end <= r.start)
			continue;
		mapped[i] = (struct ls_range){0, 0};
		if (r.start < start)
			mapped[i] = (struct ls_range){r.start, start};
		if (end < r.end) {
			unsigned k = mapped[i].end ? mapped_place() : i;
			if (k < MOST_MAPPED)
				mapped[k] = (struct ls_range){end, r.end};
		}
	}
}

static void change(uintptr_t start, size_t size, bool add)
{
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = depth + 1;
	if (ls_lock(&mapped_lock)) {
		if (!mapped)
			mapped = ls_mem_alloc(MOST_MAPPED * sizeof *mapped);
		if (mapped && add)
			map(start, start + size);
		else if (mapped)
			unmap(start, start + size);
		ls_unlock(&mapped_lock);
	}
	ls_tls.depth = depth;
}

void ls_scan_allocator_mapped(uintptr_t start, size_t size)
{
	change(start, size, true);
}

void ls_scan_allocator_unmapped(uintptr_t start, size_t size)
{
	change(start, size, false);
}

unsigned ls_own_mapped_count(void)
{
	return mapped ? mapped_used : 0;
}

struct ls_range ls_own_mapped(unsigned i)
{
	return mapped[i];
}

/* ---- the program's part of the break ---- */

/* In order of address, as the break only grows beyond them. */
#define MOST_BREAKS 256u
static struct ls_range breaks[MOST_BREAKS];
static unsigned breaks_used;
static struct ls_lock brk_lock;

void ls_scan_break_moved(uintptr_t from, uintptr_t to)
{
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = depth + 1;
	if (ls_lock(&brk_lock)) {
		/* what lies above the lower of the two is gone, or new */
		uintptr_t low = from < to ? from : to;
		while (breaks_used && breaks[breaks_used - 1].start >= low)
			breaks_used--;
		if (breaks_used && breaks[breaks_used - 1].end > low)
			breaks[breaks_used - 1].end = low;
		if (to > from && breaks_used && breaks[breaks_used - 1].end == from)
			breaks[breaks_used - 1].end = to;
		else if (to > from && breaks_used < MOST_BREAKS)
			breaks[breaks_used++] = (struct ls_range){from, to};
		ls_unlock(&brk_lock);
	}
	ls_tls.depth = depth;
}

unsigned ls_own_break_count(void)
{
	return breaks_used;
}

struct ls_range ls_own_break(unsigned i)
{
	return breaks[i];
}

/* ---- threads ---- */

static uintptr_t stacks[LS_OWN_STACKS]; /* open addressing; never removed: libc uses them again */

void ls_own_thread_begins(void)
{
	uintptr_t tcb = (uintptr_t)__builtin_thread_pointer();
	unsigned at = (unsigned)(tcb * 0x9e3779b97f4a7c15ull >> 51);
	for (unsigned n = 0; n < 64; n++, at++) {
		uintptr_t *slot = &stacks[at & (LS_OWN_STACKS - 1)], seen = 0;
		if (__atomic_load_n(slot, __ATOMIC_RELAXED) == tcb ||
		    __atomic_compare_exchange_n(slot, &seen, tcb, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED) ||
		    seen == tcb)
			return;
	}
}

uintptr_t ls_own_stack(unsigned i)
{
	return stacks[i];
}

bool ls_own_thread_is_over(uintptr_t tcb)
{
	uintptr_t self = (uintptr_t)__builtin_thread_pointer();
	/* where the thread's number is, is libc's own business: believe it only if it is so here */
	if (!LS_THREAD_TID_OFFSET || tcb == self ||
	    *(const uint32_t *)(self + LS_THREAD_TID_OFFSET) != ls_own_tid)
		return false;
	const uintptr_t *head = (const uintptr_t *)tcb;
	/* 0: cleared by the kernel; less: joined */
	return head[0] == tcb && head[2] == tcb &&
	       *(const int32_t *)(tcb + LS_THREAD_TID_OFFSET) <= 0;
}

struct ls_range ls_own_result(uintptr_t tcb)
{
	struct ls_range r = {tcb + LS_THREAD_RESULT_OFFSET, tcb + LS_THREAD_RESULT_END};
	/* joined, or detached: then it is the thread itself that stands for who joins it */
	if (*(const int32_t *)(tcb + LS_THREAD_TID_OFFSET) != 0)
		r.end = r.start;
	for (uintptr_t at = r.start; at < r.end; at += sizeof(uintptr_t))
		if (*(const uintptr_t *)at == tcb)
			r.end = r.start;
	return r;
}

/* ---- threads to come ---- */

static struct ls_thread_start *starts;
static struct ls_lock starts_lock;

/* The order of stores is such that a copy of the process can follow the list at any moment. */
void ls_own_start_waits(struct ls_thread_start *s)
{
	s->back = NULL;
	if (!ls_lock(&starts_lock))
		return;
	s->next = starts;
	s->back = &starts;
	if (starts)
		starts->back = &s->next;
	__atomic_store_n(&starts, s, __ATOMIC_RELEASE);
	ls_unlock(&starts_lock);
}

void ls_own_start_taken(struct ls_thread_start *s)
{
	if (!s->back || !ls_lock(&starts_lock))
		return;
	__atomic_store_n(s->back, s->next, __ATOMIC_RELEASE);
	if (s->next)
		s->next->back = s->back;
	ls_unlock(&starts_lock);
}

const struct ls_thread_start *ls_own_first_start(void)
{
	return __atomic_load_n(&starts, __ATOMIC_ACQUIRE);
}

void ls_own_reset(void)
{
	starts = NULL;
	starts_lock.owner = mapped_lock.owner = brk_lock.owner = 0;
}

static int add_tls(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t *sum = arg;
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_TLS)
			*sum += info->dlpi_phdr[i].p_memsz + info->dlpi_phdr[i].p_align;
	return 0;
}

static uintptr_t tls_bytes;

void ls_own_start(void)
{
	enum { SURPLUS = 2048 }; /* what libc keeps for libraries that are opened later */
	tls_bytes = SURPLUS;
	dl_iterate_phdr(add_tls, &tls_bytes);
	ls_own_libc();
}

uintptr_t ls_own_tls_bytes(void)
{
	return tls_bytes;
}
