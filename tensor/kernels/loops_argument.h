/* SPDX-License-Identifier: MIT */
/*
 * Where the largest or smallest element is.  Part of loops.c only.
 *
 * A row is gone through in blocks: a block's extreme in lanes costs little more than
 * reading it, and only a block that beats what there was is looked at closer.  In
 * random order that is the logarithm of their number.
 */
#ifndef NDK_LOOPS_ARGUMENT_H
#define NDK_LOOPS_ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

/* One comparison tells of two elements whether there is a NaN; its form vectorizes, unlike x != x. */
#define FLOAT_NAN(x, y) __builtin_isunordered(x, y)
#define NO_NAN(x, y) false
#define SIMD_HIT SIMD_PRAGMA(omp simd reduction(| : hit))

enum block_holds { NOTHING_BETTER, SOMETHING_BETTER, A_NAN };

/* Row K of a block into its lanes. */
#define ROW(K, better)                                                                             \
	SIMD for (int j = 0; j < W; j++)                                                           \
	{                                                                                          \
		const T x = p[(K)*W + j];                                                          \
		lane[j] = x better lane[j] ? x : lane[j];                                          \
	}
/* And of rows K and K + 1, whether there is a NaN. */
#define ROWS_NAN(K, unordered)                                                                     \
	SIMD for (int j = 0; j < W; j++) nan[j] |=                                                 \
		unordered(p[(K)*W + j], p[(K)*W + W + j]) ? -1 : 0;

