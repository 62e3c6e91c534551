/* SPDX-License-Identifier: MIT */
/*
 * From an address to the block that holds it.  Blocks are sorted by address; a
 * radix tree over 4 KiB pages says where in the order a page's blocks begin, so
 * that a look-up is three loads and a short binary search.  What the tree takes
 * follows the memory that blocks lie in: 4 bytes a page.
 */
#include "scan_internal.h"

#define PAGE_SHIFT 12u
#define LEAF_SHIFT 22u /* 4 MiB: 1024 pages */
#define MIDDLE_SHIFT 35u
#define ADDRESS_BITS 48u /* what a process on Arm has; the live table takes no more either */
#define TOP (1u << (ADDRESS_BITS - MIDDLE_SHIFT))
#define MIDDLE (1u << (MIDDLE_SHIFT - LEAF_SHIFT))
#define LEAF (1u << (LEAF_SHIFT - PAGE_SHIFT))
/* A leaf covered by one block alone needs no table. */
#define WHOLE 1ull

struct ls_index {
	uint64_t *top[TOP]; /* MIDDLE words each: 0, a leaf, or a block's number << 1 | WHOLE */
	char *leaves, *leaves_end;
	char *middles, *middles_end;
};

/* ---- sorting: least significant digit first, which the copied order never slows ---- */

#define DIGIT 11u
#define DIGITS (1u << DIGIT)

static void sort_pass(const struct ls_scan_block *from, struct ls_scan_block *to, uint32_t n,
		      unsigned shift, uint32_t *count)
{
	for (uint32_t i = 0; i < DIGITS; i++)
		count[i] = 0;
	for (uint32_t i = 0; i < n; i++)
		count[from[i].start >> shift & (DIGITS - 1)]++;
	uint32_t at = 0;
	for (uint32_t i = 0; i < DIGITS; i++) {
		uint32_t c = count[i];
		count[i] = at;
		at += c;
	}
	for (uint32_t i = 0; i < n; i++)
		to[count[from[i].start >> shift & (DIGITS - 1)]++] = from[i];
}

/* A few blocks are not worth four passes over 2048 counters. */
static void sort_few(struct ls_scan_block *b, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct ls_scan_block x = b[i];
		uint32_t k = i;
		for (; k && b[k - 1].start > x.start; k--)
			b[k] = b[k - 1];
		b[k] = x;
	}
}

static bool sort(struct ls_job *j)
{
	uint64_t any = 0, all = UINT64_MAX;
	if (j->count < 64) {
		sort_few(j->block, j->count);
		return true;
	}
	struct ls_scan_block *a = j->block,
			     *b = ls_job_alloc(j, j->count * sizeof *b + DIGITS * sizeof(uint32_t));
	if (!b)
		return false;
	uint32_t *count = (uint32_t *)(b + j->count);
	for (uint32_t i = 0; i < j->count; i++) {
		any |= a[i].start;
		all &= a[i].start;
	}
	for (unsigned shift = 3; shift < ADDRESS_BITS; shift += DIGIT) {
		if (!((any ^ all) >> shift & (DIGITS - 1)))
			continue; /* the same in all */
		sort_pass(a, b, j->count, shift, count);
		struct ls_scan_block *t = a;
		a = b;
		b = t;
	}
	if (a != j->block)
		__builtin_memcpy(j->block, a, j->count * sizeof *a);
	ls_job_free(j, a == j->block ? b : a);
	return true;
}

static uintptr_t size_of(const struct ls_scan_block *b)
{
	uintptr_t size = b->size & ~LS_BLOCK_FLAGS;
	return size ? size : 1; /* a block of no size is still one */
}

static uint64_t *middle_of(struct ls_index *x, uintptr_t address)
{
	uint64_t **m = &x->top[address >> MIDDLE_SHIFT & (TOP - 1)];
	if (!*m) {
		*m = (uint64_t *)x->middles;
		x->middles += MIDDLE * sizeof **m;
	}
	return *m;
}

