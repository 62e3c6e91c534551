/* SPDX-License-Identifier: MIT */
/*
 * Marking by itself: random blocks in real memory that point at each other in every
 * way, roots that lead into them, and the kinds that follow from the definitions.
 *
 *   reachable  a root or a reachable block holds a pointer to its start
 *   possible   else a root, a reachable or a possible block points to it somehow
 *   the rest   is lost: in each ring (strongly connected part) that no other lost
 *              block points into, exactly one is definite; all others are indirect
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "random.h"
#include "scan_internal.h"
#include "thread.h"

#define PAGE ((uintptr_t)4096)
#define ARENA ((uintptr_t)64 << 20)
#define MOST_BLOCKS 200u
#define ROOT_WORDS 64u
#define LONE_WORDS 8u
#define THREAD 77u

static struct ls_job job;
static struct ls_scan scan;
static struct ls_region region[16];
static char *arena;
static uintptr_t root_word[ROOT_WORDS];
static struct {
	uintptr_t word, holder;
} lone[LONE_WORDS]; /* in registers, at the kernel's */
static unsigned lone_count;

/* Blocks in the order of addresses. */
static struct ls_scan_block sorted[MOST_BLOCKS], given[MOST_BLOCKS];
static struct ls_verdict verdict[MOST_BLOCKS];
static struct ls_root roots[8];
static uint32_t count;
static bool tagged;

/* ---- what marking needs of the rest ---- */

void ls_roots_each(struct ls_job *j)
{
	struct ls_source memory = {LS_HOLDER_MODULE,     0,
				   (uintptr_t)root_word, (uintptr_t)(root_word + ROOT_WORDS),
				   "of the test",        0};
	struct ls_source words = {LS_HOLDER_REGISTER, THREAD, 0, 0, "registers", 0};
	for (unsigned i = 0; i < lone_count; i++)
		ls_mark_word(j, &words, lone[i].word, lone[i].holder);
	ls_mark_range(j, &memory, (uintptr_t)root_word, (uintptr_t)(root_word + ROOT_WORDS));
}

uint32_t ls_thread_record(uint32_t tid)
{
	return tid == THREAD ? 5 : 0;
}

/* ---- the memory ---- */

/* No address, and no number that could pass for a count or a length. */
static uintptr_t junk(void)
{
	return next_random() | (uintptr_t)1 << 63;
}

static uintptr_t size_of(uint32_t i)
{
	return sorted[i].size & ~LS_BLOCK_IGNORED;
}

static const struct ls_region *region_of(uintptr_t address)
{
	for (unsigned i = 0; i < sizeof region / sizeof *region && region[i].end; i++)
		if (address >= region[i].start && address < region[i].end)
			return &region[i];
	return NULL;
}

static bool can_be_read(uintptr_t address)
{
	const struct ls_region *r = region_of(address);
	return r && r->flags & LS_R;
}

/* The arena in pieces: between them are pages that nobody may read, and holes. */
static void make_arena(void)
{
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(arena, MAP_FAILED);
	uintptr_t start = (uintptr_t)arena, end = start + ARENA;
	unsigned n = 0;
	memset(region, 0, sizeof region);
	for (unsigned cuts = (unsigned)below(5); cuts; cuts--) {
		uintptr_t at = start + PAGE * (1 + below((end - start) / PAGE / (2 * cuts) + 1));
		uintptr_t size = PAGE * (1 + below(3));
		bool hole = one_in(2);
		if (at + size + PAGE >= end)
			break;
		region[n++] = (struct ls_region){start, at, LS_R | LS_W, ""};
		if (hole)
			munmap((void *)at, size);
		else
			mprotect((void *)at, size, PROT_NONE);
		if (!hole)
			region[n++] = (struct ls_region){at, at + size, 0, ""};
		start = at + size;
	}
	region[n++] = (struct ls_region){start, end, LS_R | LS_W, ""};
	job.region = region;
	job.region_count = n;
}

