/* SPDX-License-Identifier: MIT */
/*
 * A libcublas.so.13 for the simulated driver, whose device memory the host can
 * read: what the runtime calls of it, by the definition (BLAS, column by column).
 */
#include <stddef.h>
#include <stdlib.h>

#define PUBLIC __attribute__((visibility("default")))

struct cublasContext {
	int open;
};

extern PUBLIC int fake_cublas_calls, fake_cublas_handles;
int fake_cublas_calls, fake_cublas_handles;

PUBLIC int cublasCreate_v2(struct cublasContext **handle);
PUBLIC int cublasDestroy_v2(struct cublasContext *handle);

int cublasCreate_v2(struct cublasContext **handle)
{
	*handle = calloc(1, sizeof **handle);
	fake_cublas_handles += *handle != NULL;
	return *handle ? 0 : 3;
}

int cublasDestroy_v2(struct cublasContext *handle)
{
	free(handle);
	fake_cublas_handles--;
	return 0;
}

#define GEMM(name, T)                                                                              \
	PUBLIC int name(struct cublasContext *handle, int turn_a, int turn_b, int m, int n, int k, \
			const T *alpha, const T *a, int lda, long long step_a, const T *b,         \
			int ldb, long long step_b, const T *beta, T *c, int ldc, long long step_c, \
			int count);                                                                \
	int name(struct cublasContext *handle, int turn_a, int turn_b, int m, int n, int k,        \
		 const T *alpha, const T *a, int lda, long long step_a, const T *b, int ldb,       \
		 long long step_b, const T *beta, T *c, int ldc, long long step_c, int count)      \
	{                                                                                          \
		/* What cuBLAS calls CUBLAS_STATUS_INVALID_VALUE. */                               \
		if (!handle || lda < (turn_a ? k : m) || ldb < (turn_b ? n : k) || ldc < m)        \
			return 7;                                                                  \
		__atomic_fetch_add(&fake_cublas_calls, 1, __ATOMIC_RELAXED);                       \
		for (int s = 0; s < count; s++, a += step_a, b += step_b, c += step_c) {           \
			for (int i = 0; i < m; i++) {                                              \
				for (int j = 0; j < n; j++) {                                      \
					double sum = 0;                                            \
                                                                                                   \
					for (int l = 0; l < k; l++)                                \
						sum += (double)a[turn_a ? i * lda + l              \
									: l * lda + i] *           \
						       b[turn_b ? l * ldb + j : j * ldb + l];      \
					c[j * ldc + i] =                                           \
						(T)(*alpha * sum +                                 \
						    (*beta != 0 ? *beta * c[j * ldc + i] : 0));    \
				}                                                                  \
			}                                                                          \
		}                                                                                  \
		return 0;                                                                          \
	}

GEMM(cublasSgemmStridedBatched, float)
GEMM(cublasDgemmStridedBatched, double)
