/* SPDX-License-Identifier: MIT */
/*
 * Parts of the scan by themselves, each against what a simple and slow version of
 * it says: the index from addresses to blocks, the dominators of a graph, which
 * pages have been written to, the list of mappings.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "random.h"
#include "scan_internal.h"

#define PAGE ((uintptr_t)4096)
#define LEAF ((uintptr_t)4 << 20) /* what one table of the index covers */
#define GIB ((uintptr_t)1 << 30)
#define TOP ((uintptr_t)1 << 48)

static struct ls_job job;

static void start_job(void)
{
	memset(&job, 0, sizeof job);
}

/* ---- the index ---- */

#define MOST_BLOCKS 400u
static struct ls_scan_block sorted[MOST_BLOCKS], given[MOST_BLOCKS];

static uintptr_t bytes_of(const struct ls_scan_block *b)
{
	return b->size & ~LS_BLOCK_IGNORED;
}

/* A block of no size takes up one byte. */
static uintptr_t end_of(const struct ls_scan_block *b)
{
	return b->start + (bytes_of(b) ? bytes_of(b) : 1);
}

static uint32_t find_slowly(uint32_t count, uintptr_t address)
{
	for (uint32_t i = 0; i < count; i++) {
		if (address < sorted[i].start || address > end_of(&sorted[i]))
			continue;
		/* an end belongs to the block that begins there */
		return i + 1 < count && sorted[i + 1].start == address ? i + 1 : i;
	}
	return LS_NO_EDGE;
}

static uint32_t from_slowly(uint32_t count, uintptr_t address)
{
	uint32_t i = 0;
	while (i < count && end_of(&sorted[i]) <= address)
		i++;
	return i;
}

static uintptr_t up(uintptr_t address, uintptr_t to)
{
	return (address + to - 1) & ~(to - 1);
}

static uintptr_t some_gap(uintptr_t at)
{
	switch (below(10)) {
	case 0:
	case 1:
	case 2: return 0;
	case 3:
	case 4: return 8 * below(10);
	case 5: return up(at, PAGE) - at;
	case 6: return up(at, LEAF) - at;
	case 7: return 8 * below(PAGE);
	case 8: return 8 * below(LEAF);
	default: return one_in(4) ? 8 * below(GIB << 10) : 8 * below(GIB);
	}
}

static uintptr_t some_size(uintptr_t at)
{
	uintptr_t odd = below(3) * 8 - 8;
	switch (below(10)) {
	case 0: return 0;
	case 1:
	case 2:
	case 3: return below(100);
	case 4: return up(at + 1, PAGE) - at + (one_in(2) ? 0 : odd);
	case 5: return up(at + 1, LEAF) - at + (one_in(2) ? 0 : odd);
	case 6: return below(LEAF);
	case 7: return PAGE * below(2 * LEAF / PAGE);
	default: return one_in(8) ? below(40 * GIB) : below(64 * PAGE);
	}
}

/* Blocks apart from each other, in order, below 2 to the 48th. */
static uint32_t make_blocks(uint32_t wanted)
{
	static const uintptr_t bases[] = {
		0x400000,       0x7ffff8,        0x555555554000, 0x7fffffffe000 - 80 * GIB,
		0x7f0000000000, TOP - 200 * GIB, 0xaaaaaaaa0000, 0x2aaaaaaa0000};
	uintptr_t at = bases[below(sizeof bases / sizeof *bases)] + 8 * below(2 * PAGE);
	uint32_t n = 0;
	while (n < wanted) {
		at = up(at + some_gap(at), 8);
		uintptr_t size = some_size(at);
		if ((intptr_t)size < 0)
			size = 0;
		if (at >= TOP || size > TOP - 1 - at)
			break;
		sorted[n].start = at;
		sorted[n].size = size | (one_in(8) ? LS_BLOCK_IGNORED : 0);
		at = end_of(&sorted[n++]);
	}
	return n;
}

