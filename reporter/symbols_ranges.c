/* SPDX-License-Identifier: MIT */
/*
 * Address ranges sorted by start, with the furthest end seen so far, so that
 * nested and overlapping ranges are found without a tree.
 */
#include <stdlib.h>

#include "symbols_internal.h"

/* Ranges looked at for one address: more overlap than that is nonsense data. */
enum { STEPS_MAX = 4096 };

int lr_ranges_add(struct lr_ranges *r, uint64_t low, uint64_t high, uint32_t item)
{
	if (low >= high)
		return 0;
	if (r->count == r->room) {
		size_t room = r->room ? r->room * 2 : 64;
		struct lr_range *list = reallocarray(r->list, room, sizeof(*list));

		if (!list)
			return -1;
		r->list = list;
		r->room = room;
	}
	r->list[r->count++] = (struct lr_range){.low = low, .high = high, .item = item};
	return 0;
}

/* By start; of those with one start, the larger first, so that it is found last. */
static int by_start(const void *a, const void *b)
{
	const struct lr_range *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	if (x->high != y->high)
		return x->high > y->high ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

void lr_ranges_sort(struct lr_ranges *r)
{
	uint64_t reach = 0;

	if (r->count)
		qsort(r->list, r->count, sizeof(*r->list), by_start);
	for (size_t i = 0; i < r->count; i++) {
		if (r->list[i].high > reach)
			reach = r->list[i].high;
		r->list[i].reach = reach;
	}
}

/* Number of ranges that start at or before ADDRESS. */
static size_t started(const struct lr_ranges *r, uint64_t address)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->list[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct lr_range *lr_ranges_next(const struct lr_ranges *r, uint64_t address, size_t *cursor)
{
	size_t i = *cursor == SIZE_MAX ? started(r, address) : *cursor;

	for (size_t steps = 0; i > 0 && steps < STEPS_MAX; steps++) {
		i--;
		if (r->list[i].reach <= address)
			break;
		if (address < r->list[i].high) {
			*cursor = i;
			return &r->list[i];
		}
	}
	*cursor = 0;
	return NULL;
}

void lr_ranges_free(struct lr_ranges *r)
{
	free(r->list);
	*r = (struct lr_ranges){0};
}
