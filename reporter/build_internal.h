/* SPDX-License-Identifier: MIT */
/* What the parts of the model builder share: build*.c. */
#ifndef LR_BUILD_INTERNAL_H
#define LR_BUILD_INTERNAL_H

#include "arena.h"
#include "build.h"

struct lr_modules; /* build_frames.c */

struct lr_builder {
	const struct lr_recording *recording;
	const struct ls_header *header;
	const struct lr_build_options *options;
	struct lr_arena *arena;
	struct lr_model *model;
	struct lr_modules *modules;
	struct lr_scans *scans;
	uint32_t *scope_of; /* position in LS_SEC_PATHS -> 1 + index in model->scopes, 0 = none */
	size_t note_room;
};

void lr_build_note(struct lr_builder *b, enum ls_note_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- build_blocks.c: the live table --- */

struct lr_block {
	uint64_t address, size;
	uint32_t context, birth;
	uint32_t group;   /* 1 + index of its leak, 0 = in none */
	uint32_t verdict; /* 1 + index in its set, 0 = none */
	uint16_t set;     /* index in lr_scans.sets */
	bool huge;
};

struct lr_blocks {
	struct lr_block *list;
	size_t count;
	uint32_t *table; /* by address; index + 1 */
	size_t table_size;
	uint64_t uncertain; /* just being recorded */
};

/* 0, or -1 with ERR.  BLOCKS is empty before. */
int lr_blocks_read(const struct lr_builder *b, struct lr_blocks *blocks, struct lr_error *err);
const struct lr_block *lr_blocks_find(const struct lr_blocks *blocks, uint64_t address);
void lr_blocks_free(struct lr_blocks *blocks);
/* How many blocks BLOCK stands for in a sampled recording. */
double lr_block_weight(const struct lr_builder *b, const struct lr_block *block);
/* A power of two with room for COUNT entries of an open-addressed table. */
size_t lr_table_size(size_t count);

/* --- build_scans.c: what reachability scans say --- */

/* The verdicts and roots of one scan, as far as the file has them. */
struct lr_scan_set {
	const struct ls_scan *scan;
	const struct ls_verdict *verdicts; /* meant to be in the order of addresses */
	uint32_t count;
	const struct ls_root *roots;
	uint32_t root_count;
	uint64_t *index;      /* every so many verdicts' addresses */
	uint32_t epoch_reach; /* the highest epoch of this set and those before it */
};

struct lr_scans {
	struct lr_scan_set *sets; /* those at the end of the process by number, then the latest */
	size_t count;
	size_t exits;                  /* sets made at the end of the process */
	bool final;                    /* recording ended with the last of them, which is whole */
	const struct ls_scan *last;    /* the latest of all that are DONE, NULL = none */
	const struct ls_scan *attempt; /* the latest of all, whatever came of it */
	uint64_t classified, by_snapshot;
	uint64_t unclassified, younger, under_way;
};

struct lr_scans *lr_scans_new(struct lr_builder *b);
void lr_scans_free(struct lr_scans *scans);
/* The kind of a block of host memory; notes its verdict in it. */
enum ls_kind lr_scans_kind(struct lr_scans *scans, struct lr_block *block);
/* 1 + index in SET of the last verdict at or below ADDRESS, 0 = none. */
uint32_t lr_scan_set_below(const struct lr_scan_set *set, uint64_t address);
/* Say what the kinds rest on, and why there are none where there are none. */
void lr_scans_notes(struct lr_builder *b);

/* --- build_frames.c --- */

/* The frames of one stack; shared by all leaks with that stack. */
struct lr_trace {
	struct lr_frame *frames;
	size_t count;
	bool cut;
};

/* Modules of the recording, ready for look-ups. */
struct lr_modules *lr_modules_new(struct lr_builder *b);
void lr_modules_free(struct lr_modules *modules);
/* The frames of STACK_ID, resolved; no frames if the recording has no such stack. */
struct lr_trace lr_trace_of(struct lr_builder *b, uint32_t stack_id);

/* The module that is at ADDRESS at the end: false = none. */
struct lr_module_place {
	uint32_t index;
	const char *path, *build_id;
	uint64_t bias;
};
bool lr_module_at(const struct lr_builder *b, uint64_t address, struct lr_module_place *place);

/* --- build_retained.c, build_holders.c: after model->leaks and model->sites are there --- */

/* What blocks keep alive.  SITE_OF: leak -> index in model->sites. */
void lr_build_retained(struct lr_builder *b, const struct lr_blocks *blocks,
		       const uint32_t *site_of);
/* Where the pointers to blocks were found, for the leaks that are to show it. */
void lr_build_referrers(struct lr_builder *b, const struct lr_blocks *blocks);

/* --- build.c --- */

/* Index in model->scopes of path id; 0 (the root) for one that is unknown. */
size_t lr_scope_index(const struct lr_builder *b, uint32_t path_id);
/* "3 worker" */
const char *lr_thread_label(struct lr_builder *b, uint32_t id);

/* --- build_leaks.c --- */

/* Group the live table into model->leaks; fills live figures of totals and scopes. */
int lr_build_leaks(struct lr_builder *b, struct lr_error *err);

static inline double lr_tick_s(uint32_t tick)
{
	return tick / 1000.0;
}

/* Sums of weights as whole numbers. */
static inline uint64_t lr_rounded(double value)
{
	return value < 1.8e19 ? (uint64_t)(value + 0.5) : UINT64_MAX;
}

static inline uint64_t lr_hash64(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

#endif
