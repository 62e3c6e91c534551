/* SPDX-License-Identifier: MIT */
/*
 * The report model: what a recording says, resolved and grouped, before it is
 * written in any format.  The reporter's inputs fill it (recording.c through
 * build.c), its outputs (out_*.c) and verdicts (gate) read it; neither knows of
 * the other.
 *
 * Everything in a model lives in its arena: strings and arrays are freed
 * together by lr_model_free and must not be freed one by one.  Strings are
 * NUL-terminated and never NULL unless it is said.  Times are seconds since
 * the start of the process.  Bytes are requested bytes.
 */
#ifndef LR_MODEL_H
#define LR_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/ls_format.h"

struct lr_frame {
	const char *function; /* demangled; NULL when unknown */
	const char *file;     /* NULL when unknown */
	unsigned line;        /* 0 when unknown */
	const char *module;   /* path of the object; NULL: in no module (JIT, garbage) */
	const char *build_id; /* lower-case hex; NULL when it has none */
	uint64_t offset;      /* ELF virtual address in the module, or the address itself */
	bool inlined;         /* inlined into the next frame */
	bool user;            /* the program's own code, not a system library's */
	bool inner;           /* inside the tensor runtime, below the function that was called */
	bool call;            /* no code of the recording: the driver's function that was called */
};

struct lr_amount {
	uint64_t bytes, blocks;
};

/* One word, or several alike, in which a scan found the pointers to a leak's blocks. */
struct lr_referrer {
	enum ls_holder type;
	const char *where;  /* in plain words */
	const char *module; /* LS_HOLDER_MODULE: its file name; else NULL */
	const char *symbol; /* the variable, NULL = unknown */
	uint64_t offset;    /* in the variable, the module or the block */
	bool offset_known;  /* it is the same for all of them */
	uint64_t blocks;    /* held there */
	/* LS_HOLDER_BLOCK: what holds that block, and so on towards a root */
	struct lr_referrer *chain;
	size_t chain_count;
};

/* What there is to say of memory and handles of the CUDA driver besides. */
struct lr_leak_gpu {
	enum ls_resource_type call; /* what made them; LS_RES_NONE = unknown, or several */
	uint32_t *devices;          /* indexes in model->devices, in their order */
	size_t device_count;
	uint64_t cuda_contexts, streams; /* different ones; of merged leaks those of one of them */
	/* blocks whose address a scan looked for; found; found in lost host blocks only */
	uint64_t sought, held, held_by_leak;
	struct lr_amount reclaimed; /* those of them that went with their context or device */
	const char *label;          /* whose it is, see gpu.h; or NULL */
};

/* One entry of `leaks`: stack x kind x memory x scope path. */
struct lr_leak {
	char fingerprint[33]; /* lower-case hex of 128 bits, see fingerprint.c */
	enum ls_kind kind;
	enum ls_memory memory;
	const char *scope; /* path, "/" for the root */
	bool outlived;     /* its scope has closed */
	bool estimated;    /* from sampling */
	uint64_t bytes, blocks;
	uint64_t smallest, largest; /* block sizes */
	double first_s, last_s;     /* when its oldest and newest block was allocated */
	const char **threads;       /* "1 main", "3 worker" */
	size_t thread_count;
	uint64_t scope_instances; /* how many instances of the scope left one behind, 0 = n/a */
	uint64_t scope_closes;    /* how often that scope was closed in all */
	struct lr_frame *frames;  /* innermost first, inlined ones expanded */
	size_t frame_count;
	bool cut;                  /* deeper frames were cut at --depth */
	uint32_t max_birth;        /* newest birth epoch among its blocks */
	const char *suppressed_by; /* the rule's text, or NULL */
	uint32_t site;             /* index in model->sites */
	struct lr_leak_gpu *gpu;   /* NULL = blocks of the host */
	/* its own blocks and those that only they lead to (without dominators: to which they lead) */
	struct lr_amount retained;
	struct lr_referrer *referrers; /* where its blocks are held, the most common first */
	size_t referrer_count;
	uint64_t unnamed_referrers; /* blocks held at other places, too many to list */
};

struct lr_scope {
	const char *path, *name;
	const char *parent; /* parent's path, NULL for "/" */
	const char *kind;   /* "process", "user", "manager", "nvtx" */
	uint64_t instances, open_instances;
	double first_opened_s, last_closed_s; /* last_closed_s < 0: never closed */
	uint64_t allocations, allocated_bytes, live_bytes, live_blocks, peak_bytes;
	uint64_t outlived_bytes, outlived_blocks, outlived_freed_bytes, outlived_freed_blocks;
};

struct lr_total {
	uint64_t allocations, frees, allocated_bytes, freed_bytes;
	uint64_t live_bytes, live_blocks, peak_bytes;
	double peak_s;
};

