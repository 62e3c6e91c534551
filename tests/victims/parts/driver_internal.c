/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for libcuda.so.1 whose cuGetProcAddress answers with functions that it
 * doesn't export, as a driver may.  Addresses tell which one was called.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned long long address;

int cuGetProcAddress_v2(const char *name, void **out, int version, uint64_t flags, int *status);
int cuGetProcAddress(const char *name, void **out, int version, uint64_t flags);
int cuCtxGetCurrent(void **out);
int cuCtxGetDevice(int *out);
int cuNewer_v9(void);

static unsigned used;

static int alloc_1(unsigned *out, unsigned size)
{
	*out = 0x1000000 + used;
	used += size;
	return 0;
}

static int alloc_2(address *out, size_t size)
{
	*out = 0x200000000 + used;
	used += (unsigned)size;
	return 0;
}

static int alloc_async(address *out, size_t size, void *stream)
{
	(void)stream;
	*out = 0x300000000 + used;
	used += (unsigned)size;
	return 0;
}

static int alloc_async_ptsz(address *out, size_t size, void *stream)
{
	(void)stream;
	*out = 0x400000000 + used;
	used += (unsigned)size;
	return 0;
}

static int instantiate_log(void **out, void *graph, void **error, char *log, size_t size)
{
	(void)error;
	*out = graph;
	if (log)
		memset(log, 'x', size);
	return 0;
}

static int instantiate_flags(void **out, void *graph, unsigned long long flags)
{
	*out = (char *)graph + flags;
	return 0;
}

/* Something that was unknown when this was written: of arguments that nobody can guess. */
int cuNewer_v9(void)
{
	return 9;
}

int cuCtxGetCurrent(void **out)
{
	*out = &used;
	return 0;
}

int cuCtxGetDevice(int *out)
{
	*out = 0;
	return 0;
}

int cuGetProcAddress_v2(const char *name, void **out, int version, uint64_t flags, int *status)
{
	void *found = NULL;
	if (strcmp(name, "cuMemAlloc") == 0)
		found = version >= 14000  ? (void *)cuNewer_v9
			: version >= 3020 ? (void *)alloc_2
			: version >= 2000 ? (void *)alloc_1
					  : NULL;
	else if (strcmp(name, "cuMemAllocAsync") == 0 && version >= 11020)
		found = flags & 2 ? (void *)alloc_async_ptsz : (void *)alloc_async;
	else if (strcmp(name, "cuGraphInstantiate") == 0)
		found = version >= 12000 ? (void *)instantiate_flags : (void *)instantiate_log;
	else if (strcmp(name, "cuGetProcAddress") == 0)
		found = version >= 12000 ? (void *)cuGetProcAddress_v2 : (void *)cuGetProcAddress;
	if (status)
		*status = found ? 0 : 1;
	if (!out)
		return 1;
	*out = found;
	return found ? 0 : 500;
}

int cuGetProcAddress(const char *name, void **out, int version, uint64_t flags)
{
	return cuGetProcAddress_v2(name, out, version, flags, NULL);
}
