/* SPDX-License-Identifier: MIT */
/* What the parts of the model builder share: build.c, build_frames.c, build_leaks.c. */
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
	uint32_t *scope_of; /* position in LS_SEC_PATHS -> 1 + index in model->scopes, 0 = none */
	size_t note_room;
};

/* The frames of one stack; shared by all leaks with that stack. */
struct lr_trace {
	struct lr_frame *frames;
	size_t count;
	bool cut;
};

void lr_build_note(struct lr_builder *b, enum ls_note_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Modules of the recording, ready for look-ups. */
struct lr_modules *lr_modules_new(struct lr_builder *b);
void lr_modules_free(struct lr_modules *modules);
/* The frames of STACK_ID, resolved; no frames if the recording has no such stack. */
struct lr_trace lr_trace_of(struct lr_builder *b, uint32_t stack_id);

/* Index in model->scopes of path id; 0 (the root) for one that is unknown. */
size_t lr_scope_index(const struct lr_builder *b, uint32_t path_id);

/* Group the live table into model->leaks; fills live figures of totals and scopes. */
int lr_build_leaks(struct lr_builder *b, struct lr_error *err);

static inline double lr_tick_s(uint32_t tick)
{
	return tick / 1000.0;
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