static uintptr_t some_size(void)
{
	switch (below(12)) {
	case 0: return 0;
	case 1: return 1 + below(7);
	case 2:
	case 3: return 16 * (1 + below(8));
	case 4: return one_in(4) ? below(3 * PAGE) : 64;
	case 5: return one_in(16) ? (1u << 20) + 8 * below(1u << 17) : 24;
	default: return 8 + below(100);
	}
}

static void make_blocks(uint32_t wanted)
{
	uintptr_t at = (uintptr_t)arena + 16 * below(2 * PAGE);
	for (count = 0; count < wanted; count++) {
		uintptr_t size = some_size();
		if (one_in(3))
			at += 16 * below(one_in(8) ? 4 * PAGE : 16);
		while (!can_be_read(at)) /* a block's start can be; not always all of it */
			at = ((at + PAGE) & ~(PAGE - 1));
		if (at + size + 2 * PAGE > (uintptr_t)arena + ARENA)
			break;
		sorted[count].start = at;
		sorted[count].size = size | (one_in(40) ? LS_BLOCK_IGNORED : 0);
		at = (at + (size ? size : 1) + 15) & ~(uintptr_t)15;
	}
}

/* A pointer to some block, to its start or not. */
static uintptr_t pointer_to(uint32_t i, unsigned others)
{
	uintptr_t start = sorted[i].start, size = size_of(i);
	if (!one_in(others))
		return start;
	switch (below(5)) {
	case 0: return start + size;
	case 1: return start + size + 1 + below(16);
	case 2: return start - 1 - below(8);
	case 3: return start | (1 + below(7));
	default: return start + below(size + 1);
	}
}

/* Words of what can be read of block I, one by one. */
static bool next_word(uint32_t i, uintptr_t *at)
{
	uintptr_t end = sorted[i].start + size_of(i);
	for (; *at + 8 <= end; *at += 8)
		if (can_be_read(*at))
			return true;
	return false;
}

static void fill(unsigned pointers, unsigned others)
{
	for (uint32_t i = 0; i < count; i++) {
		uintptr_t n = size_of(i) / 8, at = sorted[i].start;
		/* of a large block most pages stay untouched */
		for (; next_word(i, &at); at += 8)
			if (n < 2048 || one_in(2048))
				*(uintptr_t *)at =
					one_in(1 + n * 2 / (pointers + 1))
						? pointer_to((uint32_t)below(count), others)
						: junk();
	}
	unsigned held = 1 + (unsigned)below(ROOT_WORDS / 2);
	for (unsigned i = 0; i < ROOT_WORDS; i++)
		root_word[i] = one_in(held) ? pointer_to((uint32_t)below(count), others) : junk();
	lone_count = (unsigned)below(LONE_WORDS + 1);
	for (unsigned i = 0; i < lone_count; i++) {
		lone[i].word = pointer_to((uint32_t)below(count), others);
		lone[i].holder = i;
	}
}

/* ---- the definitions ---- */

#define NONE MOST_BLOCKS
static bool start_edge[MOST_BLOCKS + 1][MOST_BLOCKS]; /* from NONE: the roots */
static bool any_edge[MOST_BLOCKS + 1][MOST_BLOCKS];
static uint8_t kind[MOST_BLOCKS];           /* UNCLASSIFIED: lost */
static bool path[MOST_BLOCKS][MOST_BLOCKS]; /* among the lost ones */

static uint32_t target(uintptr_t word, bool *to_start)
{
	uint32_t found = NONE;
	*to_start = false;
	for (uint32_t i = 0; i < count; i++) {
		uintptr_t last = sorted[i].start + (size_of(i) ? size_of(i) : 1);
		if (sorted[i].start == word || (tagged && sorted[i].start == (word & ~7ul))) {
			*to_start = true;
			return i;
		}
		if (word > sorted[i].start && word <= last)
			found = i;
	}
	return found;
}

static void add_edge(uint32_t from, uintptr_t word)
{
	bool to_start;
	uint32_t to = target(word, &to_start);
	if (to == NONE || to == from)
		return;
	any_edge[from][to] = true;
	start_edge[from][to] |= to_start;
}

