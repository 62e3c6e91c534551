/* SPDX-License-Identifier: MIT */
/* What a .npz needs of zlib, or of what stands in for it.  Thread-safe. */
#ifndef NDK_NPZ_H
#define NDK_NPZ_H

#include "ndk.h"

/* CRC-32 of IEEE 802.3, continued from CRC (0 at first). */
uint32_t ndk_crc32(uint32_t crc, const uint8_t *bytes, size_t size);
/* Raw deflate (RFC 1951) of exactly OUT_SIZE bytes. */
enum ndk_status ndk_inflate(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
			    const struct ndk_scratch *scratch);

#endif
