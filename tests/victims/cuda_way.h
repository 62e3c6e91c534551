/* SPDX-License-Identifier: MIT */
/*
 * For victims with `cuda:`: one source reaches the driver in each of the ways that
 * programs have.  CU(cuMemAlloc_v2) is the driver's function of that exported name,
 * whichever way was compiled in:
 *
 *   WAY_LINKED         a plain call, libcuda.so.1 is linked
 *   WAY_DLSYM          dlopen and dlsym of the exported name
 *   WAY_PROCADDRESS    cuGetProcAddress_v2, asked for the version that brought the variant
 *   WAY_PROCADDRESS1   the same by the older cuGetProcAddress
 *   WAY_REPLAY         as libcudart does: a probe, every name there is, an export table
 *   WAY_CUDART         cudaGetDriverEntryPointByVersion of the stand-in for libcudart
 *   WAY_CUDART_STATIC  the same, linked statically
 *
 * A context on device 0 is made before main by code that is no victim's own, so that
 * it counts for nothing there; it is current in the main thread.
 */
#ifndef CUDA_WAY_H
#define CUDA_WAY_H

#include "victim.h"
#include <dlfcn.h>
#include <pthread.h>

#define CUDA_RAW_NAMES
#include "cuda_api.h"

/* What a call of the driver must return. */
#define OK(call) CHECK((call) == CUDA_SUCCESS)

#define WAY_CONCAT2(a, b) a##b
#define WAY_CONCAT(a, b) WAY_CONCAT2(a, b)

struct way_export {
	const char *base, *name; /* cuMemAlloc, cuMemAlloc_v2 */
	int version, flags;      /* as cuGetProcAddress takes them */
	void *function;
};
#define LEGACY 0
#define PTSZ 2
#define PTDS 2
#define SIM_EXPORT(base, name, version, flags) {#base, #name, version, flags, NULL},
static UNUSED struct way_export way_exports[] = {
#include "exports.h"
};
#undef SIM_EXPORT
#undef LEGACY
#undef PTSZ
#undef PTDS
#define WAY_EXPORTS (sizeof(way_exports) / sizeof(way_exports[0]))

#ifdef WAY_LINKED
#define CU(function) function
#else
#define CU(function) ((__typeof__(&function))way_find(#function))
#endif

static UNUSED void *way_libcuda(void)
{
	static void *library;
	if (!library)
		library = dlopen("libcuda.so.1", RTLD_NOW);
	CHECK(library);
	return library;
}

#if defined(WAY_CUDART) || defined(WAY_CUDART_STATIC)
#include "replay_cudart.h"
#endif

/* Looks one variant up, NULL if there is none. */
static UNUSED void *way_resolve(const struct way_export *e)
{
#if defined(WAY_PROCADDRESS) || defined(WAY_REPLAY)
	void *function = NULL;
	static CUresult (*resolve)(const char *, void **, int, uint64_t, int *);
	if (!resolve)
		*(void **)&resolve = dlsym(way_libcuda(), "cuGetProcAddress_v2");
	int found = -1;
	CUresult status = resolve(e->base, &function, e->version, (uint64_t)e->flags,
				  e->version % 2000 ? NULL : &found);
	return status == CUDA_SUCCESS ? function : NULL;
#elif defined(WAY_PROCADDRESS1)
	void *function = NULL;
	static CUresult (*resolve)(const char *, void **, int, uint64_t);
	if (!resolve)
		*(void **)&resolve = dlsym(way_libcuda(), "cuGetProcAddress");
	CUresult status = resolve(e->base, &function, e->version, (uint64_t)e->flags);
	return status == CUDA_SUCCESS ? function : NULL;
#elif defined(WAY_CUDART) || defined(WAY_CUDART_STATIC)
	void *function = NULL;
	int found = -1;
	int status = cudaGetDriverEntryPointByVersion(e->base, &function, (unsigned)e->version,
						      (unsigned long long)e->flags, &found);
	return status == 0 && found == 0 ? function : NULL;
#else
	return dlsym(way_libcuda(), e->name);
#endif
}

static UNUSED void *way_find(const char *name)
{
	for (size_t i = 0; i < WAY_EXPORTS; i++) {
		struct way_export *e = &way_exports[i];
		if (strcmp(e->name, name))
			continue;
		if (!e->function)
			e->function = way_resolve(e);
		if (!e->function)
			break;
		return e->function;
	}
	complain("%s cannot be reached\n", name);
	return NULL;
}

/* The look-ups of libcudart's start. */
static UNUSED void way_replay(void)
{
	CUresult (*resolve)(const char *, void **, int, uint64_t, int *);
	*(void **)&resolve = dlsym(way_libcuda(), "cuGetProcAddress_v2");
	void *function = NULL;
	(void)resolve("", &function, 0, 0, NULL);
	for (size_t i = 0; i < WAY_EXPORTS; i++)
		way_exports[i].function = way_resolve(&way_exports[i]);
	const void *table = NULL;
	static const CUuuid nobody = {{0}};
	(void)CU(cuGetExportTable)(&table, &nobody);
}

/* A context on device ORDINAL, current in this thread. */
static UNUSED NOINLINE CUcontext way_context(int ordinal)
{
	CUcontext context = NULL;
	CUdevice device = -1;
	OK(CU(cuDeviceGet)(&device, ordinal));
	OK(CU(cuCtxCreate_v4)(&context, NULL, 0, device));
	return context;
}

/* RELEASE(HANDLE) in another thread that has the same current context; its result. */
struct way_release {
	CUresult (*release)(uint64_t handle);
	uint64_t handle;
	CUcontext context;
	CUresult result;
};

static UNUSED void *way_release_thread(void *argument)
{
	struct way_release *r = argument;
	OK(CU(cuCtxSetCurrent)(r->context));
	r->result = r->release(r->handle);
	return NULL;
}

static UNUSED NOINLINE CUresult elsewhere(CUresult (*release)(uint64_t), uint64_t handle)
{
	struct way_release r = {release, handle, NULL, CUDA_SUCCESS};
	pthread_t thread;
	OK(CU(cuCtxGetCurrent)(&r.context));
	CHECK(pthread_create(&thread, NULL, way_release_thread, &r) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	return r.result;
}

static UNUSED CUcontext way_first;

static UNUSED void *way_start_thread(void *argument)
{
#ifdef WAY_REPLAY
	way_replay();
#endif
	OK(CU(cuInit)(0));
	way_first = way_context(0);
	return argument;
}

/*
 * To be called by hand where WAY_BY_HAND is defined: in a child, or before main's own
 * calls.  In a thread, so that no function of the victim's has made the context.
 */
static UNUSED NOINLINE void way_start(void)
{
	pthread_t thread;
	CHECK(pthread_create(&thread, NULL, way_start_thread, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	OK(CU(cuCtxSetCurrent)(way_first));
}

#ifndef WAY_BY_HAND
__attribute__((constructor)) static void way_constructor(void)
{
	way_start();
}
#endif

#endif
