/* SPDX-License-Identifier: MIT */
/*
 * What lies where in the address space: the memory that the allocator hands
 * blocks out of (nothing in it is a root but through a block), what is no root
 * either (the shim's own memory, dead stack, the allocator's own state), and what
 * belongs to a thread.  The maps alone do not tell: the kernel merges
 * neighbouring mappings, so everything here is in addresses.
 *
 * What is known of glibc's malloc: heaps of further arenas begin at multiples of
 * 64 MiB with a heap_info, whose first word leads to the arena; the word before a
 * block has bit 1 set if the block is a mapping of its own, bit 2 if it is of such
 * a heap; the main arena's state lies in libc's data, where its bins can be told by
 * their links.
 */
#include "modules.h"
#include "scan_internal.h"
#include "scan_own.h"
#include "storage.h"
#include "text.h"
#include "unwind.h"
#include "unwind_guest.h"

#define ARENA_HEAP ((uintptr_t)64 << 20)
#define ARENA_STATE 2200u /* glibc's struct malloc_state */

static void add_range(struct ls_range *list, unsigned *count, unsigned room, uintptr_t start,
		      uintptr_t end)
{
	if (start < end && *count < room)
		list[(*count)++] = (struct ls_range){start, end};
}

static void exclude(struct ls_job *j, uintptr_t start, uintptr_t end)
{
	add_range(j->excluded, &j->excluded_count, j->excluded_room, start, end);
}

static void allocator(struct ls_job *j, uintptr_t start, uintptr_t end)
{
	add_range(j->allocator, &j->allocator_count, j->allocator_room, start, end);
}

static void add_typed(struct ls_job *j, uintptr_t start, uintptr_t end, enum ls_holder type,
		      uint32_t tid)
{
	if (start >= end || j->typed_count == j->typed_room)
		return;
	unsigned k = j->typed_count++;
	for (; k && j->typed[k - 1].start > start; k--)
		j->typed[k] = j->typed[k - 1];
	j->typed[k] = (struct ls_typed){start, end, type, tid};
}

/* Sort and join what touches. */
static void tidy(struct ls_range *list, unsigned *count)
{
	unsigned n = *count, kept = 0;
	/* a heap sort: the lists are short mostly, but may be long in a program with many threads */
	for (unsigned heap = n / 2; n > 1;) {
		struct ls_range x;
		if (heap) {
			x = list[--heap];
		} else {
			x = list[--n];
			list[n] = list[0];
		}
		unsigned at = heap, child;
		while ((child = 2 * at + 1) < n) {
			if (child + 1 < n && list[child + 1].start > list[child].start)
				child++;
			if (x.start >= list[child].start)
				break;
			list[at] = list[child];
			at = child;
		}
		list[at] = x;
	}
	for (unsigned i = 0; i < *count; i++) {
		if (kept && list[i].start <= list[kept - 1].end) {
			if (list[i].end > list[kept - 1].end)
				list[kept - 1].end = list[i].end;
			continue;
		}
		list[kept++] = list[i];
	}
	*count = kept;
}