static void ask(uint32_t count, uintptr_t address)
{
	uint32_t want = find_slowly(count, address), got = ls_index_find(&job, address);
	if (got != want)
		print_error("of %u blocks, %#lx is in %d, not %d\n", count, (unsigned long)address,
			    (int)want, (int)got);
	assert_int_equal(got, want);
	assert_int_equal(ls_index_from(&job, address), from_slowly(count, address));
	/* the range that is looked at before the index is */
	if (want != LS_NO_EDGE)
		assert_true(address - job.low <= job.span);
}

static void ask_around(uint32_t count, uintptr_t address)
{
	for (uintptr_t k = 0; k < 3; k++) {
		ask(count, address - 1 + k);
		ask(count, (address & ~(PAGE - 1)) - 1 + k);
		ask(count, (address & ~(LEAF - 1)) - 1 + k);
		ask(count, up(address, LEAF) - 1 + k);
	}
}

static void check_index(uint32_t count)
{
	start_job();
	for (uint32_t i = 0; i < count; i++) { /* shuffled */
		uint32_t k = (uint32_t)below(i + 1);
		given[i] = given[k];
		given[k] = sorted[i];
	}
	job.block = given;
	job.count = count;
	assert_true(ls_index_build(&job));
	assert_memory_equal(given, sorted, count * sizeof *given);
	for (uint32_t i = 0; i < count; i++) {
		ask_around(count, sorted[i].start);
		ask_around(count, end_of(&sorted[i]));
		ask(count, sorted[i].start + bytes_of(&sorted[i]) / 2);
		ask(count, sorted[i].start + below(bytes_of(&sorted[i]) + 1));
		ask(count, below(TOP));
	}
	ask(count, 0);
	ask(count, TOP - 1);
	ask(count, TOP);
	ask(count, UINTPTR_MAX);
	ls_job_release(&job);
}

static void index_of_random_blocks(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 4000; round++)
		check_index(make_blocks((uint32_t)below(round % 64 ? 24 : MOST_BLOCKS)));
}

static void index_of_few_blocks(void **state)
{
	static const uintptr_t sizes[] = {0,        1,    8,        PAGE - 8, PAGE,        PAGE + 8,
					  LEAF - 8, LEAF, LEAF + 8, 3 * LEAF, 33 * GIB + 8};
	(void)state;
	check_index(0);
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (uintptr_t at = LEAF - 16; at <= LEAF + 16; at += 8) {
			sorted[0].start = at;
			sorted[0].size = sizes[i];
			check_index(1);
			sorted[1].start = end_of(&sorted[0]) + (8 - end_of(&sorted[0]) % 8) % 8;
			sorted[1].size = sizes[i];
			check_index(2);
		}
}

/* Addresses of the two halves of 48 bits: an Arm system gives out both. */
static void index_of_both_halves(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		sorted[i].start = (i < 50 ? 0x2aaa00000000 : 0xaaaa00000000) + i % 50 * 4096;
		sorted[i].size = 100 + i;
	}
	check_index(100);
}

/* ---- dominators ---- */

#define NODES 200u
#define EDGES (NODES * 8)
static struct {
	uint32_t nodes, edges;
	uint32_t from[EDGES], to[EDGES];
	bool rooted[NODES], definite[NODES];
} graph;

static void node_and_edges(uint32_t *edge, uint32_t *first, uint32_t *count)
{
	*count = 1;
	for (uint32_t v = 0; v < graph.nodes; v++) {
		for (uint32_t e = 0; e < graph.edges; e++)
			if (graph.from[e] == v) {
				if (!first[v])
					first[v] = *count;
				edge[(*count)++] = graph.to[e];
			}
		if (first[v])
			edge[(*count)++] = LS_NO_EDGE;
	}
}

/* What the roots lead to when node WITHOUT is taken away. */
static void reach(uint32_t without, bool *reached)
{
	bool more = true;
	for (uint32_t v = 0; v < graph.nodes; v++)
		reached[v] = v != without && (graph.rooted[v] || graph.definite[v]);
	while (more) {
		more = false;
		for (uint32_t e = 0; e < graph.edges; e++)
			if (reached[graph.from[e]] && !reached[graph.to[e]] &&
			    graph.to[e] != without)
				reached[graph.to[e]] = more = true;
	}
}

