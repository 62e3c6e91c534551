/* SPDX-License-Identifier: MIT */
/* A program of the stand-in runtime, linked shared and static, with the simulated driver. */
#include "replay_cudart.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

#define OK(call) assert_int_equal((call), 0)

static void starts(void **state)
{
	(void)state;
	int n = 0, status = -1;
	void *f = NULL;
	OK(cudaGetDeviceCount(&n));
	assert_int_equal(n, 1);
	assert_int_equal(replay_looked_up(), 410); /* the others are OpenGL's and such */
	OK(cudaDriverGetVersion(&n));
	assert_int_equal(n, 13000);
	OK(cudaGetDriverEntryPointByVersion("cuMemAlloc", &f, 13000, 0, &status));
	assert_non_null(f);
	assert_int_equal(status, 0);
}

static void memory(void **state)
{
	(void)state;
	void *p, *q;
	char out[6] = "";
	size_t before, after, total;
	CUstream s;
	OK(cudaMemGetInfo(&before, &total));
	OK(cudaMalloc(&p, 1000));
	OK(cudaMemcpy(p, "hello", 6, 1));
	OK(cudaMemcpy(out, p, 6, 2));
	assert_string_equal(out, "hello");
	OK(cudaFree(p));
	assert_int_equal(cudaFree(p), 1);
	assert_int_equal(cudaGetLastError(), 1);
	assert_int_equal(cudaGetLastError(), 0);
	assert_string_equal(cudaGetErrorName(2), "CUDA_ERROR_OUT_OF_MEMORY");
	assert_int_equal(cudaMalloc(&p, (size_t)1 << 30), 2);
	OK(cudaMallocHost(&p, 100));
	OK(cudaFreeHost(p));
	OK(cudaMallocManaged(&p, 100, 1));
	strcpy(p, "here");
	OK(cudaFree(p));
	OK(cudaStreamCreate(&s));
	OK(cudaMallocAsync(&p, 100, s));
	OK(cudaMallocAsync_ptsz(&q, 100, NULL));
	OK(cudaFreeAsync(p, s));
	OK(cudaFreeAsync_ptsz(q, NULL));
	OK(cudaStreamDestroy(s));
	OK(cudaDeviceSynchronize());
	OK(cudaMemGetInfo(&after, &total));
	assert_int_equal(before, after);
}

static void capture(void **state)
{
	(void)state;
	CUstream s;
	CUgraph g;
	CUgraphExec e;
	void *p;
	OK(cudaStreamCreate(&s));
	OK(cudaStreamBeginCapture(s, 0));
	OK(cudaMallocAsync(&p, 1000, s));
	OK(cudaStreamEndCapture(s, &g));
	OK(cudaGraphInstantiate(&e, g, 0));
	assert_int_equal(cudaFree(p), 1);
	OK(cudaGraphLaunch(e, s));
	OK(cudaStreamSynchronize(s));
	OK(cudaFree(p));
	OK(cudaGraphExecDestroy(e));
	OK(cudaGraphDestroy(g));
	OK(cudaStreamDestroy(s));
}

static void reset(void **state)
{
	(void)state;
	void *p, *q;
	OK(cudaMalloc(&p, 1000));
	OK(cudaDeviceReset());
	OK(cudaMalloc(&q, 1000));
	assert_true(p == q);
	OK(cudaFree(q));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(starts), cmocka_unit_test(memory),
					   cmocka_unit_test(capture), cmocka_unit_test(reset)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
