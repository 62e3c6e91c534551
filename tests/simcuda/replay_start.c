/* SPDX-License-Identifier: MIT */
/* How the stand-in for NVIDIA's runtime library begins, devices and errors. */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "replay_cudart.h"
#include "replay_start.h"

static struct entry {
	const char *name;
	int version;
	unsigned flags;
	void *address;
} entries[] = {
#define L(name, version, flags) {name, version, flags, NULL},
#include "replay_lookups.h"
#undef L
};
enum { ENTRIES = sizeof entries / sizeof *entries, DEVICES = 64 };

static unsigned found;
static int started = CUDA_ERROR_NOT_INITIALIZED;
static CUcontext primary[DEVICES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int device, last_error;
static __typeof__(&cuGetProcAddress_v2) look_up;

void *replay_function(const char *name, int version, unsigned flags)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		if (entries[i].version == version && entries[i].flags == flags &&
		    !strcmp(entries[i].name, name))
			return entries[i].address;
	}
	return NULL;
}

int replay_result(int error)
{
	if (error)
		last_error = error;
	return error;
}

static int start(void)
{
	void *library = dlopen("libcuda.so.1", RTLD_LAZY);
	if (!library)
		return CUDA_ERROR_SHARED_OBJECT_INIT_FAILED;
	look_up = (__typeof__(look_up))dlsym(library, "cuGetProcAddress_v2");
	if (!look_up)
		return CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER;
	for (size_t i = 0; i < ENTRIES; i++) {
		int error = (int)look_up(entries[i].name, &entries[i].address, entries[i].version,
					 entries[i].flags, NULL);
		/* The first, for "", only finds out whether the driver understands it. */
		if (error && i)
			return error;
		found += entries[i].address != NULL;
	}
	/* The real one asks for tables here; it takes that one is not there. */
	static const CUuuid table = {"\xf8\xcf\xf9\x51\x21\x46\x8b\x4e\xb9\xe2\xfb\x46\x9e\x7c\x0d"
				     "\xd9"};
	const void *unused;
	DRIVER("cuGetExportTable", 3000, 0, cuGetExportTable)(&unused, &table);
	return (int)DRIVER("cuInit", 2000, 0, cuInit)(0);
}

int replay_ready(void)
{
	CUcontext now = NULL;
	pthread_mutex_lock(&lock);
	if (started == CUDA_ERROR_NOT_INITIALIZED)
		started = start();
	int error = started;
	if (!error)
		DRIVER("cuCtxGetCurrent", 4000, 0, cuCtxGetCurrent)(&now);
	if (!error && !now) {
		if (!primary[device])
			error = (int)DRIVER("cuDevicePrimaryCtxRetain", 7000, 0,
					    cuDevicePrimaryCtxRetain)(&primary[device], device);
		if (!error)
			error = (int)DRIVER("cuCtxSetCurrent", 4000, 0,
					    cuCtxSetCurrent)(primary[device]);
	}
	pthread_mutex_unlock(&lock);
	return replay_result(error);
}

unsigned replay_looked_up(void)
{
	return found;
}

/* ---- devices ---- */
int cudaGetDeviceCount(int *count)
{
	READY();
	return replay_result((int)DRIVER("cuDeviceGetCount", 2000, 0, cuDeviceGetCount)(count));
}

int cudaSetDevice(int number)
{
	int count = 0, error = cudaGetDeviceCount(&count);
	if (error || number < 0 || number >= count || number >= DEVICES)
		return replay_result(error ? error : CUDA_ERROR_INVALID_DEVICE);
	device = number;
	DRIVER("cuCtxSetCurrent", 4000, 0, cuCtxSetCurrent)(primary[number]);
	return replay_ready();
}

int cudaGetDevice(int *number)
{
	READY();
	*number = device;
	return 0;
}

int cudaDeviceReset(void)
{
	READY();
	replay_forget_kernels();
	pthread_mutex_lock(&lock);
	int error =
		(int)DRIVER("cuDevicePrimaryCtxReset", 7000, 0, cuDevicePrimaryCtxReset)(device);
	primary[device] = NULL;
	DRIVER("cuCtxSetCurrent", 4000, 0, cuCtxSetCurrent)(NULL);
	pthread_mutex_unlock(&lock);
	return replay_result(error);
}

int cudaDeviceSynchronize(void)
{
	READY();
	return replay_result((int)DRIVER("cuCtxSynchronize", 2000, 0, cuCtxSynchronize)());
}

int cudaDriverGetVersion(int *version)
{
	READY();
	return replay_result(
		(int)DRIVER("cuDriverGetVersion", 2020, 0, cuDriverGetVersion)(version));
}

int cudaRuntimeGetVersion(int *version)
{
	*version = CUDA_VERSION;
	return 0;
}

int cudaGetDriverEntryPointByVersion(const char *name, void **function, unsigned version,
				     unsigned long long flags, int *status)
{
	READY();
	CUdriverProcAddressQueryResult known = CU_GET_PROC_ADDRESS_SUCCESS;
	int error = (int)look_up(name, function, (int)version, flags, &known);
	if (status)
		*status = (int)known;
	return replay_result(error);
}

/* ---- errors ---- */
int cudaGetLastError(void)
{
	int error = last_error;
	last_error = 0;
	return error;
}

int cudaPeekAtLastError(void)
{
	return last_error;
}

const char *cudaGetErrorName(int error)
{
	const char *name = NULL;
	if (!replay_ready())
		DRIVER("cuGetErrorName", 6000, 0, cuGetErrorName)((CUresult)error, &name);
	return name ? name : "unrecognized error code";
}

const char *cudaGetErrorString(int error)
{
	return cudaGetErrorName(error);
}