static void check_dominators(void)
{
	static bool all[NODES], without[NODES][NODES];
	static struct ls_verdict verdict[NODES];
	static uint32_t edge[EDGES + NODES + 1], first[NODES], queue[NODES + 1];
	static uint8_t flags[NODES + 1];
	uint32_t dominators[NODES] = {0};
	start_job();
	memset(verdict, 0, sizeof verdict);
	memset(first, 0, sizeof first);
	for (uint32_t v = 0; v < graph.nodes; v++) {
		verdict[v].kind = graph.definite[v] ? LS_KIND_DEFINITE : LS_KIND_REACHABLE;
		flags[v] = graph.rooted[v] ? LS_BLOCK_ROOTED : 0;
	}
	job.count = graph.nodes;
	job.verdict = verdict;
	job.flags = flags;
	job.queue = queue;
	job.edge = edge;
	job.edge_first = first;
	node_and_edges(edge, first, &job.edge_count);
	job.edge_room = sizeof edge / sizeof *edge;
	assert_true(ls_dominators(&job));

	reach(LS_NO_EDGE, all);
	for (uint32_t d = 0; d < graph.nodes; d++) {
		reach(d, without[d]);
		for (uint32_t v = 0; v < graph.nodes; v++)
			dominators[v] += d != v && all[v] && !without[d][v];
	}
	for (uint32_t v = 0; v < graph.nodes; v++) {
		/* those of a node lie on one path: the nearest has the most of its own */
		uint32_t nearest = 0;
		for (uint32_t d = 0; d < graph.nodes; d++)
			if (d != v && all[v] && !without[d][v] && all[d] &&
			    (!nearest || dominators[d] > dominators[nearest - 1]))
				nearest = d + 1;
		assert_int_equal(verdict[v].dominator, nearest);
	}
	ls_job_release(&job);
}

static void dominators_of_random_graphs(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 1200; round++) {
		graph.nodes = 1 + (uint32_t)below(round % 32 ? 24 : NODES);
		graph.edges = (uint32_t)below(graph.nodes * (1 + below(7)) + 1);
		bool near = one_in(3); /* long paths instead of a tangle */
		for (uint32_t e = 0; e < graph.edges; e++) {
			graph.from[e] = (uint32_t)below(graph.nodes);
			graph.to[e] = near ? (graph.from[e] + (uint32_t)below(4)) % graph.nodes
					   : (uint32_t)below(graph.nodes);
		}
		uint64_t rarity = 1 + below(graph.nodes + 4);
		for (uint32_t v = 0; v < graph.nodes; v++) {
			graph.rooted[v] = one_in(rarity);
			graph.definite[v] = one_in(2 * rarity);
		}
		check_dominators();
	}
}

#define CHAIN 100000u

/* A chain whose end leads back to every node, and one whose start leads to every node. */
static void *chains(void *arg)
{
	struct ls_job *j = arg;
	uint32_t right = 0;
	uint32_t at = 1;
	for (uint32_t i = 0; i < CHAIN; i++) {
		j->edge_first[i] = at;
		if (i + 1 < CHAIN)
			j->edge[at++] = i + 1;
		for (uint32_t k = 0; i + 1 == CHAIN && k < CHAIN; k++)
			j->edge[at++] = k;
		j->edge[at++] = LS_NO_EDGE;
	}
	j->edge_count = at;
	if (!ls_dominators(j))
		return NULL;
	for (uint32_t i = 0; i < CHAIN; i++)
		right += j->verdict[i].dominator == i;
	if (right != CHAIN)
		return NULL;

	for (uint32_t i = at = 1; i <= CHAIN; i++) {
		j->edge_first[i - 1] = at;
		if (i < CHAIN)
			j->edge[at++] = i;
		for (uint32_t k = 2; i == 1 && k < CHAIN; k++)
			j->edge[at++] = k;
		j->edge[at++] = LS_NO_EDGE;
	}
	j->edge_count = at;
	if (!ls_dominators(j))
		return NULL;
	for (uint32_t i = 0; i < CHAIN; i++)
		right += j->verdict[i].dominator == (i > 0);
	return right == 2 * CHAIN ? j : NULL;
}