static void read_edges(void)
{
	memset(start_edge, 0, sizeof start_edge);
	memset(any_edge, 0, sizeof any_edge);
	for (uint32_t i = 0; i < count; i++) {
		for (uintptr_t at = sorted[i].start; next_word(i, &at); at += 8)
			add_edge(i, *(uintptr_t *)at);
		if (sorted[i].size & LS_BLOCK_IGNORED)
			add_edge(NONE, sorted[i].start);
	}
	for (unsigned i = 0; i < ROOT_WORDS; i++)
		add_edge(NONE, root_word[i]);
	for (unsigned i = 0; i < lone_count; i++)
		add_edge(NONE, lone[i].word);
}

/* Give TO's kind along EDGES from what is of kind FROM or TO, until nothing changes. */
static void spread(bool edges[][MOST_BLOCKS], uint8_t from, uint8_t to)
{
	for (bool more = true; more;) {
		more = false;
		for (uint32_t i = 0; i <= MOST_BLOCKS; i++) {
			if (i != NONE && (i >= count || (kind[i] != from && kind[i] != to)))
				continue;
			for (uint32_t k = 0; k < count; k++)
				if (edges[i][k] && !kind[k]) {
					kind[k] = to;
					more = true;
				}
		}
	}
}

static void find_kinds(void)
{
	memset(kind, 0, sizeof kind);
	spread(start_edge, LS_KIND_REACHABLE, LS_KIND_REACHABLE);
	spread(any_edge, LS_KIND_REACHABLE, LS_KIND_POSSIBLE);
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < count; k++)
			path[i][k] = !kind[i] && !kind[k] && (i == k || any_edge[i][k]);
	for (uint32_t m = 0; m < count; m++)
		for (uint32_t i = 0; i < count; i++)
			for (uint32_t k = 0; path[i][m] && k < count; k++)
				path[i][k] |= path[m][k];
}

/* ---- the comparison ---- */

static void check_lost(uint32_t i)
{
	unsigned definite = 0;
	bool pointed_into = false;
	for (uint32_t k = 0; k < count; k++) {
		if (path[i][k] && path[k][i])
			definite += verdict[k].kind == LS_KIND_DEFINITE;
		else
			pointed_into |= path[k][i];
	}
	assert_true(verdict[i].kind == LS_KIND_DEFINITE || verdict[i].kind == LS_KIND_INDIRECT);
	assert_int_equal(definite, pointed_into ? 0 : 1);
}

/* The word that a verdict names does point there. */
static void check_holder(uint32_t i)
{
	const struct ls_verdict *v = &verdict[i];
	bool to_start;
	if (v->kind == LS_KIND_DEFINITE) {
		assert_int_equal(v->holder, 0);
		assert_int_equal(v->holder_type, LS_HOLDER_NONE);
		return;
	}
	switch (v->holder_type) {
	case LS_HOLDER_BLOCK:
		assert_true(can_be_read(v->holder));
		assert_int_not_equal(target(v->holder, &to_start), NONE);
		assert_int_equal(target(*(uintptr_t *)v->holder, &to_start), i);
		assert_int_equal(v->root, 0);
		break;
	case LS_HOLDER_MODULE:
		assert_true(v->holder >= (uintptr_t)root_word &&
			    v->holder < (uintptr_t)(root_word + ROOT_WORDS));
		assert_int_equal(target(*(uintptr_t *)v->holder, &to_start), i);
		assert_true(v->root && v->root <= job.root_count);
		assert_int_equal(roots[v->root - 1].start, (uintptr_t)root_word);
		assert_int_equal(roots[v->root - 1].type, LS_HOLDER_MODULE);
		break;
	case LS_HOLDER_REGISTER:
		assert_true(v->holder < lone_count);
		assert_int_equal(target(lone[v->holder].word, &to_start), i);
		assert_true(v->root && v->root <= job.root_count);
		assert_int_equal(roots[v->root - 1].tid, THREAD);
		assert_int_equal(roots[v->root - 1].thread, 5);
		break;
	default:
		assert_int_equal(v->holder_type, LS_HOLDER_DECLARED);
		assert_true(sorted[i].size & LS_BLOCK_IGNORED);
	}
	if (v->kind == LS_KIND_REACHABLE)
		assert_true(to_start || v->holder_type == LS_HOLDER_DECLARED);
}

