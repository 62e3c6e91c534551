/* SPDX-License-Identifier: MIT */
/*
 * The CUDA driver as the runtime uses it: own declarations (driver_check.c holds
 * them against cuda.h where that is installed), and the functions, found by
 * dlopen when a GPU is first asked for.  Nothing is linked against CUDA.
 */
#ifndef NDG_DRIVER_H
#define NDG_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct CUctx_st;
struct CUmod_st;
struct CUfunc_st;
struct CUstream_st;

typedef unsigned ndg_result; /* CUresult */
typedef unsigned long long ndg_address;

/* Those of CUresult and CUdevice_attribute that are looked at. */
#define NDG_SUCCESS 0U
#define NDG_OUT_OF_MEMORY 2U
#define NDG_DEINITIALIZED 4U
#define NDG_NO_DEVICE 100U
#define NDG_MULTIPROCESSORS 16

/* NDG_FUNCTION(name here, the driver's symbol, parameters) */
#define NDG_DRIVER_FUNCTIONS(F)                                                                    \
	F(init, cuInit, (unsigned flags))                                                          \
	F(device_count, cuDeviceGetCount, (int *count))                                            \
	F(device_get, cuDeviceGet, (int *device, int ordinal))                                     \
	F(device_attribute, cuDeviceGetAttribute, (int *value, unsigned attribute, int device))    \
	F(primary_retain, cuDevicePrimaryCtxRetain, (struct CUctx_st * *context, int device))      \
	F(primary_release, cuDevicePrimaryCtxRelease_v2, (int device))                             \
	F(context_current, cuCtxGetCurrent, (struct CUctx_st * *context))                          \
	F(context_push, cuCtxPushCurrent_v2, (struct CUctx_st * context))                          \
	F(context_pop, cuCtxPopCurrent_v2, (struct CUctx_st * *context))                           \
	F(mem_alloc, cuMemAlloc_v2, (ndg_address * address, size_t bytes))                         \
	F(mem_free, cuMemFree_v2, (ndg_address address))                                           \
	F(copy_to_device, cuMemcpyHtoD_v2, (ndg_address to, const void *from, size_t bytes))       \
	F(copy_to_host, cuMemcpyDtoH_v2, (void *to, ndg_address from, size_t bytes))               \
	F(copy_within, cuMemcpyDtoD_v2, (ndg_address to, ndg_address from, size_t bytes))          \
	F(set_bytes, cuMemsetD8_v2, (ndg_address to, unsigned char value, size_t bytes))           \
	F(module_load, cuModuleLoadData, (struct CUmod_st * *module, const void *image))           \
	F(module_unload, cuModuleUnload, (struct CUmod_st * module))                               \
	F(module_function, cuModuleGetFunction,                                                    \
	  (struct CUfunc_st * *function, struct CUmod_st * module, const char *name))              \
	F(launch, cuLaunchKernel,                                                                  \
	  (struct CUfunc_st * function, unsigned grid_x, unsigned grid_y, unsigned grid_z,         \
	   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,                  \
	   struct CUstream_st *stream, void **parameters, void **extra))                           \
	F(error_name, cuGetErrorName, (ndg_result error, const char **name))

#define NDG_DECLARE_TYPE(name, symbol, parameters) typedef ndg_result ndg_##name##_fn parameters;
NDG_DRIVER_FUNCTIONS(NDG_DECLARE_TYPE)
#undef NDG_DECLARE_TYPE

struct ndg_driver {
#define NDG_DECLARE_MEMBER(name, symbol, parameters) ndg_##name##_fn *name;
	NDG_DRIVER_FUNCTIONS(NDG_DECLARE_MEMBER)
#undef NDG_DECLARE_MEMBER
};

/*
 * The driver, loaded and initialised by the first call; NULL where there is
 * none that works.  *WHY, if not NULL, then says why.
 */
const struct ndg_driver *ndg_driver(const char **why);
/* The same if some call loaded it already, else NULL; loads nothing. */
const struct ndg_driver *ndg_driver_loaded(void);

#endif