/* On a stack that a call per node would not fit on. */
static void dominators_of_long_chains(void **state)
{
	pthread_attr_t small;
	pthread_t thread;
	void *result;
	(void)state;
	start_job();
	job.count = CHAIN;
	job.verdict = ls_job_alloc(&job, CHAIN * sizeof *job.verdict);
	job.flags = ls_job_alloc(&job, CHAIN + 1);
	job.queue = ls_job_alloc(&job, (CHAIN + 1) * sizeof *job.queue);
	job.edge = ls_job_alloc(&job, 4 * CHAIN * sizeof *job.edge);
	job.edge_first = ls_job_alloc(&job, CHAIN * sizeof *job.edge_first);
	assert_true(job.verdict && job.flags && job.queue && job.edge && job.edge_first);
	job.edge_room = 4 * CHAIN;
	job.flags[0] = LS_BLOCK_ROOTED;
	pthread_attr_init(&small);
	assert_int_equal(pthread_attr_setstacksize(&small, 256 << 10), 0);
	assert_int_equal(pthread_create(&thread, &small, chains, &job), 0);
	pthread_join(thread, &result);
	pthread_attr_destroy(&small);
	assert_ptr_equal(result, &job);
	ls_job_release(&job);
}

/* ---- pages ---- */

#define PAGES 1500u
static bool written[PAGES], seen[PAGES];
static char *pages; /* the mapping */
static uintptr_t bounds[2];

static void note_pages(void *arg, uintptr_t start, uintptr_t end)
{
	assert_ptr_equal(arg, written);
	assert_true(start < end && start >= bounds[0] && end <= bounds[1]);
	assert_true(start == bounds[0] || start % PAGE == 0);
	assert_true(end == bounds[1] || end % PAGE == 0);
	for (uintptr_t at = start & ~(PAGE - 1); at < end; at += PAGE) {
		size_t i = (at - (uintptr_t)pages) / PAGE;
		assert_false(seen[i]); /* once only */
		seen[i] = true;
	}
}

/* All that was written to within FROM … TO, bytes of the mapping, and nothing else. */
static void check_pages(uintptr_t from, uintptr_t to)
{
	start_job();
	assert_true(ls_space_read(&job));
	const struct ls_region *r = ls_space_find(&job, (uintptr_t)pages);
	assert_non_null(r);
	memset(seen, 0, sizeof seen);
	bounds[0] = (uintptr_t)pages + from;
	bounds[1] = (uintptr_t)pages + to;
	ls_pages_each(r, bounds[0], bounds[1], note_pages, written);
	for (uintptr_t i = 0; i < PAGES; i++)
		if ((i + 1) * PAGE > from && i * PAGE < to)
			assert_int_equal(seen[i], written[i]);
		else
			assert_false(seen[i]);
	ls_job_release(&job);
}

static void write_and_check(void)
{
	memset(written, 0, sizeof written);
	check_pages(0, PAGES * PAGE);
	for (unsigned round = 0; round < 8; round++) {
		/* single pages, stretches, and the ones where one request for them ends */
		size_t i = below(PAGES), n = 1 + below(one_in(2) ? 1 : 40);
		for (; n && i < PAGES; n--, i++) {
			written[i] = true;
			pages[i * PAGE + below(PAGE)] = 1;
		}
		if (round == 3)
			for (i = 511; i < 513; i++)
				pages[i * PAGE] = written[i] = true;
		if (round == 5)
			pages[0] = pages[PAGES * PAGE - 1] = written[0] = written[PAGES - 1] = true;
		check_pages(0, PAGES * PAGE);
		uintptr_t from = 8 * below(PAGES * PAGE / 16);
		check_pages(from, from + 17 * PAGE + 8 * below(PAGES * PAGE / 32));
	}
}

static char *map(int flags, int fd)
{
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE); /* a large page would be written as a whole */
	return p;
}

