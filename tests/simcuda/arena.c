/* SPDX-License-Identifier: MIT */
/*
 * Address ranges of the simulated devices and what is in them.  Each arena is a treap of
 * blocks, free and used, ordered by address, which knows the largest free length below
 * each node: the lowest place that fits is taken, so that what a program sees is the same
 * in each run.  Under the driver's lock.
 *
 * The memory of a device is one shared mapping, so that pages can be shown at a second
 * address (mremap of length zero), which is how mapped memory and IPC work.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim.h"

/* The arenas lie in a row.  The first piece of each is never given out. */
static const uint64_t skipped = 4 * SIM_MIB;
static const uint64_t host_length = (uint64_t)16 << 30, range_length = (uint64_t)64 << 30;
static const uint64_t low_address = 0x30000000, low_length = 64 * SIM_MIB;
enum { BLOCKS = 1 << 21 };

static struct sim_block *blocks;
static uint32_t blocks_used = 1, free_block;
static uint32_t roots[SIM_ARENAS];
static uint64_t starts[SIM_ARENAS], all, all_end; /* addresses */
static uint64_t device_length;                    /* of addresses, for each device */
static int files[SIM_MAX_DEVICES];

/* ---- the treap: positions are offsets in the arena ---- */
static uint64_t room(uint32_t n)
{
	return n ? blocks[n].room : 0;
}

static void reckon(uint32_t n)
{
	struct sim_block *b = &blocks[n];
	uint64_t most = b->used ? 0 : b->length;
	if (room(b->left) > most)
		most = room(b->left);
	if (room(b->right) > most)
		most = room(b->right);
	b->room = most;
}

/* A block has changed: the nodes above it are told. */
static void reckon_path(uint32_t n, uint64_t offset)
{
	if (!n)
		return;
	if (offset < blocks[n].offset)
		reckon_path(blocks[n].left, offset);
	else if (offset > blocks[n].offset)
		reckon_path(blocks[n].right, offset);
	reckon(n);
}

static void split(uint32_t n, uint64_t offset, uint32_t *below, uint32_t *above)
{
	if (!n) {
		*below = *above = 0;
	} else if (blocks[n].offset < offset) {
		split(blocks[n].right, offset, &blocks[n].right, above);
		*below = n;
		reckon(n);
	} else {
		split(blocks[n].left, offset, below, &blocks[n].left);
		*above = n;
		reckon(n);
	}
}

static uint32_t join(uint32_t below, uint32_t above)
{
	if (!below || !above)
		return below ? below : above;
	if (blocks[below].priority > blocks[above].priority) {
		blocks[below].right = join(blocks[below].right, above);
		reckon(below);
		return below;
	}
	blocks[above].left = join(below, blocks[above].left);
	reckon(above);
	return above;
}

static uint32_t node_new(unsigned arena, uint64_t offset, uint64_t length)
{
	static uint32_t random = 2463534242;
	uint32_t n = free_block;
	if (n)
		free_block = blocks[n].next;
	else if (blocks_used < BLOCKS)
		n = blocks_used++;
	else
		return 0;
	random ^= random << 13;
	random ^= random >> 17;
	random ^= random << 5;
	struct sim_block *b = &blocks[n];
	memset(b, 0, sizeof *b);
	b->priority = random;
	b->offset = offset;
	b->length = b->room = length;
	b->arena = (uint8_t)arena;
	uint32_t below, above;
	split(roots[arena], offset, &below, &above);
	roots[arena] = join(join(below, n), above);
	return n;
}

static void node_delete(uint32_t n)
{
	struct sim_block *b = &blocks[n];
	uint32_t below, self, above;
	split(roots[b->arena], b->offset, &below, &above);
	split(above, b->offset + 1, &self, &above);
	roots[b->arena] = join(below, above);
	if (b->previous)
		blocks[b->previous].next = b->next;
	if (b->next)
		blocks[b->next].previous = b->previous;
	b->used = false;
	b->kind = SIM_NONE;
	b->next = free_block;
	free_block = n;
}

static uint32_t floor_of(unsigned arena, uint64_t offset)
{
	uint32_t best = 0;
	for (uint32_t n = roots[arena]; n;) {
		if (blocks[n].offset <= offset) {
			best = n;
			n = blocks[n].right;
		} else {
			n = blocks[n].left;
		}
	}
	return best;
}

