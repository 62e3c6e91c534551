/* SPDX-License-Identifier: MIT */
/*
 * Kernels in the stand-in for NVIDIA's runtime library: what code compiled by nvcc calls to
 * register and to launch them.  An image is loaded when the first of its kernels is needed.
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "replay_cudart.h"
#include "replay_start.h"

struct dim3 {
	unsigned x, y, z;
};

enum { MOST = 256, DEEPEST = 16 };
static struct image {
	const void *data;
	CUlibrary library;
} images[MOST];
static struct kernel {
	const void *host; /* the function in the program that launches it */
	const char *name;
	struct image *image;
	CUkernel handle;
} kernels[MOST];
static unsigned image_count, kernel_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Between <<<...>>> and the call of the function that launches. */
static __thread struct configuration {
	struct dim3 grid, block;
	size_t shared;
	CUstream stream;
} configurations[DEEPEST];
static __thread unsigned depth;

#pragma GCC visibility push(default)
void **__cudaRegisterFatBinary(void *data);
void __cudaRegisterFatBinaryEnd(void **handle);
void __cudaUnregisterFatBinary(void **handle);
char __cudaInitModule(void **handle);
void __cudaRegisterFunction(void **handle, const char *host, char *device, const char *name,
			    int limit, void *thread, void *block, void *block_size, void *grid_size,
			    int *warp);
void __cudaRegisterVar(void **handle, char *host, char *device, const char *name, int external,
		       size_t size, int constant, int global);
unsigned __cudaPushCallConfiguration(struct dim3 grid, struct dim3 block, size_t shared,
				     CUstream stream);
int __cudaPopCallConfiguration(struct dim3 *grid, struct dim3 *block, size_t *shared, void *stream);
int __cudaGetKernel(CUkernel *kernel, const void *host);
int __cudaLaunchKernel(CUkernel kernel, struct dim3 grid, struct dim3 block, void **arguments,
		       size_t shared, CUstream stream);
int __cudaLaunchKernel_ptsz(CUkernel kernel, struct dim3 grid, struct dim3 block, void **arguments,
			    size_t shared, CUstream stream);
int cudaLaunchKernel(const void *host, struct dim3 grid, struct dim3 block, void **arguments,
		     size_t shared, CUstream stream);
int cudaLaunchKernel_ptsz(const void *host, struct dim3 grid, struct dim3 block, void **arguments,
			  size_t shared, CUstream stream);
#pragma GCC visibility pop

void **__cudaRegisterFatBinary(void *data)
{
	pthread_mutex_lock(&lock);
	struct image *i = image_count < MOST ? &images[image_count++] : NULL;
	if (i)
		i->data = data;
	pthread_mutex_unlock(&lock);
	return (void **)i;
}

void __cudaRegisterFatBinaryEnd(void **handle)
{
	(void)handle;
}

void __cudaUnregisterFatBinary(void **handle)
{
	struct image *i = (struct image *)handle;
	pthread_mutex_lock(&lock);
	/* At the end of the process the driver may be gone: its error is nobody's. */
	if (i && i->library)
		DRIVER("cuLibraryUnload", 12000, 0, cuLibraryUnload)(i->library);
	if (i)
		i->library = NULL;
	pthread_mutex_unlock(&lock);
}

char __cudaInitModule(void **handle)
{
	(void)handle;
	return 1;
}

void __cudaRegisterFunction(void **handle, const char *host, char *device, const char *name,
			    int limit, void *thread, void *block, void *block_size, void *grid_size,
			    int *warp)
{
	(void)device, (void)limit, (void)thread, (void)block, (void)block_size, (void)grid_size;
	(void)warp;
	pthread_mutex_lock(&lock);
	if (kernel_count < MOST)
		kernels[kernel_count++] = (struct kernel){host, name, (struct image *)handle, NULL};
	pthread_mutex_unlock(&lock);
}

void __cudaRegisterVar(void **handle, char *host, char *device, const char *name, int external,
		       size_t size, int constant, int global)
{
	(void)handle, (void)host, (void)device, (void)name, (void)external, (void)size;
	(void)constant, (void)global;
}

/* Libraries outlive a reset, since they belong to no context; handles are asked for again. */
void replay_forget_kernels(void)
{
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < kernel_count; i++)
		kernels[i].handle = NULL;
	pthread_mutex_unlock(&lock);
}

unsigned __cudaPushCallConfiguration(struct dim3 grid, struct dim3 block, size_t shared,
				     CUstream stream)
{
	if (depth == DEEPEST)
		return 1;
	configurations[depth++] = (struct configuration){grid, block, shared, stream};
	return 0;
}

int __cudaPopCallConfiguration(struct dim3 *grid, struct dim3 *block, size_t *shared, void *stream)
{
	if (!depth)
		return CUDA_ERROR_INVALID_VALUE;
	const struct configuration *c = &configurations[--depth];
	*grid = c->grid;
	*block = c->block;
	*shared = c->shared;
	memcpy(stream, &c->stream, sizeof c->stream);
	return 0;
}

int __cudaGetKernel(CUkernel *kernel, const void *host)
{
	READY();
	int error = CUDA_ERROR_NOT_FOUND;
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < kernel_count; i++) {
		struct kernel *k = &kernels[i];
		if (k->host != host || !k->image)
			continue;
		error = 0;
		if (!k->image->library)
			error = (int)DRIVER("cuLibraryLoadData", 12000, 0, cuLibraryLoadData)(
				&k->image->library, k->image->data, NULL, NULL, 0, NULL, NULL, 0);
		if (!error && !k->handle)
			error = (int)DRIVER("cuLibraryGetKernel", 12000, 0, cuLibraryGetKernel)(
				&k->handle, k->image->library, k->name);
		*kernel = k->handle;
		break;
	}
	pthread_mutex_unlock(&lock);
	return replay_result(error);
}

int __cudaLaunchKernel(CUkernel kernel, struct dim3 grid, struct dim3 block, void **arguments,
		       size_t shared, CUstream stream)
{
	READY();
	return replay_result((int)DRIVER("cuLaunchKernel", 4000, 0, cuLaunchKernel)(
		(CUfunction)(void *)kernel, grid.x, grid.y, grid.z, block.x, block.y, block.z,
		(unsigned)shared, stream, arguments, NULL));
}

int __cudaLaunchKernel_ptsz(CUkernel kernel, struct dim3 grid, struct dim3 block, void **arguments,
			    size_t shared, CUstream stream)
{
	READY();
	return replay_result((int)DRIVER("cuLaunchKernel", 7000, 2, cuLaunchKernel)(
		(CUfunction)(void *)kernel, grid.x, grid.y, grid.z, block.x, block.y, block.z,
		(unsigned)shared, stream, arguments, NULL));
}

int cudaLaunchKernel(const void *host, struct dim3 grid, struct dim3 block, void **arguments,
		     size_t shared, CUstream stream)
{
	CUkernel kernel;
	int error = __cudaGetKernel(&kernel, host);
	return error ? error : __cudaLaunchKernel(kernel, grid, block, arguments, shared, stream);
}

int cudaLaunchKernel_ptsz(const void *host, struct dim3 grid, struct dim3 block, void **arguments,
			  size_t shared, CUstream stream)
{
	CUkernel kernel;
	int error = __cudaGetKernel(&kernel, host);
	return error ? error
		     : __cudaLaunchKernel_ptsz(kernel, grid, block, arguments, shared, stream);
}