static void pages_of_private_memory(void **state)
{
	(void)state;
	pages = map(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	write_and_check();
	munmap(pages, PAGES * PAGE);
}

/* A file of PAGES pages, all of them full. */
static int make_file(void)
{
	char name[] = "/tmp/leakscope-scan-XXXXXX", page[4096];
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	unlink(name);
	memset(page, 7, sizeof page);
	for (unsigned i = 0; i < PAGES; i++)
		assert_int_equal(write(fd, page, sizeof page), sizeof page);
	return fd;
}

static void pages_of_a_private_file(void **state)
{
	int fd = make_file(), sum = 0;
	(void)state;
	pages = map(MAP_PRIVATE, fd);
	/* being read does not make a page the program's */
	for (size_t i = 0; i < PAGES / 2; i++)
		sum += *(volatile char *)&pages[i * PAGE];
	assert_int_equal(sum, 7 * (PAGES / 2));
	write_and_check();
	munmap(pages, PAGES * PAGE);
	close(fd);
}

static void pages_of_shared_memory(void **state)
{
	int fd = memfd_create("scan test", MFD_CLOEXEC);
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, PAGES * PAGE), 0);
	pages = map(MAP_SHARED, fd);
	write_and_check();
	munmap(pages, PAGES * PAGE);
	close(fd);
}

/* What cannot be asked is looked at, but not what a file has no longer. */
static void pages_without_an_answer(void **state)
{
	struct rlimit before, none;
	struct ls_region r[2];
	int fd = make_file();
	(void)state;
	char *file = map(MAP_PRIVATE, fd), *plain = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	assert_int_equal(ftruncate(fd, 100 * PAGE), 0);
	start_job();
	assert_true(ls_space_read(&job));
	r[0] = *ls_space_find(&job, (uintptr_t)file);
	r[1] = *ls_space_find(&job, (uintptr_t)plain);
	ls_job_release(&job);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0; /* /proc cannot be opened */
	setrlimit(RLIMIT_NOFILE, &none);
	for (unsigned k = 0; k < 2; k++) {
		pages = k ? plain : file;
		memset(seen, 0, sizeof seen);
		bounds[0] = (uintptr_t)pages + 8;
		bounds[1] = (uintptr_t)pages + PAGES * PAGE - 8;
		ls_pages_each(&r[k], bounds[0], bounds[1], note_pages, written);
		setrlimit(RLIMIT_NOFILE, &before);
		for (unsigned i = 0; i < PAGES; i++)
			assert_int_equal(seen[i], k || i < 100);
		setrlimit(RLIMIT_NOFILE, &none);
	}
	setrlimit(RLIMIT_NOFILE, &before);
	munmap(file, PAGES * PAGE);
	munmap(plain, PAGES * PAGE);
	close(fd);
}

/* ---- mappings ---- */

static const struct ls_region *region_at(const void *p)
{
	for (unsigned i = 0; i < job.region_count; i++)
		if (job.region[i].start == (uintptr_t)p)
			return &job.region[i];
	return NULL;
}

