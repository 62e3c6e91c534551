/* SPDX-License-Identifier: MIT */
/*
 * Marking.  From the roots along pointers to the starts of blocks: reachable.
 * What only a pointer into a block's middle leads to, and on from there:
 * possible.  Of the rest, a block that another lost one leads to is indirect, and
 * one that none leads to is definite; in a ring of lost blocks that nothing leads to
 * one of them is.  (The kinds are those that Valgrind's manual defines.)
 */
#include "scan_internal.h"
#include "thread.h"

#define WORD sizeof(uintptr_t)

/* What a pass makes of a pointer to a block. */
enum pass { REACH, POSSIBLY, GATHER, LOST };

struct reader {
	struct ls_job *j;
	struct ls_source *source; /* roots */
	uint32_t block;           /* the block being read; LS_NO_EDGE: roots */
	uint32_t last;            /* the latest edge noted, as the next is often the same */
	enum pass pass;
};

/*
 * What reading costs is mostly waiting for memory, and in a process that has just
 * been duplicated for the first use of each page: ask for what comes later early.
 */
#define BLOCKS_AHEAD 8u
#define PAGE ((uintptr_t)4096)
#define BYTES_AHEAD (4 * PAGE)

LS_INLINE void fetch(uintptr_t address)
{
	__builtin_prefetch((const void *)address);
}

static void push(struct ls_job *j, uint32_t i)
{
	if (j->tail - j->head < BLOCKS_AHEAD) /* read_queued won't have the time */
		fetch(j->block[i].start);
	j->queue[j->tail++] = i;
}

/* The record of a region of roots, made when it is first needed. */
static uint32_t root_of(struct ls_job *j, struct ls_source *s)
{
	if (!s->root && j->root_count < j->root_room) {
		struct ls_root *r = &j->roots[j->root_count++];
		r->type = s->type;
		r->start = s->start;
		r->end = s->end;
		r->thread = s->tid ? ls_thread_record(s->tid) : 0;
		r->tid = s->tid;
		for (unsigned i = 0; i < sizeof r->name; i++)
			r->name[i] = 0;
		for (unsigned i = 0; s->name && s->name[i] && i < sizeof r->name; i++)
			r->name[i] = s->name[i];
		r->state = 1;
		s->root = j->root_count;
	}
	return s->root;
}

static void hold(struct reader *r, uint32_t i, enum ls_kind kind, uintptr_t holder)
{
	struct ls_verdict *v = &r->j->verdict[i];
	v->kind = (uint8_t)kind;
	v->holder = holder;
	if (r->block != LS_NO_EDGE) {
		v->holder_type = LS_HOLDER_BLOCK;
		v->root = 0;
		return;
	}
	v->holder_type = (uint8_t)r->source->type;
	uint32_t root = root_of(r->j, r->source);
	v->root = root < UINT16_MAX ? (uint16_t)root : 0;
}

static void note_edge(struct reader *r, uint32_t i)
{
	struct ls_job *j = r->j;
	if (r->block == LS_NO_EDGE) {
		j->flags[i] |= LS_BLOCK_ROOTED;
		return;
	}
	if (!j->edge || r->last == i || r->pass == LOST)
		return;
	if (j->edge_count + 2 > j->edge_room) { /* too large a graph: done without */
		ls_job_free(j, j->edge);
		j->edge = NULL;
		return;
	}
	if (!j->edge_first[r->block])
		j->edge_first[r->block] = j->edge_count;
	j->edge[j->edge_count++] = i;
	r->last = i;
}

static void end_edges(struct reader *r)
{
	struct ls_job *j = r->j;
	if (j->edge && j->edge_first[r->block])
		j->edge[j->edge_count++] = LS_NO_EDGE; /* note_edge has left room for it */
}

/* A word that lies within the range of all blocks. */
static void __attribute__((noinline)) candidate(struct reader *r, uintptr_t word, uintptr_t holder)
{
	struct ls_job *j = r->j;
	uint32_t i = ls_index_find(j, word);
	bool exact = i != LS_NO_EDGE && j->block[i].start == word;
	/* also where nothing was found: the tag may lead past the end of a small block */
	if (!exact && j->tagged && word % WORD) {
		uintptr_t plain = word & ~(uintptr_t)(WORD - 1);
		uint32_t k = ls_index_find(j, plain);
		if (k != LS_NO_EDGE && j->block[k].start == plain) {
			i = k;
			exact = true;
		}
	}
	if (i == LS_NO_EDGE)
		return;
	if (i == r->block)
		return;
	note_edge(r, i);
	struct ls_verdict *v = &j->verdict[i];
	switch (r->pass) {
	case REACH:
		if (v->kind == LS_KIND_REACHABLE)
			return;
		if (!exact && !ls_heuristic(j, &j->block[i], word)) {
			if (v->kind == 0)
				hold(r, i, LS_KIND_POSSIBLE, holder);
			return;
		}
		hold(r, i, LS_KIND_REACHABLE, holder);
		push(j, i);
		return;
	case POSSIBLY:
		if (v->kind == 0) {
			hold(r, i, LS_KIND_POSSIBLE, holder);
			push(j, i);
		}
		return;
	case GATHER:
		if (v->kind)
			return; /* not lost, though held from nowhere in memory perhaps */
		if (!v->holder)
			hold(r, i, 0, holder);
		if (!(j->flags[i] & LS_BLOCK_SEEN)) {
			j->flags[i] |= LS_BLOCK_SEEN;
			push(j, i);
		}
		return;
	case LOST:
		if (v->kind == 0) {
			v->kind = LS_KIND_INDIRECT;
			push(j, i);
		}
		return;
	}
}

