/* SPDX-License-Identifier: MIT */
/* See nvtx.h.  A hash table of the open ranges of start and end; relies on glue. */
#include "glue.h"
#include "note.h"
#include "nvtx.h"

struct range {
	uint64_t domain, id;
	uint64_t scope; /* 0 = free place */
};
#define LEAST 64u       /* places, a power of two */
#define MOST (1u << 16) /* open at a time, about: more are without a scope */
static struct range *ranges;
static uint32_t places, used;
static struct ls_lock lock;

uint64_t ls_nvtx_range_id(void)
{
	static uint64_t last;
	return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

static uint32_t place_of(uint64_t domain, uint64_t id)
{
	uint64_t h = (id ^ domain * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
	return (uint32_t)(h >> 32) & (places - 1);
}

/* The place of a range, or the free one where it would go. */
static struct range *find(uint64_t domain, uint64_t id)
{
	uint32_t i = place_of(domain, id);
	while (ranges[i].scope && (ranges[i].domain != domain || ranges[i].id != id))
		i = (i + 1) & (places - 1);
	return &ranges[i];
}

static bool grow(void)
{
	struct range *old = ranges;
	uint32_t n = places;
	struct range *fresh = NULL;
	if (n < MOST * 2)
		fresh = ls_mem_alloc((n ? n * 2 : LEAST) * sizeof *fresh);
	if (!fresh)
		return false;
	ranges = fresh;
	places = n ? n * 2 : LEAST;
	for (uint32_t i = 0; i < n; i++)
		if (old[i].scope)
			*find(old[i].domain, old[i].id) = old[i];
	ls_mem_free(old, n * sizeof *old);
	return true;
}

uint64_t ls_nvtx_range_put(uint64_t domain, uint64_t id, uint64_t scope)
{
	uint64_t before = scope; /* not put: the caller ends it */
	bool full = false;
	if (!ls_lock(&lock))
		return scope;
	if (used < places / 2 || grow()) {
		struct range *r = find(domain, id);
		before = r->scope;
		used += !before;
		*r = (struct range){domain, id, scope};
	} else {
		full = true;
	}
	ls_unlock(&lock);
	if (full)
		ls_note_locked(LS_NOTE_WARNING,
			       "too many NVTX ranges are started and not ended: the others are no "
			       "scopes of their own");
	return before;
}

uint64_t ls_nvtx_range_take(uint64_t domain, uint64_t id)
{
	uint64_t scope = 0;
	if (!ls_lock(&lock))
		return 0;
	struct range *r = places ? find(domain, id) : NULL;
	if (r && r->scope) {
		scope = r->scope;
		used--;
		/* close the gap: what follows may have been pushed past it */
		uint32_t gap = (uint32_t)(r - ranges), i = gap;
		ranges[gap].scope = 0;
		for (i = (i + 1) & (places - 1); ranges[i].scope; i = (i + 1) & (places - 1)) {
			uint32_t home = place_of(ranges[i].domain, ranges[i].id);
			if (((i - home) & (places - 1)) < ((i - gap) & (places - 1)))
				continue;
			ranges[gap] = ranges[i];
			ranges[i].scope = 0;
			gap = i;
		}
	}
	ls_unlock(&lock);
	return scope;
}

void ls_nvtx_reset(void)
{
	/* their scopes are the parent's, and so was the memory */
	ranges = NULL;
	places = used = 0;
	lock.owner = 0;
}