/* A new block after N with the rest of N from OFFSET on, which lies in it. */
static uint32_t cut(uint32_t n, uint64_t offset)
{
	uint64_t rest = blocks[n].offset + blocks[n].length - offset;
	uint32_t m = node_new(blocks[n].arena, offset, rest);
	if (!m)
		return 0;
	blocks[n].length -= rest;
	blocks[m].previous = n;
	blocks[m].next = blocks[n].next;
	blocks[n].next = m;
	if (blocks[m].next)
		blocks[blocks[m].next].previous = m;
	reckon_path(roots[blocks[n].arena], blocks[n].offset);
	return m;
}

static uint32_t use(uint32_t n, uint64_t offset, uint64_t length)
{
	if (offset > blocks[n].offset)
		n = cut(n, offset);
	if (n && blocks[n].length > length && !cut(n, offset + length))
		n = 0;
	if (!n)
		return 0;
	struct sim_block *b = &blocks[n];
	b->used = true;
	b->freeing = b->access = b->imported = false;
	b->ctx = b->owner = b->sibling = 0;
	b->flags = 0;
	b->stream = b->bytes = b->start = 0;
	b->refs = 1;
	b->device = -1;
	b->id = sim_id();
	reckon_path(roots[b->arena], b->offset);
	return n;
}

uint32_t sim_block_new(unsigned arena, uint64_t length, uint64_t align)
{
	uint64_t slack = align > SIM_GRANULE ? align : 0, need = length + slack;
	uint32_t n = roots[arena];
	if (!length || need < length || room(n) < need)
		return 0;
	for (;;) {
		if (room(blocks[n].left) >= need) {
			n = blocks[n].left;
		} else if (!blocks[n].used && blocks[n].length >= need) {
			uint64_t at = starts[arena] + blocks[n].offset;
			at = (at + (align - 1)) & ~(align - 1);
			return use(n, at - starts[arena], length);
		} else {
			n = blocks[n].right;
		}
	}
}

uint32_t sim_block_new_at(unsigned arena, uint64_t address, uint64_t length)
{
	uint64_t start = starts[arena], offset = address - start;
	uint32_t n = address >= start ? floor_of(arena, offset) : 0;
	if (!n || blocks[n].used || offset + length < offset ||
	    offset + length > blocks[n].offset + blocks[n].length)
		return 0;
	return use(n, offset, length);
}

void sim_block_delete(uint32_t n)
{
	struct sim_block *b = &blocks[n];
	uint32_t before = b->previous, after = b->next;
	b->used = false;
	b->kind = SIM_NONE;
	if (after && !blocks[after].used) {
		uint64_t length = blocks[after].length;
		node_delete(after);
		b->length += length;
	}
	if (before && !blocks[before].used) {
		uint64_t length = b->length;
		node_delete(n);
		blocks[before].length += length;
		b = &blocks[before];
	}
	reckon_path(roots[b->arena], b->offset);
}

struct sim_block *sim_block(uint32_t n)
{
	return n ? &blocks[n] : NULL;
}

uint32_t sim_block_index(const struct sim_block *b)
{
	return b ? (uint32_t)(b - blocks) : 0;
}

uint64_t sim_block_address(const struct sim_block *b)
{
	return starts[b->arena] + b->offset;
}

struct sim_block *sim_block_in(unsigned arena, uint64_t address)
{
	uint64_t start = starts[arena];
	uint32_t n = address >= start ? floor_of(arena, address - start) : 0;
	return n && blocks[n].used && address - start < blocks[n].offset + blocks[n].length
		       ? &blocks[n]
		       : NULL;
}

struct sim_block *sim_block_at(uint64_t address)
{
	if (!sim_ours(address))
		return NULL;
	if (address < all || address >= all_end)
		return sim_block_in(SIM_ARENA_LOW, address);
	struct sim_block *mapping = NULL;
	unsigned arena = SIM_ARENA_RANGES;
	if (address >= starts[SIM_ARENA_RANGES])
		mapping = sim_block_in(SIM_ARENA_MAPS, address);
	else if (address >= starts[SIM_ARENA_HOST])
		arena = SIM_ARENA_HOST;
	else
		arena = (unsigned)((address - all) / device_length);
	return mapping ? mapping : sim_block_in(arena, address);
}