/* A word that lies within the range of what is sought of CUDA. */
static void __attribute__((noinline)) sought(struct reader *r, uintptr_t word, uintptr_t holder)
{
	struct ls_job *j = r->j;
	if (r->pass == LOST) /* the lost blocks were read before, to gather them */
		return;
	if (r->block == LS_NO_EDGE ? j->unsought : j->block[r->block].size & LS_BLOCK_DRIVER)
		return;
	ls_seek(j, word, holder, r->pass == GATHER);
}

static void read_part_seeking(struct reader *r, const uintptr_t *p, const uintptr_t *stop)
{
	const uintptr_t low = r->j->low, span = r->j->span;
	const uintptr_t seek_low = r->j->seek_low, seek_span = r->j->seek_span;
	for (; p < stop; p++) {
		uintptr_t word = *(const volatile uintptr_t *)p;
		if (ls_unlikely(word - low <= span))
			candidate(r, word, (uintptr_t)p);
		if (ls_unlikely(word - seek_low <= seek_span))
			sought(r, word, (uintptr_t)p);
	}
}

LS_INLINE void read_part(struct reader *r, const uintptr_t *p, const uintptr_t *stop)
{
	const uintptr_t low = r->j->low, span = r->j->span;
	if (ls_unlikely(r->j->seek != NULL)) {
		read_part_seeking(r, p, stop);
		return;
	}
	for (; p < stop; p++) {
		uintptr_t word = *(const volatile uintptr_t *)p;
		if (ls_unlikely(word - low <= span))
			candidate(r, word, (uintptr_t)p);
	}
}

static void read_words(void *arg, uintptr_t start, uintptr_t end)
{
	struct reader *r = arg;
	start = (start + WORD - 1) & ~(WORD - 1);
	end &= ~(WORD - 1);
	for (; start + BYTES_AHEAD < end; start += PAGE) {
		fetch(start + BYTES_AHEAD);
		read_part(r, (const uintptr_t *)start, (const uintptr_t *)(start + PAGE));
	}
	read_part(r, (const uintptr_t *)start, (const uintptr_t *)end);
}

void ls_mark_range(struct ls_job *j, struct ls_source *s, uintptr_t start, uintptr_t end)
{
	struct reader r = {j, s, LS_NO_EDGE, LS_NO_EDGE, REACH};
	j->scan->root_bytes += end - start;
	read_words(&r, start, end);
}

/* Machine code holds its constants wherever they fall. */
void ls_mark_code(struct ls_job *j, struct ls_source *s, uintptr_t start, uintptr_t end)
{
	struct reader r = {j, s, LS_NO_EDGE, LS_NO_EDGE, REACH};
	const uintptr_t low = j->low, span = j->span;
	j->scan->root_bytes += end - start;
	for (const char *p = (const char *)start; (uintptr_t)p + WORD <= end; p++) {
		uintptr_t word;
		__builtin_memcpy(&word, p, WORD);
		if (ls_unlikely(word - low <= span))
			candidate(&r, word, (uintptr_t)p);
		if (ls_unlikely(j->seek && word - j->seek_low <= j->seek_span))
			sought(&r, word, (uintptr_t)p);
	}
}

void ls_mark_word(struct ls_job *j, struct ls_source *s, uintptr_t word, uintptr_t holder)
{
	struct reader r = {j, s, LS_NO_EDGE, LS_NO_EDGE, REACH};
	if (word - j->low <= j->span)
		candidate(&r, word, holder);
	if (ls_unlikely(j->seek && word - j->seek_low <= j->seek_span))
		sought(&r, word, holder);
}

void ls_mark_alone(struct ls_job *j, struct ls_source *s, uintptr_t word, uintptr_t holder)
{
	uint32_t i = ls_index_find(j, word);
	if (i == LS_NO_EDGE || j->block[i].start != word)
		return;
	if (!j->verdict[i].kind) /* what else leads to it reads it */
		j->flags[i] |= LS_BLOCK_SCANNED;
	ls_mark_word(j, s, word, holder);
}

