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

#define KIND_BITS 3

/* Closed objects kept aside, so that messages can still say what they were. */
static uint32_t kept_aside(const struct ndi_table *table)
{
	return table->kind == NDI_STORAGE ? 0 : ndi_traced ? 4096 : 32;
}

static void *object_at(const struct ndi_table *table, uint32_t index)
{
	uint32_t scaled = index / NDI_FIRST_CHUNK + 1;
	int chunk = 31 - __builtin_clz(scaled);
	uint32_t first = (uint32_t)NDI_FIRST_CHUNK * ((1U << chunk) - 1);
	char *base = __atomic_load_n(&table->chunks[chunk], __ATOMIC_ACQUIRE);

	return base + (size_t)(index - first) * table->object_size;
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
		object = object_at(table, index);
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

uintptr_t ndi_handle(const struct ndi_table *table, const void *pointer)
{
	const struct ndi_object *object = pointer;

	return (uintptr_t)object->generation << 32 | (uintptr_t)object->index << KIND_BITS |
	       (uintptr_t)table->kind;
}

void *ndi_find(const struct ndi_table *table, const void *handle, bool *stale)
{
	uintptr_t bits = (uintptr_t)handle;
	uint32_t index = (uint32_t)bits >> KIND_BITS;
	const struct ndi_object *object;

	if ((bits & ((1U << KIND_BITS) - 1)) != (uintptr_t)table->kind || !(bits >> 32) ||
	    index >= __atomic_load_n(&table->used, __ATOMIC_ACQUIRE))
		return NULL;
	object = object_at(table, index);
	*stale = __atomic_load_n(&object->generation, __ATOMIC_RELAXED) != bits >> 32 ||
		 !__atomic_load_n(&object->open, __ATOMIC_RELAXED);
	return (void *)(uintptr_t)object;
}

unsigned ndi_handle_number(const void *handle)
{
	return ((uint32_t)(uintptr_t)handle >> KIND_BITS) + 1;
}