/* How many of each kind of table there will be: blocks are sorted, so they come in order. */
static void count_tables(const struct ls_job *j, uint64_t *leaves, uint64_t *middles)
{
	uintptr_t leaf_next = 0, middle_next = 0;
	*leaves = *middles = 0;
	for (uint32_t i = 0; i < j->count; i++) {
		uintptr_t first = j->block[i].start;
		uintptr_t last = first + size_of(&j->block[i]); /* its end is looked up too */
		uintptr_t a = first >> LEAF_SHIFT, b = last >> LEAF_SHIFT;
		a = a < leaf_next ? leaf_next : a;
		if (b >= a) {
			/* between the first and the last the block is alone */
			*leaves += b - a > 1 ? 2 : b - a + 1;
			leaf_next = b + 1;
		}
		a = first >> MIDDLE_SHIFT;
		b = last >> MIDDLE_SHIFT;
		a = a < middle_next ? middle_next : a;
		if (b >= a) {
			*middles += b - a + 1;
			middle_next = b + 1;
		}
	}
}

/* Enter block I in the pages it touches that no earlier block has claimed. */
static void enter(struct ls_job *j, uint32_t i)
{
	struct ls_index *x = j->index;
	uintptr_t first = j->block[i].start, last = first + size_of(&j->block[i]);
	for (uintptr_t leaf = first >> LEAF_SHIFT; leaf <= last >> LEAF_SHIFT; leaf++) {
		uintptr_t base = leaf << LEAF_SHIFT;
		uint64_t *m = middle_of(x, base);
		uint64_t *slot = &m[leaf & (MIDDLE - 1)];
		if (first < base && last >= base + ((uintptr_t)1 << LEAF_SHIFT)) {
			*slot = (uint64_t)i << 1 | WHOLE;
			continue;
		}
		if (!*slot) {
			*slot = (uint64_t)(uintptr_t)x->leaves;
			x->leaves += LEAF * sizeof(uint32_t);
		}
		uint32_t *page = (uint32_t *)(uintptr_t)*slot;
		uintptr_t from = first > base ? (first - base) >> PAGE_SHIFT : 0;
		uintptr_t to = last - base;
		to = to >> PAGE_SHIFT < LEAF ? to >> PAGE_SHIFT : LEAF - 1;
		for (uintptr_t p = from; p <= to; p++)
			if (!page[p])
				page[p] = i + 1;
	}
}

bool ls_index_build(struct ls_job *j)
{
	uint64_t leaves, middles;
	if (!sort(j))
		return false;
	count_tables(j, &leaves, &middles);
	size_t leaf_bytes = leaves * LEAF * sizeof(uint32_t), middle_bytes = middles * MIDDLE * 8;
	j->index = ls_job_alloc(j, sizeof *j->index + leaf_bytes + middle_bytes);
	if (!j->index)
		return false;
	j->index->middles = (char *)(j->index + 1);
	j->index->leaves = j->index->middles + middle_bytes;
	for (uint32_t i = 0; i < j->count; i++)
		enter(j, i);
	if (j->count) {
		const struct ls_scan_block *last = &j->block[j->count - 1];
		j->low = j->block[0].start;
		j->span = last->start + size_of(last) - j->low;
	}
	return true;
}

/* The number of the first block on ADDRESS's page, or LS_NO_EDGE. */
LS_INLINE uint32_t first_on_page(const struct ls_job *j, uintptr_t address)
{
	const uint64_t *m = j->index->top[address >> MIDDLE_SHIFT & (TOP - 1)];
	if (!m)
		return LS_NO_EDGE;
	uint64_t slot = m[address >> LEAF_SHIFT & (MIDDLE - 1)];
	if (!slot)
		return LS_NO_EDGE;
	if (slot & WHOLE)
		return (uint32_t)(slot >> 1);
	const uint32_t *page = (const uint32_t *)(uintptr_t)slot;
	return page[address >> PAGE_SHIFT & (LEAF - 1)] - 1; /* 0 becomes LS_NO_EDGE */
}

uint32_t ls_index_find(const struct ls_job *j, uintptr_t address)
{
	uint32_t i = first_on_page(j, address);
	if (i == LS_NO_EDGE)
		return i;
	/* the last block that begins at or before ADDRESS: none on this page begins beyond it */
	const struct ls_scan_block *b = j->block;
	uint32_t step = 1, high = i + 1;
	while (high < j->count && b[high].start <= address) {
		i = high;
		high += step;
		step *= 2;
	}
	if (high > j->count)
		high = j->count;
	while (high - i > 1) {
		uint32_t middle = i + (high - i) / 2;
		if (b[middle].start <= address)
			i = middle;
		else
			high = middle;
	}
	return address >= b[i].start && address - b[i].start <= size_of(&b[i]) ? i : LS_NO_EDGE;
}

uint32_t ls_index_from(const struct ls_job *j, uintptr_t address)
{
	uint32_t low = 0, high = j->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (j->block[middle].start + size_of(&j->block[middle]) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