/* Read block I, as far as it can be read. */
static void read_block(struct reader *r, uint32_t i)
{
	struct ls_job *j = r->j;
	uintptr_t at = j->block[i].start, end = at + (j->block[i].size & ~LS_BLOCK_FLAGS);
	if (j->flags[i] & LS_BLOCK_SCANNED)
		return;
	j->flags[i] |= LS_BLOCK_SCANNED;
	r->block = i;
	r->last = LS_NO_EDGE;
	j->scan->scanned_bytes += end - at;
	while (at < end) {
		const struct ls_region *g = ls_space_find(j, at);
		if (!g) { /* a hole: to the next mapping */
			uintptr_t next = end;
			for (unsigned k = 0; k < j->region_count; k++)
				if (j->region[k].start > at && j->region[k].flags & LS_R) {
					next = j->region[k].start;
					break;
				}
			at = next;
			continue;
		}
		uintptr_t to = end < g->end ? end : g->end;
		if (to - at > (1u << 20)) /* it may be mostly untouched */
			ls_pages_each(g, at, to, read_words, r);
		else
			read_words(r, at, to);
		at = to;
	}
	if (r->pass != LOST)
		end_edges(r);
}

static void read_queued(struct reader *r)
{
	struct ls_job *j = r->j;
	while (j->head < j->tail) {
		if (j->head + BLOCKS_AHEAD < j->tail)
			fetch(j->block[j->queue[j->head + BLOCKS_AHEAD]].start);
		read_block(r, j->queue[j->head++]);
	}
}

/*
 * The lost blocks.  A walk from each that no earlier walk has met gathers the
 * starts; a later start may lead to an earlier one, but never the other way
 * round.  So, the last start first, whatever has not been met by then has nothing
 * that leads to it but a ring it is part of.
 */
static void sort_lost(struct reader *r)
{
	struct ls_job *j = r->j;
	uint32_t starts = LS_NO_EDGE; /* a list through the dominators, which come later */
	r->pass = GATHER;
	for (uint32_t i = 0; i < j->count; i++) {
		if (j->verdict[i].kind || j->flags[i] & LS_BLOCK_SEEN)
			continue;
		j->verdict[i].dominator = starts;
		starts = i;
		j->flags[i] |= LS_BLOCK_SEEN;
		j->head = j->tail = 0;
		push(j, i);
		read_queued(r);
	}
	for (uint32_t i = 0; i < j->count; i++)
		if (!j->verdict[i].kind)
			j->flags[i] &= (uint8_t)~LS_BLOCK_SCANNED;
	r->pass = LOST;
	for (uint32_t i = starts, next; i != LS_NO_EDGE; i = next) {
		struct ls_verdict *v = &j->verdict[i];
		next = v->dominator;
		v->dominator = 0;
		if (v->kind)
			continue;
		v->kind = LS_KIND_DEFINITE;
		v->holder = 0;
		v->holder_type = LS_HOLDER_NONE;
		j->head = j->tail = 0;
		push(j, i);
		read_queued(r);
	}
}

static void mark_ignored(struct ls_job *j)
{
	struct ls_source s = {LS_HOLDER_DECLARED, 0, 0, 0, "not tracked", 0};
	for (uint32_t i = 0; i < j->count; i++)
		if (j->block[i].size & LS_BLOCK_IGNORED)
			ls_mark_word(j, &s, j->block[i].start, 0);
}

static void count_kinds(struct ls_job *j)
{
	for (uint32_t i = 0; i < j->count; i++) {
		const struct ls_scan_block *b = &j->block[i];
		if (b->size & LS_BLOCK_IGNORED)
			continue;
		j->scan->kinds[j->verdict[i].kind].blocks++;
		j->scan->kinds[j->verdict[i].kind].bytes += b->size;
	}
}

bool ls_mark(struct ls_job *j)
{
	struct reader r = {j, NULL, LS_NO_EDGE, LS_NO_EDGE, REACH};
	if (j->tagged)
		j->span |= WORD - 1; /* a tag on the last block */
	j->flags = ls_job_alloc(j, j->count + 1);
	j->queue = ls_job_alloc(j, ((size_t)j->count + 1) * sizeof *j->queue);
	j->edge_first = ls_job_alloc(j, ((size_t)j->count + 1) * sizeof *j->edge_first);
	if (!j->flags || !j->queue || !j->edge_first)
		return false;
	for (uint32_t i = 0; i < j->count; i++)
		j->verdict[i] = (struct ls_verdict){.address = j->block[i].start};
	mark_ignored(j);
	ls_roots_each(j);
	read_queued(&r);

	j->head = j->tail = 0;
	r.pass = POSSIBLY;
	for (uint32_t i = 0; i < j->count; i++)
		if (j->verdict[i].kind == LS_KIND_POSSIBLE)
			push(j, i);
	read_queued(&r);

	sort_lost(&r);
	count_kinds(j);
	return true;
}
