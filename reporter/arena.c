/* SPDX-License-Identifier: MIT */
/* Arena and checked heap, see arena.h. */
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

#define FIRST_BLOCK 16384u
#define LARGEST_BLOCK (4u << 20)

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(16) char data[];
};

struct lr_arena {
	struct block *blocks; /* the one being filled comes first */
};

void lr_out_of_memory(void)
{
	static const char text[] = "leakscope: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

	(void)ignored;
	_exit(LR_EXIT_BAD_INPUT);
}

void *lr_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		lr_out_of_memory();
	return memory;
}

void *lr_grow(void *array, size_t count, size_t size)
{
	void *memory = reallocarray(array, count ? count : 1, size);

	if (!memory)
		lr_out_of_memory();
	return memory;
}

struct lr_arena *lr_arena_new(void)
{
	return lr_alloc(1, sizeof(struct lr_arena));
}

void lr_arena_free(struct lr_arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

static struct block *new_block(struct lr_arena *arena, size_t least)
{
	size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
	struct block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < least)
		size = least;
	if (size > SIZE_MAX - sizeof *block)
		lr_out_of_memory();
	block = lr_alloc(1, sizeof *block + size);
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *lr_arena_alloc(struct lr_arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	void *memory;

	if (size > SIZE_MAX - 15)
		lr_out_of_memory();
	size = (size + 15) & ~(size_t)15;
	if (!block || block->size - block->used < size)
		block = new_block(arena, size);
	memory = block->data + block->used;
	block->used += size;
	return memory;
}

void *lr_arena_array(struct lr_arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		lr_out_of_memory();
	return lr_arena_alloc(arena, bytes);
}

char *lr_arena_bytes(struct lr_arena *arena, const char *text, size_t length)
{
	char *copy = lr_arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *lr_arena_string(struct lr_arena *arena, const char *text)
{
	return lr_arena_bytes(arena, text, strlen(text));
}

char *lr_arena_printf(struct lr_arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = lr_arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
	if (length > 0)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}
