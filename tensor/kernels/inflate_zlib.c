/* SPDX-License-Identifier: MIT */
/* zlib behind npz.h, its memory from the scratch allocator.  Thread-safe. */
#include "npz.h"

#include <limits.h>
#include <zlib.h>

uint32_t ndk_crc32(uint32_t crc, const uint8_t *bytes, size_t size)
{
	return (uint32_t)crc32_z(crc, bytes, size);
}

static void *zlib_alloc(void *context, unsigned items, unsigned size)
{
	const struct ndk_scratch *scratch = context;

	return scratch->alloc(scratch->context, (size_t)items * size);
}

static void zlib_free(void *context, void *block)
{
	const struct ndk_scratch *scratch = context;

	scratch->free(scratch->context, block);
}

enum ndk_status ndk_inflate(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
			    const struct ndk_scratch *scratch)
{
	z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = (void *)scratch};
	size_t in_left = in_size, out_left = out_size;
	int answer = inflateInit2(&stream, -MAX_WBITS);

	if (answer != Z_OK)
		return NDK_NO_MEMORY;
	stream.next_in = (Bytef *)in;
	stream.next_out = out;
	/* zlib counts in unsigned int */
	while (answer == Z_OK) {
		unsigned in_part = in_left < UINT_MAX ? (unsigned)in_left : UINT_MAX;
		unsigned out_part = out_left < UINT_MAX ? (unsigned)out_left : UINT_MAX;

		stream.avail_in = in_part;
		stream.avail_out = out_part;
		answer = inflate(&stream, Z_NO_FLUSH);
		in_left -= in_part - stream.avail_in;
		out_left -= out_part - stream.avail_out;
	}
	inflateEnd(&stream);
	if (answer == Z_MEM_ERROR)
		return NDK_NO_MEMORY;
	return answer == Z_STREAM_END && out_left == 0 ? NDK_OK : NDK_BAD_FORMAT;
}