static void check_sums(void)
{
	uint64_t blocks[LS_KIND_COUNT] = {0}, bytes[LS_KIND_COUNT] = {0};
	for (uint32_t i = 0; i < count; i++)
		if (!(sorted[i].size & LS_BLOCK_IGNORED)) {
			blocks[verdict[i].kind]++;
			bytes[verdict[i].kind] += size_of(i);
		}
	for (unsigned k = 0; k < LS_KIND_COUNT; k++) {
		assert_int_equal(scan.kinds[k].blocks, blocks[k]);
		assert_int_equal(scan.kinds[k].bytes, bytes[k]);
	}
}

/* Taken away the dominator, nothing leads to the block any more; of others the same isn't so. */
static bool led_to(uint32_t i, uint32_t without)
{
	bool reached[MOST_BLOCKS] = {false};
	for (bool more = true; more;) {
		more = false;
		for (uint32_t k = 0; k < count; k++) {
			bool on = any_edge[NONE][k] || verdict[k].kind == LS_KIND_DEFINITE;
			for (uint32_t m = 0; m < count && !on; m++)
				on = reached[m] && any_edge[m][k];
			if (on && !reached[k] && k != without)
				reached[k] = more = true;
		}
	}
	return reached[i];
}

static void check_dominator(uint32_t i)
{
	uint32_t up = verdict[i].dominator;
	assert_true(led_to(i, NONE));
	if (up) {
		assert_int_not_equal(up - 1, i);
		assert_false(led_to(i, up - 1));
	}
	/* all others that it needs are needed by that one as well */
	for (uint32_t k = 0; k < count; k++)
		if (k != i && k + 1 != up && !led_to(i, k))
			assert_true(up && !led_to(up - 1, k));
}

static void start(void)
{
	memset(&job, 0, sizeof job);
	memset(&scan, 0, sizeof scan);
	memset(roots, 0, sizeof roots);
	make_arena();
}

static void mark(bool graph)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = (uint32_t)below(i + 1);
		given[i] = given[k];
		given[k] = sorted[i];
	}
	memset(verdict, 0xff, sizeof verdict);
	job.block = given;
	job.count = count;
	job.verdict = verdict;
	job.roots = roots;
	job.root_room = sizeof roots / sizeof *roots;
	job.scan = &scan;
	job.tagged = tagged;
	if (graph) {
		job.edge_room = 4096;
		job.edge = ls_job_alloc(&job, job.edge_room * sizeof *job.edge);
		job.edge_count = 1;
		assert_non_null(job.edge);
	}
	assert_true(ls_index_build(&job));
	assert_true(ls_seek_build(&job));
	assert_true(ls_mark(&job));
}

static void finish(void)
{
	ls_job_release(&job);
	munmap(arena, ARENA);
}

static void kinds_of_random_graphs(void **state)
{
	unsigned seen[LS_KIND_COUNT] = {0};
	(void)state;
	for (unsigned round = 0; round < 2500; round++) {
		start();
		tagged = one_in(2);
		make_blocks(1 + (uint32_t)below(round % 16 ? 20 : MOST_BLOCKS));
		if (!count) {
			finish();
			continue;
		}
		fill((unsigned)below(5), 1 + (unsigned)below(6));
		bool graph = one_in(2);
		mark(graph);
		read_edges();
		find_kinds();
		for (uint32_t i = 0; i < count; i++) {
			assert_int_equal(verdict[i].address, sorted[i].start);
			seen[verdict[i].kind]++;
			if (kind[i])
				assert_int_equal(verdict[i].kind, kind[i]);
			else
				check_lost(i);
			check_holder(i);
		}
		check_sums();
		if (graph && job.edge && count <= 20) {
			assert_true(ls_dominators(&job));
			for (uint32_t i = 0; i < count; i++)
				check_dominator(i);
		}
		finish();
	}
	/* it has tested something */
	for (unsigned k = LS_KIND_DEFINITE; k <= LS_KIND_REACHABLE; k++)
		assert_true(seen[k] > 500);
}