static const struct ls_range *find_range(const struct ls_range *list, unsigned count,
					 uintptr_t address)
{
	unsigned low = 0, high = count;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (list[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && address >= list[low].start ? &list[low] : NULL;
}

LS_INLINE uintptr_t word_at(uintptr_t at)
{
	return *(const volatile uintptr_t *)at;
}

/* ---- allocator memory ---- */

static bool plain(const struct ls_region *r)
{
	return (r->flags & (LS_R | LS_W | LS_X | LS_SHARED | LS_FILE)) == (LS_R | LS_W) &&
	       (!r->name[0] || ls_starts(r->name, "[anon:"));
}

/* Bytes in use of the arena heap at BASE, or 0 if there is none. */
static uintptr_t arena_heap(struct ls_job *j, uintptr_t base, const struct ls_region *r)
{
	uintptr_t arena = word_at(base), size = word_at(base + 2 * sizeof(uintptr_t));
	uintptr_t first = arena & ~(ARENA_HEAP - 1);
	if (size < 4096 || size % 4096 || size > ARENA_HEAP || base + size > r->end)
		return 0;
	/* the arena lies at the start of its first heap, just behind that heap's own heap_info */
	if (arena - first < 4 * sizeof(uintptr_t) || arena - first > 256 || arena % 8)
		return 0;
	if (first == base)
		return size;
	const struct ls_region *f = ls_space_find(j, first);
	return f && plain(f) && word_at(first) == arena ? size : 0;
}

/* The heap that grows with the break, less what the program has taken of it. */
static void main_heap(struct ls_job *j, uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < ls_own_break_count(); i++) {
		struct ls_range own = ls_own_break(i);
		if (own.start >= end || own.end <= start)
			continue;
		allocator(j, start, own.start);
		add_typed(j, own.start, own.end, LS_HOLDER_MAPPING, 0);
		start = own.end;
	}
	allocator(j, start, end);
}

static void find_arenas(struct ls_job *j)
{
	for (unsigned i = 0; i < j->region_count; i++) {
		const struct ls_region *r = &j->region[i];
		if (ls_starts(r->name, "[heap]")) {
			main_heap(j, r->start, r->end);
			continue;
		}
		if (!plain(r))
			continue;
		for (uintptr_t base = (r->start + ARENA_HEAP - 1) & ~(ARENA_HEAP - 1);
		     base + 4096 <= r->end; base += ARENA_HEAP) {
			uintptr_t size = arena_heap(j, base, r), arena = word_at(base);
			if (!size)
				continue;
			allocator(j, base, base + size);
			if ((arena & ~(ARENA_HEAP - 1)) == base)
				exclude(j, base, arena + ARENA_STATE);
		}
	}
	tidy(j->allocator, &j->allocator_count);
}

/*
 * Blocks that lie elsewhere: mappings of their own (then there is nothing to do),
 * or memory the allocator has got in another way.
 */
static void find_other(struct ls_job *j)
{
	unsigned known = j->allocator_count, at = 0;
	uintptr_t done = 0; /* up to here the current region is the allocator's */
	for (uint32_t i = 0; i < j->count; i++) {
		uintptr_t p = j->block[i].start;
		while (at < known && j->allocator[at].end <= p)
			at++;
		if (at < known && p >= j->allocator[at].start) {
			/* to the first block behind that range */
			i = ls_index_from(j, j->allocator[at].end) - 1;
			continue;
		}
		if (p < done)
			continue;
		const struct ls_region *r = ls_space_find(j, p);
		if (!r || !(r->flags & LS_W) || r->flags & LS_SHARED || ls_own_boot(p))
			continue;
		if (j->libc_malloc && p - r->start >= sizeof(uintptr_t) &&
		    word_at(p - sizeof(uintptr_t)) & 2)
			continue;
		allocator(j, r->start, r->end);
		done = r->end;
	}
	tidy(j->allocator, &j->allocator_count);
}

/* ---- what is no root ---- */

/*
 * Whether a bin of glibc's malloc may be at AT: the head of a ring of free chunks, two
 * links to headers, each with its own links two words further on; an empty one leads
 * to the header that it stands for itself.  One direction is enough: a thread may
 * have been stopped while it took a chunk out.
 */
static bool bin_at(struct ls_job *j, uintptr_t at)
{
	const uintptr_t word = sizeof(uintptr_t), header = at - 2 * word;
	const uintptr_t next = word_at(at), previous = word_at(at + word);
	if (next == header && previous == header)
		return true;
	const struct ls_region *n = next % 16 ? NULL : ls_space_find(j, next);
	if (n && n->end - next >= 4 * word && word_at(next + 3 * word) == header)
		return true;
	const struct ls_region *p = previous % 16 ? NULL : ls_space_find(j, previous);
	return p && p->end - previous >= 4 * word && word_at(previous + 2 * word) == header;
}

/*
 * The state of glibc's main arena, of which no symbol tells: pointers into its bins
 * would pass for ones into blocks.  It is where the bins are, however many of them
 * are in use: 127 in a row.  The place with most of them is taken, for a stopped
 * thread may have left one or two in disorder.
 */
static void exclude_main_arena(struct ls_job *j)
{
	enum { BINS = 127, ENOUGH = 112, BIN = 2 * sizeof(uintptr_t), BEFORE = 112, AFTER = 64 };
	struct ls_module_info libc;
	if (!ls_module_find(ls_own_libc(), &libc))
		return;
	uintptr_t best = 0;
	/* signed: where a thread could not be stopped, a place may be counted off only */
	int most = ENOUGH - 1;
	for (unsigned i = 0; i < j->region_count; i++) {
		const struct ls_region region = j->region[i];
		if (region.end <= libc.start || region.start >= libc.end ||
		    (region.flags & (LS_R | LS_W)) != (LS_R | LS_W))
			continue;
		/* how many of the last BINS places are bins, at either of the two alignments */
		for (uintptr_t first = region.start; first <= region.start + BIN / 2;
		     first += BIN / 2) {
			int found = 0;
			for (uintptr_t at = first; at + BIN <= region.end; at += BIN) {
				found += bin_at(j, at);
				if (at - first >= BINS * BIN)
					found -= bin_at(j, at - BINS * BIN);
				if (found > most) {
					most = found;
					best = at + BIN;
				}
			}
		}
	}
	if (best)
		exclude(j, best - BINS * BIN - BEFORE, best + AFTER);
}

static void exclude_module_data(struct ls_job *j, uintptr_t inside)
{
	struct ls_module_info m;
	if (ls_module_find(inside, &m))
		exclude(j, m.start, m.end);
}

static void exclude_own(struct ls_job *j)
{
	struct ls_module_info own;
	struct ls_range boot = ls_own_boot_range();
	if (ls_module_find((uintptr_t)exclude_own, &own)) {
		exclude(j, own.start, boot.start); /* what is in the boot arena is the host's */
		exclude(j, boot.end, own.end);
	}
	/* in static thread-local storage, and so at one distance from every thread pointer */
	unsigned size;
	uintptr_t state = ls_guest_state(&size) - (uintptr_t)__builtin_thread_pointer();
	for (unsigned i = 0; i < j->thread_count; i++)
		if (j->thread[i].tcb)
			exclude(j, j->thread[i].tcb + state, j->thread[i].tcb + state + size);
	if (ls_unwind_module()) /* what it has cached of stacks */
		exclude_module_data(j, ls_unwind_module());
	for (unsigned i = 0; i < j->memory_count; i++)
		exclude(j, (uintptr_t)j->memory[i].p,
			(uintptr_t)j->memory[i].p + j->memory[i].size);
	for (unsigned i = 0; i < ls_own_count(); i++) {
		struct ls_range r = ls_own_range(i);
		exclude(j, r.start, r.end);
	}
}

/* Inaccessible memory right below: a stack's guard, which says where the stack ends. */
static bool has_guard(const struct ls_job *j, const struct ls_region *r)
{
	return r > j->region && r[-1].end == r->start && !(r[-1].flags & (LS_R | LS_W | LS_X));
}

/*
 * Stacks of threads that have ended: glibc keeps them for the next thread, with
 * everything that was on them.  The kernel has cleared the thread's number.
 */
static void exclude_dead_stacks(struct ls_job *j)
{
	for (unsigned i = 0; i < LS_OWN_STACKS; i++) {
		uintptr_t tcb = ls_own_stack(i);
		const struct ls_region *r = tcb ? ls_space_find(j, tcb) : NULL;
		if (r && plain(r) && r->end - tcb >= LS_THREAD_BLOCK && has_guard(j, r) &&
		    ls_own_thread_is_over(tcb)) {
			struct ls_range result = ls_own_result(tcb);
			exclude(j, r->start, result.start);
			exclude(j, result.end, tcb + LS_THREAD_BLOCK);
		}
	}
}

/* ---- threads ---- */

/* Thread-local storage, which ends in the thread's own block. */
static struct ls_range thread_local_range(const struct ls_region *r, uintptr_t tcb)
{
	uintptr_t start = tcb - ls_own_tls_bytes(), end = tcb + LS_THREAD_BLOCK;
	return (struct ls_range){start < r->start ? r->start : start, end > r->end ? r->end : end};
}

static void add_thread(struct ls_job *j, const struct ls_registers *t)
{
	const struct ls_region *r = ls_space_find(j, t->tcb);
	struct ls_range own = {0, 0};
	if (t->tcb && r) {
		own = thread_local_range(r, t->tcb);
		add_typed(j, own.start, own.end, LS_HOLDER_TLS, t->tid);
	}
	r = ls_space_find(j, t->sp);
	if (!t->sp || !r || ls_index_find(j, t->sp) != LS_NO_EDGE ||
	    find_range(j->allocator, j->allocator_count, t->sp))
		return; /* a stack in a block: scan_roots.c */
	uintptr_t end = r->end;
	if (own.start > t->sp && own.start < end)
		end = own.start;
	add_typed(j, t->sp, end, LS_HOLDER_STACK, t->tid);
}

/*
 * Below each stack pointer, down to what belongs to another thread, the stack is
 * dead; but only where it is known to be all stack: a program may have made one
 * out of any memory.
 */
static void exclude_below_stacks(struct ls_job *j)
{
	for (unsigned i = 0; i < j->typed_count; i++) {
		const struct ls_typed *t = &j->typed[i];
		if (t->type != LS_HOLDER_STACK)
			continue;
		const struct ls_region *r = ls_space_find(j, t->start);
		uintptr_t low = r->start;
		if (!ls_starts(r->name, "[stack") && !has_guard(j, r))
			continue;
		if (i && j->typed[i - 1].end > low)
			low = j->typed[i - 1].end;
		exclude(j, low, t->start);
	}
}

bool ls_space_sort_out(struct ls_job *j)
{
	unsigned threads = j->thread_count;
	j->excluded_room = ls_own_count() + 3 * threads + 2 * LS_OWN_STACKS + LS_SCAN_MAPPINGS + 16;
	j->allocator_room = j->region_count + j->region_count / 4 + 1024;
	j->typed_room = 2 * threads + j->declared_count + ls_own_break_count();
	j->excluded_room += j->allocator_room;
	j->excluded = ls_job_alloc(j, j->excluded_room * sizeof *j->excluded);
	j->allocator = ls_job_alloc(j, j->allocator_room * sizeof *j->allocator);
	j->typed = ls_job_alloc(j, (j->typed_room + 1) * sizeof *j->typed);
	if (!j->excluded || !j->allocator || !j->typed)
		return false;
	if (j->libc_malloc) {
		find_arenas(j);
		exclude_main_arena(j);
	} else {
		for (unsigned i = 0; i < ls_own_mapped_count(); i++) {
			struct ls_range r = ls_own_mapped(i);
			allocator(j, r.start, r.end);
		}
		for (unsigned i = 0; i < j->region_count; i++)
			if (ls_starts(j->region[i].name, "[heap]"))
				main_heap(j, j->region[i].start, j->region[i].end);
		tidy(j->allocator, &j->allocator_count);
		exclude_module_data(j, (uintptr_t)ls_real.malloc);
	}
	find_other(j);
	exclude_own(j);
	exclude_dead_stacks(j);
	for (unsigned i = 0; i < threads; i++)
		add_thread(j, &j->thread[i]);
	exclude_below_stacks(j);
	if (!j->whole_heap)
		for (unsigned i = 0; i < j->allocator_count; i++)
			exclude(j, j->allocator[i].start, j->allocator[i].end);
	tidy(j->excluded, &j->excluded_count);
	return true;
}
