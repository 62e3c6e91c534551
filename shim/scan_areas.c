/* SPDX-License-Identifier: MIT */
/* See scan_areas.h.  Relies on recording and storage. */
#include "scan_areas.h"

#include "recording.h"
#include "text.h"

#define SCANS 64u
/* Chunks are multiples of 64 bytes: this many records are one. */
#define STEP 8u

static struct {
	struct ls_verdict *verdict;
	struct ls_root *root;
	uint32_t first, room, roots_first, root_room;
	uint32_t user; /* the scan record that has it, 0 = none */
} areas[2];
static unsigned turn;
static uint64_t verdicts_used, roots_used; /* of the sections, in records */
static uint32_t latest;

struct ls_scan *ls_areas_scan(uint32_t *id)
{
	struct ls_scan *s;
	if (ls_scans_table.used <= SCANS) {
		*id = ls_table_add(&ls_scans_table, (void **)&s);
		latest = *id;
	} else {
		latest = latest % SCANS + 1;
		s = ls_table_at(&ls_scans_table, latest);
		*id = latest;
	}
	if (!*id)
		return NULL;
	__atomic_store_n(&s->state, LS_SCAN_NONE, __ATOMIC_RELEASE);
	ls_zero(s, sizeof *s);
	return s;
}

static bool grow_verdicts(unsigned k, uint32_t blocks)
{
	uint32_t room = (blocks + STEP) & ~(STEP - 1);
	bool seen;
	struct ls_verdict *v = ls_recording_chunk_seen(LS_SEC_VERDICTS, room * sizeof *v,
						       verdicts_used * sizeof *v, &seen);
	if (!v)
		return false;
	uint32_t skip = verdicts_used == 0; /* record 0 of a section means "none" */
	areas[k].verdict = v + skip;
	areas[k].first = (uint32_t)verdicts_used + skip;
	areas[k].room = seen ? room - skip : 0;
	verdicts_used += room;
	return seen;
}

static bool grow_roots(unsigned k, uint32_t roots)
{
	bool seen;
	roots = (roots + STEP) & ~(STEP - 1);
	struct ls_root *r = ls_recording_chunk_seen(LS_SEC_ROOTS, roots * sizeof *r,
						    roots_used * sizeof *r, &seen);
	if (!r)
		return false;
	uint32_t skip = roots_used == 0;
	areas[k].root = r + skip;
	areas[k].roots_first = (uint32_t)roots_used + skip;
	areas[k].root_room = seen ? roots - skip : 0;
	roots_used += roots;
	return seen;
}

bool ls_areas_get(struct ls_job *j, uint32_t blocks, uint32_t roots)
{
	/* a scan that tries again keeps its area: the other one has what still holds */
	unsigned k = areas[turn].user == latest ? turn : (turn ^= 1);
	if (areas[k].user) { /* what it said no longer holds */
		struct ls_scan *old = ls_table_at(&ls_scans_table, areas[k].user);
		if (old != j->scan) {
			old->count = 0;
			old->roots_count = 0;
		}
		areas[k].user = 0;
	}
	/* a quarter more than asked for: a heap that grows does not need a new place each time */
	if (areas[k].room < blocks &&
	    !grow_verdicts(k, areas[k].room ? blocks + blocks / 4 : blocks))
		return false;
	if (areas[k].root_room < roots && !grow_roots(k, roots))
		return false;
	j->verdict = areas[k].verdict;
	j->roots = areas[k].root;
	j->root_room = areas[k].root_room;
	j->scan->first = areas[k].first;
	j->scan->roots_first = areas[k].roots_first;
	areas[k].user = latest;
	return true;
}

bool ls_areas_store(struct ls_job *j)
{
	const struct ls_verdict *verdict = j->verdict;
	const struct ls_root *roots = j->roots;
	if (!ls_areas_get(j, j->count, j->root_count))
		return false;
	ls_copy(j->verdict, verdict, j->count * sizeof *verdict);
	ls_copy(j->roots, roots, j->root_count * sizeof *roots);
	j->scan->count = j->count;
	j->scan->roots_count = j->root_count;
	return true;
}

void ls_areas_reset(void)
{
	ls_zero(areas, sizeof areas);
	verdicts_used = roots_used = 0;
	latest = 0;
	turn = 0;
}
