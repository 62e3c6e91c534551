/* SPDX-License-Identifier: MIT */
/*
 * Writing .npz: stored, with zip64's fields only where a number does not fit
 * 32 bits.  Each array is gone over twice, first for its checksum, which stands
 * before it in the file.  Thread-safe for writers not shared.
 */
#include "npz.h"

#include <string.h>

#define NAME_MAX_LENGTH 1000

struct bytes {
	uint8_t at[128];
	size_t size;
};

static void put(struct bytes *b, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		b->at[b->size++] = (uint8_t)(i < 8 ? value >> 8 * i : 0);
}

static uint64_t capped(uint64_t value)
{
	return value < UINT32_MAX ? value : UINT32_MAX;
}

void ndk_npz_begin(struct ndk_npz_writer *writer, const struct ndk_sink *sink,
		   const struct ndk_scratch *scratch)
{
	memset(writer, 0, sizeof *writer);
	writer->sink = *sink;
	writer->scratch = scratch;
}

static enum ndk_status emit(struct ndk_npz_writer *writer, const void *bytes, size_t size)
{
	if (size && writer->sink.write(writer->sink.context, bytes, size) != 0)
		return NDK_STOPPED;
	writer->offset += size;
	return NDK_OK;
}

static enum ndk_status remember(struct ndk_npz_writer *writer, const void *bytes, size_t size)
{
	const struct ndk_scratch *scratch = writer->scratch;
	size_t need = writer->directory_size + size;
	uint8_t *larger;

	if (need > writer->directory_capacity) {
		size_t capacity = 2 * need + 1024;

		larger = scratch->alloc(scratch->context, capacity);
		if (!larger)
			return NDK_NO_MEMORY;
		if (writer->directory) {
			memcpy(larger, writer->directory, writer->directory_size);
			scratch->free(scratch->context, writer->directory);
		}
		writer->directory = larger;
		writer->directory_capacity = capacity;
	}
	memcpy(writer->directory + writer->directory_size, bytes, size);
	writer->directory_size = need;
	return NDK_OK;
}

static int checksum(void *context, const void *bytes, size_t size)
{
	uint32_t *crc = context;

	*crc = ndk_crc32(*crc, bytes, size);
	return 0;
}

/* Version, flags, method, time, CRC, sizes: what both kinds of header share. */
static void put_common(struct bytes *b, uint32_t crc, uint64_t size, size_t name_length,
		       size_t extra)
{
	put(b, extra ? 45 : 20, 2);
	put(b, 0x800, 2); /* the name is UTF-8 */
	put(b, 0, 2);
	put(b, 0, 2);
	put(b, 0x21, 2); /* 1 January 1980: files are reproducible */
	put(b, crc, 4);
	put(b, capped(size), 4);
	put(b, capped(size), 4);
	put(b, name_length, 2);
	put(b, extra, 2);
}

enum ndk_status ndk_npz_add(struct ndk_npz_writer *writer, const char *name,
			    const struct ndk_view *view)
{
	struct bytes local = {.size = 0}, central = {.size = 0}, extra = {.size = 0};
	size_t length = strlen(name);
	uint64_t size = ndk_npy_size(view), offset = writer->offset;
	uint32_t crc = 0;
	struct ndk_sink sum = {checksum, &crc};
	enum ndk_status status;

	if (length == 0 || length > NAME_MAX_LENGTH)
		return NDK_BAD_VALUE;
	ndk_npy_write(view, &sum);

	put(&local, 0x04034b50, 4);
	put_common(&local, crc, size, length + 4, size >= UINT32_MAX ? 20 : 0);

	put(&central, 0x02014b50, 4);
	put(&central, 45, 2);
	if (size >= UINT32_MAX) {
		put(&extra, size, 8);
		put(&extra, size, 8);
	}
	if (offset >= UINT32_MAX)
		put(&extra, offset, 8);
	put_common(&central, crc, size, length + 4, extra.size ? extra.size + 4 : 0);
	put(&central, 0, 2 + 2 + 2 + 4);
	put(&central, capped(offset), 4);

	status = emit(writer, local.at, local.size);
	if (!status)
		status = emit(writer, name, length);
	if (!status)
		status = emit(writer, ".npy", 4);
	if (!status && size >= UINT32_MAX) {
		struct bytes wide = {.size = 0};

		put(&wide, 1, 2);
		put(&wide, 16, 2);
		put(&wide, size, 8);
		put(&wide, size, 8);
		status = emit(writer, wide.at, wide.size);
	}
	if (!status)
		status = ndk_npy_write(view, &writer->sink);
	writer->offset += size;
	if (!status)
		status = remember(writer, central.at, central.size);
	if (!status)
		status = remember(writer, name, length);
	if (!status)
		status = remember(writer, ".npy", 4);
	if (!status && extra.size) {
		struct bytes head = {.size = 0};

		put(&head, 1, 2);
		put(&head, extra.size, 2);
		status = remember(writer, head.at, head.size);
		if (!status)
			status = remember(writer, extra.at, extra.size);
	}
	writer->count++;
	return status;
}

enum ndk_status ndk_npz_end(struct ndk_npz_writer *writer, bool abandon)
{
	const struct ndk_scratch *scratch = writer->scratch;
	uint64_t begin = writer->offset, size = writer->directory_size, count = writer->count;
	bool wide = begin >= UINT32_MAX || size >= UINT32_MAX || count >= UINT16_MAX;
	enum ndk_status status = NDK_OK;
	struct bytes end = {.size = 0};

	if (!abandon)
		status = emit(writer, writer->directory, writer->directory_size);
	if (writer->directory)
		scratch->free(scratch->context, writer->directory);
	writer->directory = NULL;
	if (abandon || status)
		return status;
	if (wide) {
		put(&end, 0x06064b50, 4);
		put(&end, 44, 8);
		put(&end, 45, 2);
		put(&end, 45, 2);
		put(&end, 0, 8);
		put(&end, count, 8);
		put(&end, count, 8);
		put(&end, size, 8);
		put(&end, begin, 8);
		put(&end, 0x07064b50, 4);
		put(&end, 0, 4);
		put(&end, begin + size, 8);
		put(&end, 1, 4);
	}
	put(&end, 0x06054b50, 4);
	put(&end, 0, 4);
	put(&end, count < UINT16_MAX ? count : UINT16_MAX, 2);
	put(&end, count < UINT16_MAX ? count : UINT16_MAX, 2);
	put(&end, capped(size), 4);
	put(&end, capped(begin), 4);
	put(&end, 0, 2);
	return emit(writer, end.at, end.size);
}
