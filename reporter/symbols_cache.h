/* SPDX-License-Identifier: MIT */
/*
 * What symbolization remembers: each text once, and the frames of each address
 * of a module.
 */
#ifndef LR_SYMBOLS_CACHE_H
#define LR_SYMBOLS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

struct lr_text;

struct lr_texts {
	struct lr_text *by_text;
};

/* The one copy of TEXT (NULL for NULL or without memory); REAL is what it stands for, or NULL. */
const char *lr_texts_keep(struct lr_texts *t, const char *text, const char *real);
/* What TEXT stands for: the REAL of its keeping, else TEXT itself. */
const char *lr_texts_real(struct lr_texts *t, const char *text);
void lr_texts_free(struct lr_texts *t);

struct lr_address_slot {
	uint64_t address;
	uint32_t first, count; /* frames; first is one more, 0 = empty slot */
};

struct lr_address_cache {
	struct lr_address_slot *slots;
	size_t slot_count, used;
	struct lr_symbol *frames;
	size_t frame_count, frame_room;
};

/* The frames of ADDRESS, *COUNT of them, or NULL if it is not known yet. */
const struct lr_symbol *lr_address_cache_find(const struct lr_address_cache *c, uint64_t address,
					      size_t *count);
/* Remember FRAMES; without memory nothing is remembered. */
void lr_address_cache_add(struct lr_address_cache *c, uint64_t address,
			  const struct lr_symbol *frames, size_t count);
void lr_address_cache_free(struct lr_address_cache *c);

#endif
