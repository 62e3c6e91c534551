/* SPDX-License-Identifier: MIT */
/*
 * Memory that is freed all at once: what a model is made of.  Running out of
 * memory ends the command with one line (lr_out_of_memory), so that no caller
 * has a NULL to check.
 */
#ifndef LR_ARENA_H
#define LR_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct lr_arena;

struct lr_arena *lr_arena_new(void);
void lr_arena_free(struct lr_arena *arena);

/* SIZE zeroed bytes, aligned for anything. */
void *lr_arena_alloc(struct lr_arena *arena, size_t size);
/* COUNT zeroed elements of SIZE bytes; COUNT * SIZE may overflow: then as out of memory. */
void *lr_arena_array(struct lr_arena *arena, size_t count, size_t size);
char *lr_arena_string(struct lr_arena *arena, const char *text);
char *lr_arena_bytes(struct lr_arena *arena, const char *text, size_t length);
char *lr_arena_printf(struct lr_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The heap under the same rule. */
void *lr_alloc(size_t count, size_t size);             /* zeroed */
void *lr_grow(void *array, size_t count, size_t size); /* realloc to COUNT elements */
void lr_out_of_memory(void) __attribute__((noreturn));

#endif
