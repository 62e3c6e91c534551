/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the reachability scan share: one job, its blocks, the memory
 * it works in, the regions of the address space and the marks.  All of it runs
 * in the duplicated process (or, as a fallback, in the stopped one): system calls
 * only, no lock, no function of the host, nothing kept from one scan to the next.
 */
#ifndef LS_SCAN_INTERNAL_H
#define LS_SCAN_INTERNAL_H

#include "format/ls_format.h"
#include "glue.h"
#include "stop.h"

/* A live host block, as copied from the live table. */
struct ls_scan_block {
	uint64_t start;
	uint64_t size; /* with these flags */
};
#define LS_BLOCK_IGNORED (1ull << 63)
#define LS_BLOCK_DRIVER (1ull << 62) /* made by the CUDA driver for itself */
#define LS_BLOCK_FLAGS (LS_BLOCK_IGNORED | LS_BLOCK_DRIVER)

struct ls_amount {
	uint64_t bytes, blocks;
};

struct ls_range {
	uintptr_t start, end;
};

enum ls_region_flags { LS_R = 1, LS_W = 2, LS_X = 4, LS_SHARED = 8, LS_FILE = 16 };
/* A mapping of the process. */
struct ls_region {
	uintptr_t start, end;
	uint32_t flags;
	char name[44]; /* the end of it, if it is longer */
};

/* A part of memory whose pointers belong to something in particular. */
struct ls_typed {
	uintptr_t start, end;
	enum ls_holder type;
	uint32_t tid;
};

/* What is looked for of a CUDA resource: an address in a range, or a handle. */
struct ls_sought {
	uintptr_t start, end; /* a handle: end = start */
	uint32_t result;      /* in ls_job.result; one resource may be mapped at several places */
	uint32_t layer;       /* enum ls_sought_layer */
};
enum ls_sought_layer {
	LS_SOUGHT_MEMORY,   /* these are apart from each other, in each layer */
	LS_SOUGHT_PINNED,   /* of the host: what lies in it counts */
	LS_SOUGHT_RESERVED, /* memory lies in them */
	LS_SOUGHT_HANDLE,
	LS_SOUGHT_LAYERS
};
struct ls_sought_result {
	uint64_t handle; /* with the birth: that the record still is the same */
	uint32_t record, birth;
	uint32_t found; /* enum ls_found */
};
enum ls_found { LS_FOUND = 1, LS_FOUND_IN_LEAK = 2, LS_FOUND_SOUGHT = 4 };

#define LS_SCAN_MAPPINGS 32u
struct ls_job {
	/* what is given */
	struct ls_scan_block *block; /* in the order of addresses, once sorted */
	uint32_t count;
	struct ls_verdict *verdict; /* of each block; in the recording */
	struct ls_root *roots;      /* in the recording */
	uint32_t root_count, root_room;
	struct ls_scan *scan; /* in the recording */
	struct ls_registers *thread;
	unsigned thread_count;
	const struct ls_range *declared;
	unsigned declared_count;
	struct ls_amount live; /* in the blocks */
	bool in_process;       /* not in a copy */
	bool later;            /* verdicts and roots are in memory of the job: see ls_areas_store */
	bool whole_heap;       /* heap memory that is not recorded is a root */
	bool libc_malloc;
	bool tagged; /* pointers may carry tags in their low bits */

	/* memory of the scan */
	struct {
		char *p;
		size_t size;
	} memory[LS_SCAN_MAPPINGS];
	unsigned memory_count;
	size_t reserve_used;
	uint64_t memory_now, memory_peak;

	/* the address space */
	struct ls_region *region;
	unsigned region_count;
	const struct ls_region *recent; /* the latest found: the next is often the same */
	struct ls_range *excluded;      /* sorted, apart: no roots in them */
	unsigned excluded_count, excluded_room;
	struct ls_range *allocator; /* sorted: memory that blocks come from */
	unsigned allocator_count, allocator_room;
	struct ls_kernel_word {
		uintptr_t word;
		const char *what;
	} * kernel; /* pointers that it keeps */
	unsigned kernel_count, kernel_room;
	bool kernel_cut;        /* there was no room for all of them */
	struct ls_typed *typed; /* sorted */
	unsigned typed_count, typed_room;

	/* look-ups and marks */
	struct ls_index *index;
	uintptr_t low, span; /* all blocks lie in low … low + span */
	uint8_t *flags;      /* enum ls_block_flags, per block */
	uint32_t *queue, head, tail;

	/* CUDA resources; seek NULL: there are none */
	struct ls_sought *sought;
	uint32_t sought_count, sought_room;
	struct ls_sought_result *result;
	uint32_t result_count, result_room;
	struct ls_seek *seek;
	uintptr_t seek_low, seek_span; /* whatever is sought lies in seek_low … + seek_span */
	bool unsought; /* what is read now is the CUDA driver's own: a word in it means nothing */
	uint8_t *driver_context; /* per context: blocks of it are the driver's own */
	uint32_t driver_contexts;

