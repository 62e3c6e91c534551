/* SPDX-License-Identifier: MIT */
/*
 * All memory that the runtime asks libc for, so that tests can let any one
 * allocation fail.  Any thread.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool armed; /* a test counts: the way out of the fast path */
static uint64_t fail_at;
static int64_t live;

__attribute__((constructor)) static void read_environment(void)
{
	const char *value = getenv("ND_FAIL_ALLOC");

	if (value)
		nd_test_fail_allocation(strtoull(value, NULL, 10));
}

void nd_test_fail_allocation(uint64_t n)
{
	__atomic_store_n(&fail_at, n, __ATOMIC_RELAXED);
	__atomic_store_n(&armed, n != 0, __ATOMIC_RELAXED);
}

uint64_t nd_test_live_blocks(void)
{
	uint64_t storages;

	ndi_lock();
	storages = ndi_storage_blocks;
	ndi_unlock();
	return storages + (uint64_t)__atomic_load_n(&live, __ATOMIC_RELAXED);
}

bool ndi_allocation_fails(void)
{
	if (!NDI_UNLIKELY(__atomic_load_n(&armed, __ATOMIC_RELAXED)))
		return false;
	if (__atomic_fetch_sub(&fail_at, 1, __ATOMIC_RELAXED) != 1)
		return false;
	__atomic_store_n(&armed, false, __ATOMIC_RELAXED);
	return true;
}

static void count_block(int change)
{
	__atomic_fetch_add(&live, change, __ATOMIC_RELAXED);
}

void *ndi_alloc(size_t size)
{
	void *block;

	if (ndi_allocation_fails())
		return NULL;
	block = malloc(size ? size : 1);
	if (block)
		count_block(1);
	return block;
}

void *ndi_realloc(void *block, size_t size)
{
	void *moved;

	if (ndi_allocation_fails())
		return NULL;
	moved = realloc(block, size ? size : 1);
	if (moved && !block)
		count_block(1);
	return moved;
}

void ndi_release(void *block)
{
	if (!block)
		return;
	count_block(-1);
	free(block);
}

void nd_free(void *text)
{
	ndi_release(text);
}

static void *scratch_alloc(void *context, size_t size)
{
	return ndi_alloc(size);
}

static void scratch_free(void *context, void *block)
{
	ndi_release(block);
}

const struct ndk_scratch ndi_scratch = {scratch_alloc, scratch_free, NULL};

/* Room for MORE bytes and a terminator. */
static bool text_room(struct ndi_text *text, size_t more)
{
	size_t capacity = text->capacity ? text->capacity : 256;
	char *bytes;

	if (text->failed)
		return false;
	if (text->length + more < text->capacity)
		return true;
	while (capacity <= text->length + more)
		capacity *= 2;
	bytes = ndi_realloc(text->bytes, capacity);
	if (!bytes) {
		ndi_release(text->bytes);
		*text = (struct ndi_text){.failed = true};
		return false;
	}
	text->bytes = bytes;
	text->capacity = capacity;
	return true;
}

void ndi_text_bytes(struct ndi_text *text, const void *bytes, size_t size)
{
	if (!text_room(text, size))
		return;
	memcpy(text->bytes + text->length, bytes, size);
	text->length += size;
	text->bytes[text->length] = '\0';
}

void ndi_text_add(struct ndi_text *text, const char *format, ...)
{
	char line[1024];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (length < 0)
		return;
	ndi_text_bytes(text, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

void ndi_text_json(struct ndi_text *text, const char *value)
{
	ndi_text_bytes(text, "\"", 1);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			ndi_text_add(text, "\\%c", *value);
		else if ((unsigned char)*value < 0x20)
			ndi_text_add(text, "\\u%04x", (unsigned char)*value);
		else
			ndi_text_bytes(text, value, 1);
	}
	ndi_text_bytes(text, "\"", 1);
}