/* ---- single cases ---- */

static void block(uint32_t i, uintptr_t size)
{
	if (!i)
		start();
	count = i + 1;
	sorted[i].start = (uintptr_t)arena + 4096 + i * 256;
	sorted[i].size = size;
	memset(root_word, 0, sizeof root_word);
	lone_count = 0;
	tagged = false;
	job.region[0] =
		(struct ls_region){(uintptr_t)arena, (uintptr_t)arena + ARENA, LS_R | LS_W, ""};
	job.region_count = 1;
	munmap(arena, ARENA); /* without the holes */
	assert_ptr_equal(mmap(arena, ARENA, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0),
			 arena);
}

static uintptr_t *words(uint32_t i)
{
	return (uintptr_t *)sorted[i].start;
}

/* What only a register or the kernel holds stays reachable though a lost block points to it too. */
static void held_from_no_address(void **state)
{
	(void)state;
	for (unsigned ignored = 0; ignored < 2; ignored++) {
		block(0, 64);
		block(1, 64);
		block(2, 64);
		words(0)[3] = sorted[1].start;
		words(1)[5] = sorted[2].start;
		if (ignored) {
			sorted[1].size |= LS_BLOCK_IGNORED;
		} else {
			lone_count = 1;
			lone[0].word = sorted[1].start;
			lone[0].holder = 0;
		}
		mark(false);
		assert_int_equal(verdict[0].kind, LS_KIND_DEFINITE);
		assert_int_equal(verdict[1].kind, LS_KIND_REACHABLE);
		assert_int_equal(verdict[2].kind, LS_KIND_REACHABLE);
		finish();
	}
}

/* A tag may lead past the end of a block that is smaller than it. */
static void tags_on_small_blocks(void **state)
{
	(void)state;
	for (uintptr_t size = 0; size < 9; size++)
		for (uintptr_t tag = 0; tag < 8; tag++) {
			block(0, size);
			tagged = true;
			root_word[1] = sorted[0].start + tag;
			mark(false);
			assert_int_equal(verdict[0].kind, LS_KIND_REACHABLE);
			finish();
		}
}

/* Rings: one of each is definite, the rest and what hangs on it indirect. */
static void rings_of_lost_blocks(void **state)
{
	(void)state;
	block(0, 64);
	for (uint32_t i = 1; i < 9; i++)
		block(i, 64);
	for (uint32_t i = 0; i < 3; i++)
		words(i)[0] = sorted[(i + 1) % 3].start; /* 0 1 2: a ring */
	words(1)[1] = sorted[3].start;                   /* 3 4: another that it leads to */
	words(3)[0] = sorted[4].start;
	words(4)[0] = sorted[3].start;
	words(4)[2] = sorted[5].start + 8; /* 5: on that, by its middle */
	words(6)[0] = sorted[6].start;     /* 6: itself only */
	words(8)[0] = sorted[7].start;     /* 8 before 7, though after it in memory */
	mark(false);
	assert_int_equal(scan.kinds[LS_KIND_DEFINITE].blocks, 3);
	assert_int_equal(scan.kinds[LS_KIND_INDIRECT].blocks, 6);
	assert_int_equal(verdict[3].kind, LS_KIND_INDIRECT);
	assert_int_equal(verdict[4].kind, LS_KIND_INDIRECT);
	assert_int_equal(verdict[5].kind, LS_KIND_INDIRECT);
	assert_int_equal(verdict[6].kind, LS_KIND_DEFINITE);
	assert_int_equal(verdict[7].kind, LS_KIND_INDIRECT);
	assert_int_equal(verdict[8].kind, LS_KIND_DEFINITE);
	finish();
}