	/* the graph, for dominators; edge NULL: it is not kept */
	uint32_t *edge, edge_count, edge_room; /* lists, each ended by LS_NO_EDGE */
	uint32_t *edge_first;                  /* per block; 0 = none */
};
#define LS_NO_EDGE 0xffffffffu
enum ls_block_flags {
	LS_BLOCK_SCANNED = 1,
	LS_BLOCK_ROOTED = 2, /* a root points to it */
	LS_BLOCK_SEEN = 4    /* met on the way from a lost block */
};

/* Zeroed memory for the job, NULL if there is none; all goes with ls_job_release. */
void *ls_job_alloc(struct ls_job *j, size_t size);
void ls_job_free(struct ls_job *j, void *p);
void ls_job_release(struct ls_job *j);

/* ---- scan_maps.c: the mappings ---- */

/* Read the mappings of this process; false: /proc is not there or no memory. */
bool ls_space_read(struct ls_job *j);
/* The readable mapping that holds ADDRESS, or NULL. */
const struct ls_region *ls_space_find(struct ls_job *j, uintptr_t address);

/* ---- scan_space.c: what lies where ---- */

/*
 * Find what is allocator memory, what is no root, and what belongs to threads.
 * Needs the mappings and the index.  False: no memory.
 */
bool ls_space_sort_out(struct ls_job *j);

/* ---- scan_unforked.c: memory kept from children ---- */

/* Before and, in the original, after the process is duplicated; everybody stands still. */
void ls_unforked_share(void);
void ls_unforked_restore(void);

/* ---- scan_pages.c: which pages can hold a pointer ---- */

/*
 * Call FN for each stretch of START … END, all within REGION, that has been
 * written to: pages never touched hold nothing of the program.
 */
void ls_pages_each(const struct ls_region *region, uintptr_t start, uintptr_t end,
		   void (*fn)(void *, uintptr_t, uintptr_t), void *arg);

/* ---- scan_index.c: address to block ---- */

/* Sort the blocks (needs as much memory again for a moment) and index them. */
bool ls_index_build(struct ls_job *j);
/* The block that holds ADDRESS (its end included, if no other begins there), or LS_NO_EDGE. */
uint32_t ls_index_find(const struct ls_job *j, uintptr_t address);
/* The first block whose end is above ADDRESS; count if there is none. */
uint32_t ls_index_from(const struct ls_job *j, uintptr_t address);

/* ---- scan_seek.c: addresses and handles of CUDA resources ---- */

/* Sort and index what is sought; false: no memory. */
bool ls_seek_build(struct ls_job *j);
/* WORD, which lies in seek_low … + seek_span, was found at HOLDER.  BY_LEAK: in a lost block. */
void ls_seek(struct ls_job *j, uintptr_t word, uintptr_t holder, bool by_leak);
/* Some of the memory that is sought lies in START … END. */
bool ls_seek_within(const struct ls_job *j, uintptr_t start, uintptr_t end);

/* ---- scan_gpu.c: from and to the table of resources ---- */

/* Room for what there is of them; false: no memory. */
bool ls_scan_gpu_prepare(struct ls_job *j);
/* Copy them; at a safe point.  WITH_MAPPINGS: their lock is held. */
void ls_scan_gpu_copy(struct ls_job *j, bool with_mappings);
/* Data of the CUDA driver or its runtime's library; with memory on a device in it, device memory. */
bool ls_scan_gpu_owns(const struct ls_job *j, const struct ls_region *r);
/* Write what was found into the recording. */
void ls_scan_gpu_end(struct ls_job *j);

/* ---- scan.c ---- */

/* The last word on the scan that a child works on, and on the request that it answers. */
void ls_scan_end(bool failed);

/* ---- scan_mark.c ---- */

/* Give every block its kind and holder.  False: no memory. */
bool ls_mark(struct ls_job *j);
/* Scan START … END as roots of TYPE; ROOT is the index + 1 in j->roots, or 0. */
struct ls_source {
	enum ls_holder type;
	uint32_t tid;
	uintptr_t start, end; /* of the region, for its record */
	const char *name;
	uint32_t root; /* record, once it has one */
};
void ls_mark_range(struct ls_job *j, struct ls_source *s, uintptr_t start, uintptr_t end);
/* Likewise, words that need not be aligned. */
void ls_mark_code(struct ls_job *j, struct ls_source *s, uintptr_t start, uintptr_t end);
/* A single word that is held at HOLDER (0 = nowhere in memory). */
void ls_mark_word(struct ls_job *j, struct ls_source *s, uintptr_t word, uintptr_t holder);
/* A word that keeps its block, but nothing that the block leads to. */
void ls_mark_alone(struct ls_job *j, struct ls_source *s, uintptr_t word, uintptr_t holder);

/* ---- scan_heuristics.c: interior pointers that a compiler or library makes ---- */
bool ls_heuristic(struct ls_job *j, const struct ls_scan_block *b, uintptr_t pointer);

/* ---- scan_kernel.c ---- */

/* Collect what the kernel keeps: needs the program's descriptors.  False: no memory. */
bool ls_kernel_read(struct ls_job *j);

/* ---- scan_roots.c ---- */

/* Feed every root to ls_mark_range and ls_mark_word. */
void ls_roots_each(struct ls_job *j);

/* ---- scan_dominators.c ---- */

/* Fill in the verdicts' dominators from the graph.  False: no memory for it. */
bool ls_dominators(struct ls_job *j);

#endif