uint32_t sim_block_next(unsigned arena, uint32_t n)
{
	if (n) {
		n = blocks[n].next;
	} else {
		for (n = roots[arena]; n && blocks[n].left;)
			n = blocks[n].left;
	}
	while (n && !blocks[n].used)
		n = blocks[n].next;
	return n;
}

/* ---- pages ---- */
static bool fixed(uint64_t at, uint64_t length, int protection, int flags, int fd, uint64_t start)
{
	return syscall(SYS_mmap, at, length, protection, flags | MAP_FIXED, fd, start) == (long)at;
}

/* A descriptor that a program does not stumble over, since it closes low ones. */
static int high_file(int fd)
{
	struct rlimit limit;
	if (fd < 0 || getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < 64)
		return fd;
	int most = limit.rlim_cur > 65536 ? 65536 : (int)limit.rlim_cur;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, most - SIM_MAX_DEVICES - 8);
	if (high < 0)
		return fd;
	close(fd);
	return high;
}

bool sim_arena_start(unsigned devices, uint64_t device_bytes)
{
	/* Room for fragmentation: what a device has is counted, not laid out. */
	device_length = (2 * device_bytes + skipped + SIM_MIB) & ~(2 * SIM_MIB - 1);
	uint64_t length = devices * device_length + host_length + range_length;
	blocks = sim_map(BLOCKS * sizeof *blocks);
	long at = syscall(SYS_mmap, NULL, length + 2 * SIM_MIB, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!blocks || at == -1)
		return false;
	all = ((uint64_t)at + 2 * SIM_MIB - 1) & ~(2 * SIM_MIB - 1);
	all_end = all + length;
	const int both = PROT_READ | PROT_WRITE;
	for (unsigned i = 0; i < devices; i++) {
		starts[i] = all + i * device_length;
		files[i] = high_file((int)syscall(SYS_memfd_create, "simcuda-device", 1u));
		if (files[i] < 0 || ftruncate(files[i], (off_t)device_length) ||
		    !fixed(starts[i], device_length, both, MAP_SHARED | MAP_NORESERVE, files[i],
			   0) ||
		    !node_new(i, skipped, device_length - skipped))
			return false;
	}
	starts[SIM_ARENA_HOST] = all + devices * device_length;
	starts[SIM_ARENA_RANGES] = starts[SIM_ARENA_MAPS] = starts[SIM_ARENA_HOST] + host_length;
	starts[SIM_ARENA_LOW] = low_address;
	return fixed(starts[SIM_ARENA_HOST], host_length, both,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) &&
	       node_new(SIM_ARENA_HOST, skipped, host_length - skipped) &&
	       node_new(SIM_ARENA_RANGES, skipped, range_length - skipped) &&
	       node_new(SIM_ARENA_MAPS, skipped, range_length - skipped) &&
	       (!fixed(low_address, low_length, both,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) ||
		node_new(SIM_ARENA_LOW, 0, low_length));
}

bool sim_pages_alias(uint64_t from, uint64_t to, uint64_t length, bool usable)
{
	return syscall(SYS_mremap, from, 0, length, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
		       (long)to &&
	       sim_pages_access(to, length, usable);
}

void sim_pages_hide(uint64_t at, uint64_t length)
{
	fixed(at, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void sim_pages_plain(uint64_t at, uint64_t length)
{
	fixed(at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
	      0);
}

bool sim_pages_access(uint64_t at, uint64_t length, bool usable)
{
	return syscall(SYS_mprotect, at, length, usable ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;
}

void sim_pages_forget(uint64_t at, uint64_t length)
{
	uint64_t first = (at + 4095) & ~(uint64_t)4095, end = (at + length) & ~(uint64_t)4095;
	if (first < end)
		syscall(SYS_madvise, first, end - first, MADV_REMOVE);
}

bool sim_ours(uint64_t address)
{
	return (address >= all && address < all_end) ||
	       (roots[SIM_ARENA_LOW] && address >= low_address &&
		address < low_address + low_length);
}

bool sim_pages_shared(int pid, int fd, uint64_t start, uint64_t to, uint64_t length)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
	int file = open(path, O_RDWR | O_CLOEXEC);
	bool done = file >= 0 && fixed(to, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, start);
	if (file >= 0)
		close(file);
	return done;
}

int sim_device_file(int device)
{
	return files[device];
}
