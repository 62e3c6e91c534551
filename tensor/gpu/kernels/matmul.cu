/* SPDX-License-Identifier: MIT */
/*
 * Products of matrices: each block computes a tile of TILE x TILE results,
 * taking in DEPTH columns of A and rows of B at a time through shared memory;
 * each of its 16 x 16 threads keeps EACH x EACH sums in registers.  f16 and bf16
 * are summed in f32, integers of 8 and 32 bits in 32 bits, bool (an or of ands)
 * as a count of i64.
 */
#include "common.cuh"

#ifdef __CUDACC__
#define NDG_UNROLL_4 _Pragma("unroll 4")
#else
#define NDG_UNROLL_4
#endif
#define TILE 64
#define DEPTH 16
#define SIDE 16
#define EACH (TILE / SIDE)
#define THREADS (SIDE * SIDE)

/* Integers wrap around. */
template <typename T> static __device__ __forceinline__ T sum_of(T c, T a, T b)
{
	return c + a * b;
}

template <> __device__ __forceinline__ int32_t sum_of<int32_t>(int32_t c, int32_t a, int32_t b)
{
	return (int32_t)((uint32_t)c + (uint32_t)a * (uint32_t)b);
}

template <> __device__ __forceinline__ int64_t sum_of<int64_t>(int64_t c, int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)c + (uint64_t)a * (uint64_t)b);
}

template <typename T> struct by_way_of {
	typedef T type;
};

template <> struct by_way_of<int32_t> {
	typedef int64_t type;
};

/* Called, for it is written out sixteen times. */
template <typename T> NDG_CALLED void store_sum(int type, char *at, T sum)
{
	element<typename by_way_of<T>::type>::store_own(type, at, sum);
}

/*
 * DEPTH x TILE elements into shared memory, zeros beyond the matrix.  ALONG: the
 * axis of TILE is the closer one, which neighbouring threads then follow.
 */
template <typename T>
static __device__ __forceinline__ void load_tile(T (*to)[TILE + 1], const char *from, int type,
						 int64_t first, int64_t lines, int64_t line_step,
						 int64_t depth, int64_t depths, int64_t depth_step)
{
	bool along = (line_step < 0 ? -line_step : line_step) <
		     (depth_step < 0 ? -depth_step : depth_step);

	NDG_ROLLED
	for (int i = (int)threadIdx.x; i < TILE * DEPTH; i += THREADS) {
		int line = along ? i % TILE : i / DEPTH, deep = along ? i / TILE : i % DEPTH;
		int64_t row = first + line, column = depth + deep;

		to[deep][line] =
			row < lines && column < depths
				? (T)element<typename by_way_of<T>::type>::load(
					  type, from + row * line_step + column * depth_step)
				: 0;
	}
}

template <typename T>
static __device__ __forceinline__ void one_tile(const ndg_matmul &p, T (*left)[TILE + 1],
						T (*right)[TILE + 1], const char *a, const char *b,
						char *out, int64_t row, int64_t column)
{
	int x = (int)threadIdx.x % SIDE, y = (int)threadIdx.x / SIDE;
	T sums[EACH][EACH];

	NDG_UNROLL
	for (int i = 0; i < EACH; i++) {
		NDG_UNROLL
		for (int j = 0; j < EACH; j++)
			sums[i][j] = 0;
	}
	for (int64_t depth = 0; depth < p.k; depth += DEPTH) {
		load_tile<T>(left, a, p.a_type, row, p.m, p.a_row, depth, p.k, p.a_column);
		load_tile<T>(right, b, p.b_type, column, p.n, p.b_column, depth, p.k, p.b_row);
		__syncthreads();
		NDG_UNROLL_4
		for (int l = 0; l < DEPTH; l++) {
			T u[EACH], v[EACH];

			NDG_UNROLL
			for (int i = 0; i < EACH; i++) {
				u[i] = left[l][y + i * SIDE];
				v[i] = right[l][x + i * SIDE];
			}
			NDG_UNROLL
			for (int i = 0; i < EACH; i++) {
				NDG_UNROLL
				for (int j = 0; j < EACH; j++)
					sums[i][j] = sum_of<T>(sums[i][j], u[i], v[j]);
			}
		}
		__syncthreads();
	}
	NDG_UNROLL
	for (int i = 0; i < EACH; i++) {
		NDG_UNROLL
		for (int j = 0; j < EACH; j++) {
			int64_t to_row = row + y + i * SIDE, to_column = column + x + j * SIDE;

			if (to_row < p.m && to_column < p.n)
				store_sum(p.out_type,
					  out + to_row * p.out_row + to_column * p.out_column,
					  sums[i][j]);
		}
	}
}

template <typename T>
static __device__ __forceinline__ void product(const ndg_matmul &p, T (*left)[TILE + 1],
					       T (*right)[TILE + 1])
{
	int64_t rows = (p.m + TILE - 1) / TILE, columns = (p.n + TILE - 1) / TILE;
	int64_t jobs = rows * columns * p.batches;

	for (int64_t job = blockIdx.x; job < jobs; job += gridDim.x) {
		int64_t tile = job % (rows * columns), batch = job / (rows * columns);
		const char *a = p.a, *b = p.b;
		char *out = p.out;

		NDG_UNROLL
		for (int d = NDG_DIMS - 1; d >= 0; d--) {
			if (d < p.ndim) {
				int64_t rest = batch / p.shape[d], i = batch - rest * p.shape[d];

				a += i * p.a_batch[d];
				b += i * p.b_batch[d];
				out += i * p.out_batch[d];
				batch = rest;
			}
		}
		one_tile<T>(p, left, right, a, b, out, tile / columns * TILE,
			    tile % columns * TILE);
	}
}

NDG_KERNEL_FUNCTION(matmul_f32)(ndg_matmul p)
{
	__shared__ float left[DEPTH][TILE + 1], right[DEPTH][TILE + 1];

	product<float>(p, left, right);
}

NDG_KERNEL_FUNCTION(matmul_f64)(ndg_matmul p)
{
	__shared__ double left[DEPTH][TILE + 1], right[DEPTH][TILE + 1];

	product<double>(p, left, right);
}

NDG_KERNEL_FUNCTION(matmul_i32)(ndg_matmul p)
{
	__shared__ int32_t left[DEPTH][TILE + 1], right[DEPTH][TILE + 1];

	product<int32_t>(p, left, right);
}

NDG_KERNEL_FUNCTION(matmul_i64)(ndg_matmul p)
{
	__shared__ int64_t left[DEPTH][TILE + 1], right[DEPTH][TILE + 1];

	product<int64_t>(p, left, right);
}
