/* SPDX-License-Identifier: MIT */
/* Mutations that know the recording format, see fuzz.h. */
#include <string.h>

#include "format/ls_format.h"
#include "fuzz.h"

static uint32_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

static uint64_t interesting(uint64_t *state, size_t size)
{
	switch (next(state) % 12) {
	case 0: return 0;
	case 1: return UINT64_MAX;
	case 2: return size;
	case 3: return size - 8;
	case 4: return 1ull << next(state) % 64;
	case 5: return (1ull << next(state) % 64) - 1;
	case 6: return LS_HEADER_SIZE;
	case 7: return next(state) % 4;
	default: return next(state) % 200;
	}
}

/* Where to change something: an entry of the directory, the header, or inside a chunk. */
static size_t place(uint64_t *state, const struct ls_header *h, size_t size)
{
	size_t used = 0, at;

	while (used < LS_DIR_ENTRIES && h->directory[used].section)
		used++;
	if (used && next(state) % 4 == 0)
		return offsetof(struct ls_header, directory) +
		       next(state) % used * sizeof(struct ls_chunk) +
		       next(state) % (sizeof(struct ls_chunk) / 4) * 4;
	if (!used || next(state) % 5 == 0)
		return next(state) % (offsetof(struct ls_header, directory) / 4) * 4;
	at = next(state) % used;
	if (h->directory[at].offset < size && h->directory[at].length >= 8 &&
	    h->directory[at].length <= size)
		return (size_t)h->directory[at].offset +
		       next(state) % (h->directory[at].length / 4) * 4;
	return next(state) % (size / 4) * 4;
}

size_t fuzz_mutate_recording(uint8_t *data, size_t size, unsigned int seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1, value;
	unsigned changes = 1 + next(&state) % 6;
	struct ls_header header;
	size_t at, from, width;

	while (changes--) {
		memcpy(&header, data, sizeof header);
		at = place(&state, &header, size);
		width = next(&state) % 2 ? 8 : 4;
		if (at + width > size)
			continue;
		if (next(&state) % 4 == 0) {
			/* a value from elsewhere: ids of other records */
			from = place(&state, &header, size);
			if (from + width <= size)
				memmove(data + at, data + from, width);
			continue;
		}
		value = 0;
		memcpy(&value, data + at, width);
		if (next(&state) % 3 == 0)
			value += next(&state) % 2 ? 1 : UINT64_MAX;
		else
			value = interesting(&state, size);
		memcpy(data + at, &value, width);
	}
	if (next(&state) % 16 == 0)
		size -= next(&state) % (size / 4);
	return size;
}
