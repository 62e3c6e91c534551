/* SPDX-License-Identifier: MIT */
/*
 * Reading .npz, which is a zip of .npy files (PKWARE's APPNOTE 6.3), see
 * ndk.h.  As for .npy, no size or offset is used unchecked.  Thread-safe.
 */
#include "npz.h"

#include <string.h>

#define LOCAL_SIZE 30
#define CENTRAL_SIZE 46
#define END_SIZE 22
#define END64_SIZE 56
#define LOCATOR_SIZE 20
#define COMMENT_MAX 65535

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p) | (uint64_t)get32(p + 4) << 32;
}

static bool has_signature(const uint8_t *p, uint32_t number)
{
	return get32(p) == number;
}

/* The end record, searched backwards: a comment may follow it. */
static bool find_end(const uint8_t *bytes, size_t size, size_t *end)
{
	size_t lowest = size > END_SIZE + COMMENT_MAX ? size - END_SIZE - COMMENT_MAX : 0;

	if (size < END_SIZE)
		return false;
	for (size_t at = size - END_SIZE + 1; at-- > lowest;)
		if (has_signature(bytes + at, 0x06054b50) &&
		    get16(bytes + at + 20) <= size - END_SIZE - at) {
			*end = at;
			return true;
		}
	return false;
}

enum ndk_status ndk_npz_open(const void *bytes, size_t size, struct ndk_npz *npz)
{
	const uint8_t *p = bytes;
	uint64_t offset, length, record;
	size_t end;

	memset(npz, 0, sizeof *npz);
	npz->bytes = bytes;
	npz->size = size;
	if (!find_end(p, size, &end))
		return NDK_BAD_FORMAT;
	npz->count = get16(p + end + 10);
	length = get32(p + end + 12);
	offset = get32(p + end + 16);
	if (end >= LOCATOR_SIZE && has_signature(p + end - LOCATOR_SIZE, 0x07064b50)) {
		record = get64(p + end - LOCATOR_SIZE + 8);
		if (record > size || size - record < END64_SIZE ||
		    !has_signature(p + record, 0x06064b50))
			return NDK_BAD_FORMAT;
		npz->count = get64(p + record + 32);
		length = get64(p + record + 40);
		offset = get64(p + record + 48);
	}
	if (offset > end || length > end - offset || npz->count > length / CENTRAL_SIZE)
		return NDK_BAD_FORMAT;
	npz->directory = npz->next = (size_t)offset;
	npz->directory_end = (size_t)(offset + length);
	return NDK_OK;
}

/* Sizes and offset that did not fit the entry itself (zip64's extra field, number 1). */
static bool read_extra(const uint8_t *extra, size_t size, uint64_t *unpacked, uint64_t *stored,
		       uint64_t *offset)
{
	uint64_t *const wanted[] = {unpacked, stored, offset};

	while (size >= 4) {
		size_t length = get16(extra + 2), used = 0;

		if (length > size - 4)
			return false;
		if (get16(extra) != 1) {
			extra += 4 + length;
			size -= 4 + length;
			continue;
		}
		for (int i = 0; i < 3; i++) {
			if (*wanted[i] != UINT32_MAX)
				continue;
			if (length - used < 8)
				return false;
			*wanted[i] = get64(extra + 4 + used);
			used += 8;
		}
		return true;
	}
	return true;
}

enum ndk_status ndk_npz_next(struct ndk_npz *npz, struct ndk_npz_entry *entry, bool *more)
{
	const uint8_t *p = npz->bytes + npz->next;
	size_t left = npz->directory_end - npz->next, variable, header;
	uint64_t unpacked, stored, offset;

	*more = false;
	if (npz->seen == npz->count)
		return NDK_OK;
	if (left < CENTRAL_SIZE || !has_signature(p, 0x02014b50))
		return NDK_BAD_FORMAT;
	variable = (size_t)get16(p + 28) + get16(p + 30) + get16(p + 32);
	if (variable > left - CENTRAL_SIZE)
		return NDK_BAD_FORMAT;
	entry->name = (const char *)p + CENTRAL_SIZE;
	entry->name_length = get16(p + 28);
	entry->method = get16(p + 10);
	entry->crc = get32(p + 16);
	stored = get32(p + 20);
	unpacked = get32(p + 24);
	offset = get32(p + 42);
	if (!read_extra(p + CENTRAL_SIZE + entry->name_length, get16(p + 30), &unpacked, &stored,
			&offset))
		return NDK_BAD_FORMAT;
	if (get16(p + 8) & 1)
		return NDK_UNSUPPORTED; /* encrypted */
	if (offset > npz->size || npz->size - offset < LOCAL_SIZE ||
	    !has_signature(npz->bytes + offset, 0x04034b50))
		return NDK_BAD_FORMAT;
	header = LOCAL_SIZE + (size_t)get16(npz->bytes + offset + 26) +
		 get16(npz->bytes + offset + 28);
	if (header > npz->size - offset || stored > npz->size - offset - header ||
	    unpacked > PTRDIFF_MAX)
		return NDK_BAD_FORMAT;
	entry->bytes = npz->bytes + offset + header;
	entry->stored_size = (size_t)stored;
	entry->size = (size_t)unpacked;
	if (entry->name_length > 4 && memcmp(entry->name + entry->name_length - 4, ".npy", 4) == 0)
		entry->name_length -= 4;
	npz->next += CENTRAL_SIZE + variable;
	npz->seen++;
	*more = true;
	return NDK_OK;
}

enum ndk_status ndk_npz_unpack(const struct ndk_npz_entry *entry, size_t limit,
			       const struct ndk_scratch *scratch, const uint8_t **bytes,
			       void **block)
{
	enum ndk_status status = NDK_OK;

	*block = NULL;
	*bytes = entry->bytes;
	if (entry->size > limit)
		return NDK_BAD_VALUE;
	if (entry->method == 0) {
		if (entry->stored_size != entry->size)
			return NDK_BAD_FORMAT;
	} else if (entry->method == 8) {
		/* deflate shrinks to a 1032nd at most: more is a lie not worth the memory */
		if (entry->size / 1033 > entry->stored_size)
			return NDK_BAD_FORMAT;
		*block = scratch->alloc(scratch->context, entry->size + 1);
		if (!*block)
			return NDK_NO_MEMORY;
		status =
			ndk_inflate(entry->bytes, entry->stored_size, *block, entry->size, scratch);
		*bytes = *block;
	} else {
		return NDK_UNSUPPORTED;
	}
	if (!status && ndk_crc32(0, *bytes, entry->size) != entry->crc)
		status = NDK_BAD_FORMAT;
	if (status && *block) {
		scratch->free(scratch->context, *block);
		*block = NULL;
	}
	return status;
}
