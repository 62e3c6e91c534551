/* SPDX-License-Identifier: MIT */
/*
 * Kept texts (a hash table) and resolved addresses (open addressing, one table
 * a module): callers ask for the same frames again and again.
 */
#include "symbols_cache.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct lr_text {
	UT_hash_handle hh;
	const char *real; /* kept as well, or NULL */
	char text[];
};

const char *lr_texts_keep(struct lr_texts *t, const char *text, const char *real)
{
	struct lr_text *entry;
	size_t length;

	if (!text)
		return NULL;
	length = strlen(text);
	HASH_FIND(hh, t->by_text, text, length, entry);
	if (!entry) {
		entry = malloc(sizeof(*entry) + length + 1);
		if (!entry)
			return NULL;
		entry->real = NULL;
		memcpy(entry->text, text, length + 1);
		HASH_ADD_KEYPTR(hh, t->by_text, entry->text, length, entry);
	}
	if (real && !entry->real && strcmp(real, text) != 0)
		entry->real = lr_texts_keep(t, real, NULL);
	return entry->text;
}

const char *lr_texts_real(struct lr_texts *t, const char *text)
{
	struct lr_text *entry;

	HASH_FIND_STR(t->by_text, text, entry);
	return entry && entry->real ? entry->real : text;
}

void lr_texts_free(struct lr_texts *t)
{
	struct lr_text *entry, *next;

	HASH_ITER(hh, t->by_text, entry, next) {
		HASH_DEL(t->by_text, entry);
		free(entry);
	}
}

static size_t slot_of(const struct lr_address_cache *c, uint64_t address)
{
	size_t i = (size_t)(address * 0x9e3779b97f4a7c15u >> 20) & (c->slot_count - 1);

	while (c->slots[i].first && c->slots[i].address != address)
		i = (i + 1) & (c->slot_count - 1);
	return i;
}

const struct lr_symbol *lr_address_cache_find(const struct lr_address_cache *c, uint64_t address,
					      size_t *count)
{
	const struct lr_address_slot *slot;

	if (!c->slot_count)
		return NULL;
	slot = &c->slots[slot_of(c, address)];
	if (!slot->first)
		return NULL;
	*count = slot->count;
	return c->frames + (slot->first - 1);
}

static int grow(struct lr_address_cache *c)
{
	struct lr_address_cache bigger = *c;

	bigger.slot_count = c->slot_count ? c->slot_count * 2 : 64;
	bigger.slots = calloc(bigger.slot_count, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -1;
	for (size_t i = 0; i < c->slot_count; i++) {
		if (c->slots[i].first)
			bigger.slots[slot_of(&bigger, c->slots[i].address)] = c->slots[i];
	}
	free(c->slots);
	*c = bigger;
	return 0;
}

void lr_address_cache_add(struct lr_address_cache *c, uint64_t address,
			  const struct lr_symbol *frames, size_t count)
{
	if ((c->used + 1) * 2 > c->slot_count && grow(c) != 0)
		return;
	/* One frame of room even for none, so that find never answers NULL for a known address. */
	if (c->frame_count + count + 1 > c->frame_room) {
		size_t room = (c->frame_count + count + 1) * 2;
		struct lr_symbol *list = reallocarray(c->frames, room, sizeof(*list));

		if (!list)
			return;
		c->frames = list;
		c->frame_room = room;
	}
	if (c->frame_count + count >= UINT32_MAX)
		return;

	struct lr_address_slot *slot = &c->slots[slot_of(c, address)];

	if (slot->first)
		return;
	*slot = (struct lr_address_slot){.address = address,
					 .first = (uint32_t)c->frame_count + 1,
					 .count = (uint32_t)count};
	if (count)
		memcpy(c->frames + c->frame_count, frames, count * sizeof(*frames));
	c->frame_count += count;
	c->used++;
}

void lr_address_cache_free(struct lr_address_cache *c)
{
	free(c->slots);
	free(c->frames);
	*c = (struct lr_address_cache){0};
}
