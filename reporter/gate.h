/* SPDX-License-Identifier: MIT */
/*
 * The gate's verdict over one or more recordings: what is new, what is accepted,
 * which limit is passed.  cmd_gate.c reads the command line and the files, gate.c
 * judges, gate_text.c, gate_github.c and gate_markdown.c say it.
 */
#ifndef LR_GATE_H
#define LR_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "arena.h"
#include "baseline.h"
#include "out.h"

#define LR_NO_LIMIT UINT64_MAX

struct lr_gate_limits {
	uint64_t leaked_bytes; /* LR_NO_LIMIT = none */
	uint64_t leaked_blocks;
	uint64_t peak_bytes;   /* of host memory in any one process */
	double growth_percent; /* < 0 = none */
};

enum lr_gate_state { LR_LEAK_NEW, LR_LEAK_GROWN, LR_LEAK_ACCEPTED };

/* All leaks of one fingerprint, over all recordings. */
struct lr_gate_leak {
	char fingerprint[33];
	enum lr_gate_state state;
	enum ls_kind kind; /* of the largest of them, as are scope and place */
	enum ls_memory memory;
	enum ls_resource_type call; /* LS_RES_NONE = no resource of the CUDA driver */
	bool outlived, estimated;
	uint64_t bytes, blocks, largest;
	uint64_t accepted; /* blocks the baseline accepts; LR_BASELINE_ANY = any number */
	const char *scope;
	const char *function; /* first frame of the program's own code; never NULL */
	const char *file;     /* of it; NULL = unknown */
	unsigned line;
	const char *where; /* "train.c:88" or "app+0x1234" */
	const char *what;  /* for the baseline */
};

struct lr_gate {
	struct lr_arena *arena;
	struct lr_gate_limits limits;
	const struct lr_baseline *baseline; /* NULL = none */
	const char *baseline_path;          /* NULL = none */
	bool updated;                       /* the baseline was just written */

	struct lr_gate_leak *leaks; /* after lr_gate_judge: new, grown, accepted; largest first */
	size_t leak_count, leak_capacity;
	void *index;
	size_t recordings, running, execs;
	struct lr_amount suppressed;
	uint64_t suppressed_handles; /* of those blocks */
	uint64_t highest_peak;       /* of host memory, and whose it is */
	const char *highest_peak_of;
	struct lr_baseline_total totals[LS_MEM_COUNT];
	const char **blind; /* why processes could not be tracked: such a gate never passes */
	size_t blind_count;
	const char **notes; /* warnings of the recordings, each once */
	size_t note_count;

	/* the verdict */
	bool pass;
	const char *headline; /* without PASS or FAIL */
	const char **reasons; /* why it fails: limit and what was found */
	size_t reason_count;
	struct lr_amount fresh; /* new, and what grown ones are above the accepted */
	struct lr_amount accepted;
	uint64_t fresh_handles, accepted_handles; /* of those blocks */
	size_t new_count, grown_count, accepted_count;
	size_t gone_count; /* in the baseline and no longer found */
};

void lr_gate_start(struct lr_gate *gate, const struct lr_gate_limits *limits);
void lr_gate_free(struct lr_gate *gate);
/* Take in one recording's view; nothing of it is kept by reference. */
void lr_gate_add(struct lr_gate *gate, const struct lr_view *view);
/* Reach the verdict, after the last lr_gate_add.  May be called again with another baseline. */
void lr_gate_judge(struct lr_gate *gate, const struct lr_baseline *baseline, const char *path);

/* What the baseline would list: sorted, in the arena. */
const struct lr_found *lr_gate_found(struct lr_gate *gate);

int lr_gate_text(FILE *out, const struct lr_gate *gate, bool color);
int lr_gate_github(FILE *out, const struct lr_gate *gate);
int lr_gate_markdown(FILE *out, const struct lr_gate *gate);

/* "new", "grown", "accepted" */
const char *lr_gate_state_name(enum lr_gate_state state);
/* "480.0 KiB in 120 blocks and 3 handles": HANDLES of the BLOCKS have no bytes. */
#define LR_AMOUNT_SIZE 128
char *lr_amount_text(char buffer[LR_AMOUNT_SIZE], uint64_t bytes, uint64_t blocks,
		     uint64_t handles);
/* The same of one leak: "8.0 MiB in 2 buffers", "3 streams". */
char *lr_leak_text(char buffer[LR_AMOUNT_SIZE], uint64_t bytes, uint64_t blocks,
		   enum ls_memory memory, enum ls_resource_type call);

/* The first frame of the program's own code, else the first with a name, else the first; NULL: none. */
const struct lr_frame *lr_own_frame(const struct lr_leak *leak);

#endif
