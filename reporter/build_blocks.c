/* SPDX-License-Identifier: MIT */
/*
 * The live table as one list: every live block once, found by its address.  The table
 * over it is open-addressed and sized by what the file really holds.
 */
#include <math.h>
#include <stdlib.h>

#include "build_internal.h"

size_t lr_table_size(size_t count)
{
	size_t size = 16;

	while (size < 2 * count)
		size *= 2;
	return size;
}

static bool read_block(const struct ls_live *slot, struct lr_block *block)
{
	struct ls_live copy = *slot;

	*block = (struct lr_block){
		.address = copy.word & LS_LIVE_ADDRESS,
		.size = ls_live_size(&copy),
		.birth = ls_live_birth(&copy),
		.huge = (copy.word & LS_LIVE_HUGE) != 0,
		.context = copy.context,
	};
	return block->address != 0;
}

/* Add BLOCK unless its address is there already. */
static void add_block(struct lr_blocks *blocks, const struct lr_block *block)
{
	size_t at = lr_hash64(block->address) & (blocks->table_size - 1);

	for (; blocks->table[at]; at = (at + 1) & (blocks->table_size - 1)) {
		if (blocks->list[blocks->table[at] - 1].address == block->address)
			return;
	}
	blocks->list[blocks->count++] = *block;
	blocks->table[at] = (uint32_t)blocks->count;
}

/*
 * Blocks come first and those inside a realloc after them, so that the latter count
 * only where the same address has no block.
 */
int lr_blocks_read(const struct lr_builder *b, struct lr_blocks *blocks, struct lr_error *err)
{
	const struct lr_recording *r = b->recording;
	const struct ls_live *slots;
	size_t index, count, i, used = 0;
	struct lr_block block;
	unsigned pass, wanted;

	for (index = 0; lr_recording_live(r, index, &slots, &count); index++) {
		for (i = 0; i < count; i++)
			used += (slots[i].word & LS_LIVE_STATE) != LS_LIVE_FREE;
	}
	if (used >= UINT32_MAX)
		return lr_fail(err,
			       "%s: more than four thousand million live blocks; "
			       "record with --sample",
			       b->model->recording);
	blocks->table_size = lr_table_size(used);
	blocks->table = lr_alloc(blocks->table_size, sizeof *blocks->table);
	blocks->list = lr_alloc(used, sizeof *blocks->list);
	for (pass = 0; pass < 2; pass++) {
		wanted = pass == 0 ? LS_LIVE_BLOCK : LS_LIVE_MOVING;
		for (index = 0; lr_recording_live(r, index, &slots, &count); index++) {
			for (i = 0; i < count; i++) {
				unsigned state = slots[i].word & LS_LIVE_STATE;

				if (state == wanted && read_block(&slots[i], &block))
					add_block(blocks, &block);
				else if (pass == 0 && state == LS_LIVE_WRITING)
					blocks->uncertain++;
			}
		}
	}
	return 0;
}

const struct lr_block *lr_blocks_find(const struct lr_blocks *blocks, uint64_t address)
{
	size_t at = lr_hash64(address) & (blocks->table_size - 1);

	for (; blocks->table[at]; at = (at + 1) & (blocks->table_size - 1)) {
		if (blocks->list[blocks->table[at] - 1].address == address)
			return &blocks->list[blocks->table[at] - 1];
	}
	return NULL;
}

void lr_blocks_free(struct lr_blocks *blocks)
{
	free(blocks->list);
	free(blocks->table);
}

/* 1 / (1 - exp(-size / mean distance of samples)) */
double lr_block_weight(const struct lr_builder *b, const struct lr_block *block)
{
	uint64_t sample = b->header->sample_bytes;
	double taken;

	if (!sample || !block->size)
		return 1;
	taken = -expm1(-(double)block->size / (double)sample);
	return taken > 0 ? 1 / taken : 1;
}
