/* SPDX-License-Identifier: MIT */
/*
 * See scan_internal.h: whether a word is the address or handle of a CUDA resource.
 * Memory and reserved ranges of addresses, which contain memory, are each sorted;
 * handles are in a hash table, behind a bitmap that turns most other words away.
 */
#include "scan_internal.h"

#define FILTER_BITS ((uint32_t)1 << 16)

struct ls_seek {
	uint32_t first[LS_SOUGHT_LAYERS + 1]; /* in job.sought, by layer */
	uintptr_t low, span;                  /* all memory lies in low … low + span */
	uint32_t *slot, mask;                 /* handles: 1 + index, 0 = free */
	uint64_t filter[FILTER_BITS / 64];
};

LS_INLINE uint64_t hash(uintptr_t word)
{
	uint64_t h = word * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 32;
}

static bool before(const struct ls_sought *a, const struct ls_sought *b)
{
	return a->layer != b->layer ? a->layer < b->layer : a->start < b->start;
}

/* A heap sort: there may be many, and no memory to spare. */
static void sort(struct ls_sought *list, uint32_t n)
{
	for (uint32_t heap = n / 2; n > 1;) {
		struct ls_sought x;
		if (heap) {
			x = list[--heap];
		} else {
			x = list[--n];
			list[n] = list[0];
		}
		uint32_t at = heap, child;
		while ((child = 2 * at + 1) < n) {
			if (child + 1 < n && before(&list[child], &list[child + 1]))
				child++;
			if (!before(&x, &list[child]))
				break;
			list[at] = list[child];
			at = child;
		}
		list[at] = x;
	}
}

static bool add_handles(struct ls_job *j, struct ls_seek *k)
{
	uint32_t first = k->first[LS_SOUGHT_HANDLE], end = j->sought_count, slots = 16;
	while (slots < (end - first) * 2)
		slots *= 2;
	k->slot = ls_job_alloc(j, slots * sizeof *k->slot);
	if (!k->slot)
		return false;
	k->mask = slots - 1;
	for (uint32_t i = first; i < end; i++) {
		uint64_t h = hash(j->sought[i].start);
		k->filter[h % FILTER_BITS / 64] |= 1ull << h % 64;
		uint32_t at = (uint32_t)h & k->mask;
		while (k->slot[at])
			at = (at + 1) & k->mask;
		k->slot[at] = i + 1;
	}
	return true;
}

bool ls_seek_build(struct ls_job *j)
{
	uintptr_t low = UINTPTR_MAX, high = 0;
	uint32_t i = 0;
	if (!j->sought_count)
		return true;
	struct ls_seek *k = ls_job_alloc(j, sizeof *k);
	if (!k)
		return false;
	sort(j->sought, j->sought_count);
	for (unsigned layer = 0; layer < LS_SOUGHT_LAYERS; layer++) {
		k->first[layer] = i;
		while (i < j->sought_count && j->sought[i].layer == layer)
			i++;
	}
	k->first[LS_SOUGHT_LAYERS] = i;
	for (i = 0; i < j->sought_count; i++) {
		const struct ls_sought *s = &j->sought[i];
		low = s->start < low ? s->start : low;
		high = s->end > high ? s->end : high;
		if (i + 1 == k->first[LS_SOUGHT_HANDLE]) { /* the last that is memory */
			k->low = low;
			k->span = high - low;
		}
	}
	if (!add_handles(j, k))
		return false;
	j->seek_low = low;
	j->seek_span = high - low;
	j->seek = k;
	return true;
}

/* The last of a layer that begins at or before WORD. */
static const struct ls_sought *at_or_before(const struct ls_job *j, unsigned layer, uintptr_t word)
{
	uint32_t first = j->seek->first[layer], low = first, high = j->seek->first[layer + 1];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (j->sought[middle].start <= word)
			low = middle + 1;
		else
			high = middle;
	}
	return low > first ? &j->sought[low - 1] : NULL;
}

/*
 * What lies in the resource's own memory holds it no more than a block holds itself; nor
 * does what lies on a device, which only stand-ins for a driver have in memory of the host.
 */
static void found(struct ls_job *j, const struct ls_sought *s, uintptr_t holder, bool by_leak)
{
	const struct ls_sought *d = at_or_before(j, LS_SOUGHT_MEMORY, holder);
	if ((holder < s->start || holder >= s->end) && !(d && holder < d->end))
		j->result[s->result].found |= by_leak ? LS_FOUND_IN_LEAK : LS_FOUND;
}

void ls_seek(struct ls_job *j, uintptr_t word, uintptr_t holder, bool by_leak)
{
	const struct ls_seek *k = j->seek;
	for (unsigned layer = 0; word - k->low <= k->span && layer < LS_SOUGHT_HANDLE; layer++) {
		const struct ls_sought *s = at_or_before(j, layer, word);
		if (s && word < s->end)
			found(j, s, holder, by_leak);
	}
	uint64_t h = hash(word);
	if (!(k->filter[h % FILTER_BITS / 64] >> h % 64 & 1))
		return;
	for (uint32_t at = (uint32_t)h & k->mask; k->slot[at]; at = (at + 1) & k->mask) {
		const struct ls_sought *s = &j->sought[k->slot[at] - 1];
		if (s->start == word) /* the same number may stand for several things */
			found(j, s, holder, by_leak);
	}
}

bool ls_seek_within(const struct ls_job *j, uintptr_t start, uintptr_t end)
{
	if (!j->seek || start >= end)
		return false;
	const struct ls_sought *s = at_or_before(j, LS_SOUGHT_MEMORY, end - 1);
	return s && s->end > start;
}
