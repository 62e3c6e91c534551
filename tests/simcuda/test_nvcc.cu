/* SPDX-License-Identifier: MIT */
/* A program compiled by nvcc, with the stand-in runtime and a twin of its kernel. */
#include <cstdio>

__global__ void scale(float *p, float factor, unsigned n)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
	if (i < n)
		p[i] = p[i] * factor + blockIdx.x;
}

int main()
{
	float *p, host[100];
	for (int i = 0; i < 100; i++)
		host[i] = (float)i;
	bool good = cudaMalloc(&p, sizeof host) == cudaSuccess &&
		    cudaMemcpy(p, host, sizeof host, cudaMemcpyHostToDevice) == cudaSuccess;
	scale<<<4, 32>>>(p, 2.0f, 100u);
	good = good && cudaGetLastError() == cudaSuccess &&
	       cudaMemcpy(host, p, sizeof host, cudaMemcpyDeviceToHost) == cudaSuccess &&
	       cudaFree(p) == cudaSuccess && host[10] == 20 && host[99] == 201;
	printf("1..1\n%sok 1 - a kernel of nvcc's is launched\n", good ? "" : "not ");
	return !good;
}
