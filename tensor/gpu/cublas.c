/* SPDX-License-Identifier: MIT */
/*
 * cuBLAS for large products of f32 and f64, where a libcublas can be loaded: its
 * C interface, declared here.  Anything it refuses is left to the own kernel.
 * ND_CUBLAS=0: never; ND_CUBLAS=1: for small ones too.
 */
#include "gpu.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Multiplications from where loading it (some hundred milliseconds, once) may pay. */
#define WORTH ((double)(1 << 24))

struct cublasContext;

/* cublasStatus_t 0 is success; cublasOperation_t 0 as it lies, 1 transposed. */
typedef int create_fn(struct cublasContext **handle);
typedef int destroy_fn(struct cublasContext *handle);
typedef int sgemm_fn(struct cublasContext *handle, int transpose_a, int transpose_b, int m, int n,
		     int k, const float *alpha, const float *a, int lda, long long stride_a,
		     const float *b, int ldb, long long stride_b, const float *beta, float *c,
		     int ldc, long long stride_c, int count);
typedef int dgemm_fn(struct cublasContext *handle, int transpose_a, int transpose_b, int m, int n,
		     int k, const double *alpha, const double *a, int lda, long long stride_a,
		     const double *b, int ldb, long long stride_b, const double *beta, double *c,
		     int ldc, long long stride_c, int count);

static create_fn *create;
static destroy_fn *destroy;
static sgemm_fn *sgemm;
static dgemm_fn *dgemm;
static bool available;
static enum { NEVER, LARGE, ALWAYS } wish = LARGE;
static pthread_once_t wish_once = PTHREAD_ONCE_INIT, load_once = PTHREAD_ONCE_INIT;

/* One handle for each device, one product at a time. */
static struct cublasContext *handles[NDG_MAX_DEVICES];
static bool refused[NDG_MAX_DEVICES];
static pthread_mutex_t handle_lock = PTHREAD_MUTEX_INITIALIZER;

static void read_wish(void)
{
	const char *value = getenv("ND_CUBLAS");

	if (value && !strcmp(value, "0"))
		wish = NEVER;
	else if (value && !strcmp(value, "1"))
		wish = ALWAYS;
}

static void load(void)
{
	static const char *const names[] = {"libcublas.so.13", "libcublas.so.12",
					    "libcublas.so.11"};
	void *library = NULL;

	for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return;
	create = (create_fn *)dlsym(library, "cublasCreate_v2");
	destroy = (destroy_fn *)dlsym(library, "cublasDestroy_v2");
	sgemm = (sgemm_fn *)dlsym(library, "cublasSgemmStridedBatched");
	dgemm = (dgemm_fn *)dlsym(library, "cublasDgemmStridedBatched");
	available = create && destroy && sgemm && dgemm;
}

/* How the matrix lies, as cuBLAS sees it: by rows or by columns, with elements from line to line. */
static bool lies(int64_t rows, int64_t columns, int64_t row, int64_t column, int64_t size,
		 bool *by_columns, int *lead)
{
	int64_t step;

	*by_columns = !(column == size || columns == 1);
	if (*by_columns && !(row == size || rows == 1))
		return false;
	step = *by_columns ? column : row;
	if ((*by_columns ? columns : rows) == 1)
		step = (*by_columns ? rows : columns) * size;
	if (step % size || step / size < (*by_columns ? rows : columns) || step / size > INT_MAX)
		return false;
	*lead = (int)(step / size);
	return true;
}

static bool multiply(struct cublasContext *handle, const struct ndg_matmul *p)
{
	int64_t size = p->out_type == NDK_F32 ? 4 : 8;
	bool a_turned, b_turned, out_turned;
	int lda, ldb, ldc, status;
	long long steps[3] = {0, 0, 0};

	if (!lies(p->m, p->k, p->a_row, p->a_column, size, &a_turned, &lda) ||
	    !lies(p->k, p->n, p->b_row, p->b_column, size, &b_turned, &ldb) ||
	    !lies(p->m, p->n, p->out_row, p->out_column, size, &out_turned, &ldc) || out_turned)
		return false;
	if (p->ndim == 1) {
		steps[0] = p->a_batch[0] / size;
		steps[1] = p->b_batch[0] / size;
		steps[2] = p->out_batch[0] / size;
	}
	/* By columns, as it counts, the transposed of OUT is B's by A's. */
	if (p->out_type == NDK_F32) {
		const float one = 1, zero = 0;

		status = sgemm(handle, b_turned, a_turned, (int)p->n, (int)p->m, (int)p->k, &one,
			       (const void *)p->b, ldb, steps[1], (const void *)p->a, lda, steps[0],
			       &zero, (void *)p->out, ldc, steps[2], (int)p->batches);
	} else {
		const double one = 1, zero = 0;

		status = dgemm(handle, b_turned, a_turned, (int)p->n, (int)p->m, (int)p->k, &one,
			       (const void *)p->b, ldb, steps[1], (const void *)p->a, lda, steps[0],
			       &zero, (void *)p->out, ldc, steps[2], (int)p->batches);
	}
	return status == 0;
}

bool ndg_cublas(int index, const struct ndg_matmul *p)
{
	struct ndg_use use;
	bool done = false;

	if ((p->out_type != NDK_F32 && p->out_type != NDK_F64) || p->a_type != p->out_type ||
	    p->b_type != p->out_type || p->k == 0 || p->ndim > 1 || p->m > INT_MAX ||
	    p->n > INT_MAX || p->k > INT_MAX || p->batches > INT_MAX)
		return false;
	pthread_once(&wish_once, read_wish);
	if (wish == NEVER ||
	    (wish == LARGE &&
	     (double)p->m * (double)p->n * (double)p->k * (double)p->batches < WORTH))
		return false;
	pthread_once(&load_once, load);
	if (!available || ndg_enter(&use, "matmul", index) != ND_OK)
		return false;
	pthread_mutex_lock(&handle_lock);
	if (!handles[index] && !refused[index]) {
		ndg_own_begin();
		if (create(&handles[index]) != 0) {
			handles[index] = NULL;
			refused[index] = true;
		}
		ndg_own_end();
	}
	if (handles[index])
		done = multiply(handles[index], p);
	pthread_mutex_unlock(&handle_lock);
	ndg_leave(&use);
	return done;
}

void ndg_cublas_close(int index)
{
	pthread_mutex_lock(&handle_lock);
	if (handles[index])
		destroy(handles[index]);
	handles[index] = NULL;
	refused[index] = true;
	pthread_mutex_unlock(&handle_lock);
}
