/* SPDX-License-Identifier: MIT */
/*
 * Stores past the caches, by pieces of half a cache line.  Not by whole lines where there
 * are instructions for that: loads as wide as these cross lines each time unless all
 * operands lie alike, which is dearer than what the stores gain.  Part of loops.c only.
 */
#ifndef NDK_LOOPS_STORE_H
#define NDK_LOOPS_STORE_H

#include <stdint.h>

#define PIECE 32

/* store_piece: PIECE bytes of FROM to TO, both aligned so; store_end: other threads see all. */
#if defined(__SSE2__)
#include <immintrin.h>

#define CAN_STREAM 1

#if defined(__AVX__)
static inline void store_piece(void *to, const void *from)
{
	_mm256_stream_si256((__m256i *)to, _mm256_load_si256((const __m256i *)from));
}
#else
static inline void store_piece(void *to, const void *from)
{
	for (int k = 0; k < 2; k++)
		_mm_stream_si128((__m128i *)to + k, _mm_load_si128((const __m128i *)from + k));
}
#endif

static inline void store_end(void)
{
	_mm_sfence();
}

#else

#define CAN_STREAM 0

static inline void store_piece(void *to, const void *from)
{
	(void)to;
	(void)from;
}

static inline void store_end(void) {}

#endif

#endif