/* TYPE; INT: integers of its size, which take a lane's answers. */
#define ARGUMENT(name, TYPE, INT, better, unordered)                                               \
	enum { name##_LANES = 128 / sizeof(TYPE), name##_BLOCK = 8 * name##_LANES };               \
                                                                                                   \
	/* Against BEST; *EXTREME is then the block's own. */                                      \
	static inline enum block_holds name##_in_block(const TYPE *p, TYPE best, TYPE *extreme)    \
	{                                                                                          \
		typedef TYPE T;                                                                    \
		enum { W = name##_LANES };                                                         \
		T lane[W];                                                                         \
		INT nan[W], any[W], hit = 0;                                                       \
                                                                                                   \
		SIMD for (int j = 0; j < W; j++)                                                   \
		{                                                                                  \
			lane[j] = p[j];                                                            \
			nan[j] = unordered(p[j], p[j + W]) ? -1 : 0;                               \
		}                                                                                  \
		ROW(1, better);                                                                    \
		ROW(2, better);                                                                    \
		ROW(3, better);                                                                    \
		ROW(4, better);                                                                    \
		ROW(5, better);                                                                    \
		ROW(6, better);                                                                    \
		ROW(7, better);                                                                    \
		ROWS_NAN(2, unordered);                                                            \
		ROWS_NAN(4, unordered);                                                            \
		ROWS_NAN(6, unordered);                                                            \
		SIMD for (int j = 0; j < W; j++) any[j] = nan[j] | (lane[j] better best ? -1 : 0); \
		SIMD_HIT for (int j = 0; j < W; j++) hit |= any[j];                                \
		if (!hit)                                                                          \
			return NOTHING_BETTER;                                                     \
		hit = 0;                                                                           \
		SIMD_HIT for (int j = 0; j < W; j++) hit |= nan[j];                                \
		if (hit)                                                                           \
			return A_NAN;                                                              \
		SIMD for (int j = 0; j < W / 2; j++) lane[j] =                                     \
			lane[j + W / 2] better lane[j] ? lane[j + W / 2] : lane[j];                \
		*extreme = lane[0];                                                                \
		for (int j = 1; j < W / 2; j++)                                                    \
			*extreme = lane[j] better * extreme ? lane[j] : *extreme;                  \
		return SOMETHING_BETTER;                                                           \
	}                                                                                          \
                                                                                                   \
	/* The first place at or after AT that holds VALUE. */                                     \
	static size_t name##_place(const TYPE *p, size_t at, TYPE value)                           \
	{                                                                                          \
		for (INT hit = 0;; at += name##_LANES) {                                           \
			SIMD_HIT for (int j = 0; j < name##_LANES; j++) hit |=                     \
				p[at + (size_t)j] == value ? -1 : 0;                               \
			if (hit)                                                                   \
				break;                                                             \
		}                                                                                  \
		while (p[at] != value)                                                             \
			at++;                                                                      \
		return at;                                                                         \
	}                                                                                          \
                                                                                                   \
	/* At least a block: the place of its best, or of its first NaN. */                        \
	static size_t name##_in_blocks(const TYPE *p, size_t n)                                    \
	{                                                                                          \
		TYPE best = p[0], extreme;                                                         \
		size_t block = 0, i = 0;                                                           \
                                                                                                   \
		for (;;) {                                                                         \
			switch (name##_in_block(p + i, best, &extreme)) {                          \
			case NOTHING_BETTER: break;                                                \
			case SOMETHING_BETTER:                                                     \
				best = extreme;                                                    \
				block = i;                                                         \
				break;                                                             \
			case A_NAN:                                                                \
				while (!unordered(p[i], p[i]))                                     \
					i++;                                                       \
				return i;                                                          \
			}                                                                          \
			if (i + name##_BLOCK >= n)                                                 \
				break;                                                             \
			/* elements may be looked at twice: they don't beat themselves */          \
			i += name##_BLOCK - ndk_past_line(p + i, sizeof(TYPE));                    \
			if (i + name##_BLOCK > n)                                                  \
				i = n - name##_BLOCK;                                              \
		}                                                                                  \
		return name##_place(p, block, best);                                               \
	}                                                                                          \
                                                                                                   \
	static int64_t name(const void *in, size_t n, const void *old)                             \
	{                                                                                          \
		const TYPE *p = in;                                                                \
		size_t at = 0;                                                                     \
                                                                                                   \
		if (n >= name##_BLOCK) {                                                           \
			at = name##_in_blocks(p, n);                                               \
		} else {                                                                           \
			for (size_t i = 1; i < n && !unordered(p[at], p[at]); i++)                 \
				if (p[i] better p[at] || unordered(p[i], p[i]))                    \
					at = i;                                                    \
		}                                                                                  \
		if (old) {                                                                         \
			const TYPE before = *(const TYPE *)old;                                    \
                                                                                                   \
			if (unordered(before, before) ||                                           \
			    !(p[at] better before || unordered(p[at], p[at])))                     \
				return -1;                                                         \
		}                                                                                  \
		return (int64_t)at;                                                                \
	}                                                                                          \
                                                                                                   \
	/* Row NUMBER of many columns, each with its best so far and the row of it. */             \
	static void name##_columns(void *best_of, void *row_of, const void *in, int64_t number,    \
				   size_t n)                                                       \
	{                                                                                          \
		TYPE *restrict best = best_of;                                                     \
		INT *restrict row = row_of;                                                        \
		const TYPE *restrict p = in;                                                       \
		const INT here = (INT)number;                                                      \
                                                                                                   \
		SIMD for (size_t j = 0; j < n; j++)                                                \
		{                                                                                  \
			const TYPE x = p[j], b = best[j];                                          \
			const INT take = (x better b) | (unordered(x, x) & !unordered(b, b));      \
			best[j] = take ? x : b;                                                    \
			row[j] = take ? here : row[j];                                             \
		}                                                                                  \
	}

ARGUMENT(argmax_f32, float, int32_t, >, FLOAT_NAN)
ARGUMENT(argmin_f32, float, int32_t, <, FLOAT_NAN)
ARGUMENT(argmax_f64, double, int64_t, >, FLOAT_NAN)
ARGUMENT(argmin_f64, double, int64_t, <, FLOAT_NAN)
ARGUMENT(argmax_i32, int32_t, int32_t, >, NO_NAN)
ARGUMENT(argmin_i32, int32_t, int32_t, <, NO_NAN)
ARGUMENT(argmax_i64, int64_t, int64_t, >, NO_NAN)
ARGUMENT(argmin_i64, int64_t, int64_t, <, NO_NAN)

#endif