static void all_mappings_are_found(void **state)
{
	char longer[] = "/tmp/leakscope-scan a long name with spaces, as long as can be-XXXXXX";
	int named = mkstemp(longer), memory = memfd_create("in memory", MFD_CLOEXEC);
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	const struct {
		int protection, flags, fd;
		uint32_t want;
		const char *name; /* the end of it */
	} maps[] = {
		{PROT_READ, anonymous, -1, LS_R, ""},
		{PROT_READ | PROT_WRITE, anonymous, -1, LS_R | LS_W, ""},
		{PROT_NONE, anonymous, -1, 0, ""},
		{PROT_READ | PROT_EXEC, anonymous, -1, LS_R | LS_X, ""},
		{PROT_READ, MAP_PRIVATE, named, LS_R | LS_FILE, longer},
		{PROT_READ | PROT_WRITE, MAP_SHARED, named, LS_R | LS_W | LS_SHARED | LS_FILE,
		 longer},
		{PROT_READ | PROT_WRITE, MAP_SHARED, memory, LS_R | LS_W | LS_SHARED | LS_FILE,
		 "/memfd:in memory (deleted)"},
	};
	enum { COUNT = sizeof maps / sizeof *maps };
	char *p[COUNT];
	(void)state;
	assert_true(named >= 0 && memory >= 0);
	assert_int_equal(ftruncate(named, 4 * PAGE), 0);
	assert_int_equal(ftruncate(memory, 4 * PAGE), 0);
	/* apart, so that none is merged with its neighbour */
	char *space = mmap(NULL, 64 * PAGE, PROT_NONE, anonymous, -1, 0);
	assert_ptr_not_equal(space, MAP_FAILED);
	for (unsigned i = 0; i < COUNT; i++) {
		p[i] = space + i * 8 * PAGE;
		munmap(p[i], 8 * PAGE);
		assert_ptr_equal(mmap(p[i] + PAGE, 4 * PAGE, maps[i].protection,
				      maps[i].flags | MAP_FIXED_NOREPLACE, maps[i].fd, 0),
				 p[i] + PAGE);
	}
	start_job();
	assert_true(ls_space_read(&job));
	for (unsigned i = 0; i < COUNT; i++) {
		const struct ls_region *r = region_at(p[i] + PAGE);
		assert_non_null(r);
		assert_int_equal(r->end - r->start, 4 * PAGE);
		assert_int_equal(r->flags, maps[i].want);
		size_t all = strlen(maps[i].name), room = sizeof r->name - 1;
		assert_string_equal(r->name, maps[i].name + (all > room ? all - room : 0));
		assert_null(ls_space_find(&job, (uintptr_t)p[i]));
		for (uintptr_t at = 1; at < 5; at++)
			assert_ptr_equal(ls_space_find(&job, (uintptr_t)p[i] + at * PAGE),
					 maps[i].want & LS_R ? r : NULL);
		assert_null(ls_space_find(&job, (uintptr_t)p[i] + 5 * PAGE));
	}
	ls_job_release(&job);
	for (unsigned i = 0; i < COUNT; i++)
		munmap(p[i], 8 * PAGE);
	munmap(space, 64 * PAGE);
	unlink(longer);
	close(named);
	close(memory);
}

/* The same list as sscanf reads it. */
static void the_list_is_that_of_the_kernel(void **state)
{
	static char text[1 << 20];
	unsigned lines = 0;
	long n, have = 0;
	(void)state;
	start_job();
	assert_true(ls_space_read(&job));
	/* nothing is mapped from here on until the text is read */
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	while ((n = read(fd, text + have, sizeof text - 1 - (size_t)have)) > 0)
		have += n;
	close(fd);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		unsigned long from, to, inode;
		char flags[5];
		*end = 0;
		assert_int_equal(sscanf(line, "%lx-%lx %4s %*s %*s %lu", &from, &to, flags, &inode),
				 4);
		const struct ls_region *r = &job.region[lines++];
		assert_true(lines <= job.region_count);
		assert_int_equal(r->start, from);
		assert_int_equal(r->end, to);
		assert_int_equal(r->flags,
				 (flags[0] == 'r' ? LS_R : 0) | (flags[1] == 'w' ? LS_W : 0) |
					 (flags[2] == 'x' ? LS_X : 0) |
					 (flags[3] == 's' ? LS_SHARED : 0) | (inode ? LS_FILE : 0));
	}
	assert_int_equal(lines, job.region_count);
	assert_true(lines > 10);
	ls_job_release(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_of_random_blocks),
		cmocka_unit_test(index_of_few_blocks),
		cmocka_unit_test(index_of_both_halves),
		cmocka_unit_test(dominators_of_random_graphs),
		cmocka_unit_test(dominators_of_long_chains),
		cmocka_unit_test(pages_of_private_memory),
		cmocka_unit_test(pages_of_a_private_file),
		cmocka_unit_test(pages_of_shared_memory),
		cmocka_unit_test(pages_without_an_answer),
		cmocka_unit_test(all_mappings_are_found),
		cmocka_unit_test(the_list_is_that_of_the_kernel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