/* A graph that is too large for its room is done without, and the kinds are the same. */
static void no_room_for_the_graph(void **state)
{
	(void)state;
	block(0, 64);
	for (uint32_t i = 1; i < 50; i++)
		block(i, 64);
	for (uint32_t i = 0; i < 49; i++)
		words(i)[2] = sorted[i + 1].start;
	root_word[0] = sorted[0].start;
	job.edge = ls_job_alloc(&job, 64);
	job.edge_room = 16;
	job.edge_count = 1;
	mark(false);
	assert_null(job.edge);
	assert_false(ls_dominators(&job));
	assert_int_equal(scan.kinds[LS_KIND_REACHABLE].blocks, 50);
	finish();
}


/* ---- addresses of CUDA memory ---- */

#define MOST_SOUGHT 300u
static struct ls_sought sought[MOST_SOUGHT], asked[MOST_SOUGHT];
static struct ls_sought_result result[MOST_SOUGHT];

static void seek(uint32_t layer, uintptr_t start, uintptr_t size)
{
	uint32_t k = job.sought_count++;
	assert_true(k < MOST_SOUGHT);
	sought[k] = asked[k] = (struct ls_sought){start, start + size, k, layer};
	result[k] = (struct ls_sought_result){start, k + 1, 0, 0};
	job.sought = sought;
	job.result = result;
	job.result_count = job.sought_count;
}

/* Where pointers to it lie decides whether the program still has it. */
static void who_holds_device_memory(void **state)
{
	const uintptr_t device = 0x7e0000000000, size = 4096;
	(void)state;
	block(0, 64); /* reachable */
	block(1, 64); /* lost */
	block(2, 64); /* reachable, but the driver's own */
	block(3, 64); /* hangs on a lost one */
	block(4, 64); /* possible */
	root_word[0] = sorted[0].start;
	root_word[1] = sorted[2].start;
	root_word[2] = sorted[4].start + 24;
	sorted[2].size |= LS_BLOCK_DRIVER;
	words(1)[0] = sorted[3].start;
	for (uintptr_t i = 0; i < 8; i++)
		seek(LS_SOUGHT_MEMORY, device + i * size, size);
	seek(LS_SOUGHT_HANDLE, 0x55550000, 0);
	seek(LS_SOUGHT_HANDLE, 0x55560000, 0);
	seek(LS_SOUGHT_RESERVED, device, 8 * size);
	words(0)[1] = device;                        /* 0: by its start */
	words(0)[2] = device + size + 17;            /* 1: by a pointer into it */
	words(1)[1] = device + 2 * size;             /* 2: lost */
	words(2)[1] = device + 3 * size;             /* 3: only the driver */
	words(3)[1] = device + 4 * size;             /* 4: lost */
	words(4)[1] = device + 5 * size;             /* 5: perhaps lost */
	root_word[3] = device + 6 * size + size - 1; /* 6: its last byte */
	words(1)[2] = device;                        /* 0 again, but the other counts */
	words(0)[3] = 0x55550000;                    /* 8: a handle */
	words(0)[4] = 0x55560008;                    /* 9: another number */
	mark(false);
	const uint32_t want[] = {LS_FOUND | LS_FOUND_IN_LEAK,
				 LS_FOUND,
				 LS_FOUND_IN_LEAK,
				 0,
				 LS_FOUND_IN_LEAK,
				 LS_FOUND,
				 LS_FOUND,
				 0,
				 LS_FOUND,
				 0,
				 LS_FOUND | LS_FOUND_IN_LEAK};
	for (uint32_t i = 0; i < job.result_count; i++)
		assert_int_equal(result[i].found, want[i]);
	assert_int_equal(verdict[3].kind, LS_KIND_INDIRECT);
	assert_int_equal(verdict[4].kind, LS_KIND_POSSIBLE);
	/* memory of devices is no memory of the program's */
	assert_true(ls_seek_within(&job, device - 4096, device + 1));
	assert_true(ls_seek_within(&job, device + 100, device + 200));
	assert_false(ls_seek_within(&job, device - 4096, device));
	assert_false(ls_seek_within(&job, device + 8 * size, device + 9 * size));
	finish();
}

