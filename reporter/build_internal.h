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
	uint32_t *
		device_of; /* position in LS_SEC_DEVICES -> 1 + index in model->devices, 0 = none */
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

/* The frames of one stack; shared by all leaks with that stack (and that call). */
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
/* The same behind a frame for the driver's function that makes resources of TYPE. */
struct lr_trace lr_trace_of_call(struct lr_builder *b, uint32_t stack_id,
				 enum ls_resource_type type);

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
/* A copy of at most MOST bytes of string ID, cut between characters; NULL: there is none. */
const char *lr_build_text(struct lr_builder *b, uint32_t id, size_t most);
/* "3 worker" */
const char *lr_thread_label(struct lr_builder *b, uint32_t id);

/* --- build_groups.c: what becomes one leak --- */

/* Blocks and bytes; in a sampled recording each block stands for several. */
struct lr_weight {
	double blocks, bytes;
};

struct lr_group {
	uint32_t stack, path;
	uint8_t memory, kind;
	uint8_t call; /* resources: 1 + enum ls_resource_type; 0 = blocks of the live table */
	bool outlived;
	struct lr_weight live;
	uint64_t smallest, largest;
	uint32_t first_tick, last_tick, max_birth;
	uint64_t instances;
	uint32_t *threads;
	uint32_t thread_count;
	/* resources only, see struct lr_leak_gpu */
	uint32_t *devices;
	uint32_t device_count;
	uint64_t cuda_contexts, streams, sought, held, held_by_leak;
	struct lr_weight reclaimed;
};

/* Pairs of numbers seen so far. */
struct lr_pair_set {
	struct {
		uint64_t a, b;
	} * slots; /* a is stored plus one: 0 = free */
	size_t room, count;
};

struct lr_grouping {
	struct lr_builder *b;
	struct lr_blocks blocks;
	struct lr_group *groups;
	size_t group_count, group_room;
	uint32_t *group_table; /* over groups by key; index + 1 */
	size_t group_table_size;
	uint32_t *of_context; /* context position * LS_KIND_COUNT + kind -> group + 1 */
	uint32_t contexts;
	struct lr_pair_set threads, instances, devices, cuda_contexts, streams;
	struct {
		uint32_t since, since_tick, until, until_tick;
	} epochs;
	uint64_t lost_blocks, lost_bytes;
	struct lr_weight totals[LS_MEM_COUNT];
	struct lr_weight *scopes; /* per scope of the model */
	struct lr_weight *ended;  /* blocks of scopes that the end of the process closed */
};

/* Add (A, B); true if it was not there. */
bool lr_pair_add(struct lr_pair_set *set, uint64_t a, uint64_t b);
/* Whether the scope of context C was closed while the process ran. */
bool lr_scope_was_closed(const struct lr_builder *b, const struct ls_context *c);
/* Index of the group of what context C tags, its thread and scope instance noted. */
size_t lr_group_of(struct lr_grouping *g, const struct ls_context *c, enum ls_memory memory,
		   enum ls_kind kind, uint32_t call);
void lr_group_seen(struct lr_group *group, uint32_t first_tick, uint32_t last_tick);
/* VALUE at the end of one of a group's lists. */
void lr_group_list(uint32_t **list, uint32_t *count, uint32_t value);
void lr_group_count(struct lr_group *group, uint64_t size, double weight, uint32_t birth);
void lr_grouping_free(struct lr_grouping *g);

/* --- build_resources.c: memory and handles of the CUDA driver --- */

void lr_build_devices(struct lr_builder *b);
/* Count all resources, in totals, scopes and groups. */
void lr_build_resources(struct lr_grouping *g);
/* What is known of GROUP besides; NULL: it has blocks of the live table. */
struct lr_leak_gpu *lr_build_gpu(struct lr_builder *b, const struct lr_group *group,
				 const struct lr_trace *trace);

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
