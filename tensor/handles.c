/* SPDX-License-Identifier: MIT */
/*
 * Tables of objects and the handles that name them.  A handle is an index and
 * a generation, so one that outlived its object is told from the object that
 * took its place.  Objects stay where they are for ever: a stale handle may be
 * looked up by any thread.  Taking and putting need the tree's lock.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(void *) == 8, "a handle is a generation and an index in one pointer");

/* Closed objects kept aside, so that messages can still say what they were. */
static uint32_t kept_aside(const struct ndi_table *table)
{
	return table->kind == NDI_STORAGE ? 0 : ndi_traced ? 4096 : 32;
}

/* Make room for the object INDEX. */
static bool grow(struct ndi_table *table, uint32_t index)
{
	int chunk = 31 - __builtin_clz(index / NDI_FIRST_CHUNK + 1);
	char *base;

	if (chunk >= NDI_CHUNKS)
		return false;
	if (table->chunks[chunk])
		return true;
	if (ndi_allocation_fails())
		return false;
	base = calloc((size_t)NDI_FIRST_CHUNK << chunk, table->object_size);
	if (!base)
		return false;
	/* The runtime's own, whatever scope the thread is in. */
	if (NDI_UNLIKELY(ndi_traced))
		leakscope_retag(base, 0);
	__atomic_store_n(&table->chunks[chunk], base, __ATOMIC_RELEASE);
	return true;
}

void *ndi_table_take(struct ndi_table *table)
{
	struct ndi_object *object;

	if (table->free_count > kept_aside(table)) {
		object = table->first_free;
		table->first_free = object->next_free;
		table->free_count--;
	} else {
		uint32_t index = table->used;

		if (!grow(table, index))
			return NULL;
		object = ndi_object_at(table, index);
		object->index = index;
		__atomic_store_n(&table->used, index + 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&object->generation, object->generation + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&object->open, 1, __ATOMIC_RELAXED);
	return object;
}

void ndi_table_put(struct ndi_table *table, void *pointer)
{
	struct ndi_object *object = pointer;

	__atomic_store_n(&object->open, 0, __ATOMIC_RELAXED);
	if (object->generation == UINT32_MAX) {
		object->retired = 1;
		return;
	}
	object->next_free = NULL;
	if (table->free_count++)
		table->last_free->next_free = object;
	else
		table->first_free = object;
	table->last_free = object;
}

unsigned ndi_handle_number(const void *handle)
{
	return ((uint32_t)(uintptr_t)handle >> NDI_KIND_BITS) + 1;
}
