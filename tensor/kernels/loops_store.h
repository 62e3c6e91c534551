/* SPDX-License-Identifier: MIT */
/*
 * Stores of whole cache lines past the caches, with the widest instructions of the level
 * that loops.c is compiled for.  Part of loops.c only.
 */
#ifndef NDK_LOOPS_STORE_H
#define NDK_LOOPS_STORE_H

#include <stdint.h>

/* store_line: a line from FROM to TO, both at the start of one; store_end: other threads see all. */
#if defined(__SSE2__)
#include <immintrin.h>

#define CAN_STREAM 1

#if defined(__AVX512F__)
static inline void store_line(void *to, const void *from)
{
	_mm512_stream_si512((__m512i *)to, _mm512_load_si512((const __m512i *)from));
}
#elif defined(__AVX__)
static inline void store_line(void *to, const void *from)
{
	for (int k = 0; k < 2; k++)
		_mm256_stream_si256((__m256i *)to + k,
				    _mm256_load_si256((const __m256i *)from + k));
}
#else
static inline void store_line(void *to, const void *from)
{
	for (int k = 0; k < 4; k++)
		_mm_stream_si128((__m128i *)to + k, _mm_load_si128((const __m128i *)from + k));
}
#endif

static inline void store_end(void)
{
	_mm_sfence();
}

#else

#define CAN_STREAM 0

static inline void store_line(void *to, const void *from)
{
	(void)to;
	(void)from;
}

static inline void store_end(void) {}

#endif

#endif
