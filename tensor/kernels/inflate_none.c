/* SPDX-License-Identifier: MIT */
/* Without zlib: checksums, but nothing deflated is read.  Thread-safe. */
#include "npz.h"

/* Four bits at a time, the polynomial 0xedb88320 reflected. */
uint32_t ndk_crc32(uint32_t crc, const uint8_t *bytes, size_t size)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	crc = ~crc;
	for (size_t i = 0; i < size; i++) {
		crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
		crc = table[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
	}
	return ~crc;
}

enum ndk_status ndk_inflate(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
			    const struct ndk_scratch *scratch)
{
	return NDK_UNSUPPORTED;
}