/* What lies in driver's data is not counted, nor what lies in the memory itself. */
static void what_holds_itself(void **state)
{
	(void)state;
	block(0, 64);
	root_word[0] = sorted[0].start;
	seek(LS_SOUGHT_PINNED, (uintptr_t)&root_word[8], 64);
	seek(LS_SOUGHT_MEMORY, 0x7e0000000000, 64);
	root_word[9] = (uintptr_t)&root_word[8];
	root_word[10] = 0x7e0000000000;
	job.unsought = true;
	words(0)[0] = 0;
	mark(false);
	assert_int_equal(result[0].found, 0);
	assert_int_equal(result[1].found, 0);
	assert_int_equal(verdict[0].kind, LS_KIND_REACHABLE);
	finish();

	block(0, 64);
	seek(LS_SOUGHT_PINNED, (uintptr_t)&root_word[8], 64);
	seek(LS_SOUGHT_MEMORY, 0x7e0000000000, 64);
	root_word[9] = (uintptr_t)&root_word[8];
	root_word[10] = 0x7e0000000000;
	mark(false);
	assert_int_equal(result[0].found, 0);
	assert_int_equal(result[1].found, LS_FOUND);
	finish();
}

static bool slowly_found(uint32_t i, uintptr_t word, uintptr_t holder)
{
	const struct ls_sought *s = &asked[i];
	bool is =
		s->layer == LS_SOUGHT_HANDLE ? word == s->start : word >= s->start && word < s->end;
	for (uint32_t k = 0; k < job.sought_count; k++)
		is &= asked[k].layer != LS_SOUGHT_MEMORY || holder < asked[k].start ||
		      holder >= asked[k].end;
	return is && !(holder >= s->start && holder < s->end);
}

static void random_addresses(void **state)
{
	unsigned found = 0;
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		uintptr_t at[LS_SOUGHT_HANDLE] = {0x10000000, 0x20000000, 0x10000000};
		uint32_t wanted = 1 + (uint32_t)below(one_in(10) ? MOST_SOUGHT : 20);
		start();
		while (job.sought_count < wanted) {
			uint32_t layer = (uint32_t)below(LS_SOUGHT_LAYERS);
			uintptr_t size = one_in(5) ? 1 : 512 * (1 + below(8));
			if (layer == LS_SOUGHT_HANDLE) {
				seek(layer, 0x10000000 + 16 * below(1 << 14), 0);
				continue;
			}
			if (one_in(3))
				at[layer] += 512 * below(100);
			seek(layer, at[layer], size);
			at[layer] += size;
		}
		for (uint32_t i = job.sought_count; i-- > 1;) { /* in no order */
			uint32_t k = (uint32_t)below(i + 1);
			struct ls_sought x = sought[i];
			sought[i] = sought[k];
			sought[k] = x;
		}
		assert_true(ls_seek_build(&job));
		for (unsigned i = 0; i < 500; i++) {
			const struct ls_sought *s = &asked[below(job.sought_count)];
			uintptr_t word = s->start - 1 + below(s->end - s->start + 3);
			uintptr_t holder = one_in(2) ? s->start + below(8) : 0x5000;
			if (word - job.seek_low > job.seek_span)
				continue;
			ls_seek(&job, word, holder, false);
			for (uint32_t k = 0; k < job.result_count; k++) {
				assert_int_equal(result[k].found, slowly_found(k, word, holder));
				found += result[k].found;
				result[k].found = 0;
			}
		}
		ls_job_release(&job);
		munmap(arena, ARENA);
	}
	assert_true(found > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_random_graphs), cmocka_unit_test(held_from_no_address),
		cmocka_unit_test(tags_on_small_blocks),   cmocka_unit_test(rings_of_lost_blocks),
		cmocka_unit_test(no_room_for_the_graph),  cmocka_unit_test(who_holds_device_memory),
		cmocka_unit_test(what_holds_itself),      cmocka_unit_test(random_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