struct lr_device {
	uint32_t index;   /* as the driver counted it when it was first seen */
	const char *uuid; /* "GPU-…" or "MIG-…"; NULL = unknown */
	const char *name; /* "" = unknown */
	bool mig;
	uint64_t total_bytes; /* 0 = unknown */
	/* tracked memory on it; what was reclaimed is not live any more */
	uint64_t live_bytes, peak_bytes;
	double peak_s;
	struct lr_amount reclaimed;
	/* what the driver last said of all memory on it, other processes included */
	bool measured;
	const char *measured_for; /* label of the snapshot; NULL = none */
	double measured_s;
	uint64_t used_bytes, tracked_bytes, own_bytes, other_bytes;
};

/* All leaks of one stack and one scope path, of whatever kind. */
struct lr_site {
	struct lr_amount retained; /* see struct lr_leak */
	size_t leaks;
};

struct lr_snapshot {
	const char *label;
	double t_s;
	uint32_t epoch;
	uint64_t live_bytes, live_blocks;
	double pause_s; /* how long it stopped the process */
	bool scanned;   /* a leak scan was made of it */
};

struct lr_sample {
	double t_s;
	uint64_t rss_bytes, host_bytes, device_bytes;
};

struct lr_note {
	enum ls_note_level level;
	const char *text;
};

/* Index of the "outlived" column beside the kinds in summary. */
struct lr_model {
	/* process */
	const char *recording; /* the file it came from */
	uint32_t pid, ppid;
	uint64_t start_ticks;
	const char *exe; /* full path */
	const char **cmdline;
	size_t cmdline_count;
	char started[32]; /* RFC 3339, UTC */
	double duration_s;
	const char *state;         /* "running", "exited", "signalled", "exec", "unknown" */
	int exit_code;             /* valid if state is "exited" */
	int signal;                /* valid if state is "signalled" */
	const char *options;       /* key=value:key=value */
	const char *program_rules; /* what its __lsan_default_suppressions returned, or NULL */
	bool program_rules_said;   /* what is wrong with them is in the notes */
	bool forked;               /* recorded in a forked child */
	bool estimated;

	/* live_*: what has not been released, what was reclaimed with its context included */
	struct lr_total totals[LS_MEM_COUNT];
	struct lr_device *devices; /* by index */
	size_t device_count;
	uint64_t live_handles[LS_RES_COUNT]; /* of memory LS_MEM_HANDLE; [0]: of unknown types */

	/* All live blocks grouped, before any selection: not sorted. */
	struct lr_leak *leaks;
	size_t leak_count;
	struct lr_site *sites;
	size_t site_count;
	bool dominators;         /* a scan has said which block leads to which */
	struct lr_scope *scopes; /* [0] is "/"; a parent comes before its children */
	size_t scope_count;
	struct lr_snapshot *snapshots;
	size_t snapshot_count;
	struct lr_sample *timeline;
	size_t sample_count;
	struct lr_note *notes;
	size_t note_count;
	const char
		*unclassified_note; /* the one of them that says why kinds are unknown, or NULL */

	struct {
		uint64_t shim_bytes, recording_bytes, unwinds, unwind_cache_hits, unwind_failures;
		uint64_t lost_events, pending_events, inherited_frees, unknown_frees;
		uint64_t distinct_stacks, contexts;
		double init_s;
		/* leak scans: how many, and the latest one's figures */
		uint64_t scans, scan_memory_bytes, scan_threads_unseen;
		double scan_s, scan_pause_s;
		uint64_t late_device_frees; /* refused since the driver was shutting down */
		bool gpu_untracked;         /* something of the driver could not be tracked */
	} overhead;

	void *arena;
};

/* All blocks were looked for, and no pointer to one was found, or in lost blocks at most. */
static inline bool lr_leak_is_unheld(const struct lr_leak *leak)
{
	return leak->gpu && leak->gpu->sought >= leak->blocks && !leak->gpu->held;
}

static inline bool lr_leak_is_orphaned(const struct lr_leak *leak)
{
	return lr_leak_is_unheld(leak) && !leak->gpu->held_by_leak;
}

/* Those of its blocks that were looked for, and no pointer to them was found. */
static inline uint64_t lr_leak_orphaned_blocks(const struct lr_leak *leak)
{
	return leak->gpu ? leak->gpu->sought - leak->gpu->held - leak->gpu->held_by_leak : 0;
}

/* What of a model counts as a leak: filled from the command line. */
struct lr_selection {
	unsigned kinds;         /* bit 1 << enum ls_kind */
	bool outlived;          /* outlived blocks count whatever their kind */
	const char *scope_glob; /* NULL = all; fnmatch(3) on the path, '*' crosses '/' */
	int memory;             /* enum ls_memory, or -1 = all */
	uint64_t min_bytes;
	const char *since; /* label of a snapshot, NULL = all */
};

struct lr_summary {
	uint64_t leaked_bytes, leaked_blocks;    /* selected and not suppressed */
	uint64_t leaked_handles;                 /* of those blocks: handles, which have no bytes */
	struct lr_amount by_kind[LS_KIND_COUNT]; /* all live blocks of that kind, not suppressed */
	struct lr_amount outlived;               /* those of them whose scope has closed */
	struct lr_amount suppressed;
	uint64_t suppressed_handles; /* likewise */
};

#endif
