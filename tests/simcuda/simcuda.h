/* SPDX-License-Identifier: MIT */
/*
 * The simulated CUDA driver: a libcuda.so.1 over the memory of the host.  Put the folder it
 * is built in (build/tests/simcuda) into LD_LIBRARY_PATH; programs then reach it as they
 * reach NVIDIA's, and cuda_api.h declares what they call.
 *
 * This header is for libraries of kernels: since there is nothing to run device code, a
 * kernel's twin in C is looked up by its name.  SIMCUDA_KERNELS names the libraries (paths,
 * separated by colons).  They are loaded at the first module or library that a program
 * loads; each exports simcuda_kernels.  A kernel is found in a module if its name stands in
 * the text of the module's PTX as an .entry (any name if the image is no PTX).  Where no
 * library has a kernel of that name, images that are no PTX still give a function, whose
 * launch does nothing; for PTX the look-up fails with CUDA_ERROR_NOT_FOUND.
 *
 * Further settings, all environment variables, read by cuInit:
 *
 *   SIMCUDA_DEVICES=n        devices, 1 unless told, at most 16; 0: CUDA_ERROR_NO_DEVICE
 *   SIMCUDA_BYTES=n          memory of each device, with K, M or G; 4G unless told
 *   SIMCUDA_CONTEXT_BYTES=n  what each context takes of its device, 2M unless told; a
 *                            loaded module takes 64K
 *   SIMCUDA_OTHERS=n         what other processes have of each device, 0 unless told
 *   SIMCUDA_MIG=1            devices are MIG instances by name and UUID
 *   SIMCUDA_VERSION=n        version of the driver (13000): what cuDriverGetVersion says
 *                            and the newest that the look-up gives
 *   SIMCUDA_FAIL=name:n:error[,...]
 *                            the Nth call of a function (any of its variants; base name)
 *                            returns that error number and does nothing; "n+": and all
 *                            later calls; "name" may be "*" for any function with an error
 *                            to give
 *   SIMCUDA_LATENCY_NS=n     each call that allocates, frees, creates or destroys takes at
 *                            least that long, busy
 *   SIMCUDA_ASYNC=1          copies, fills, kernels and host functions in streams wait for
 *                            a synchronization too, as frees in stream order always do
 *   SIMCUDA_LOG=file         a line for each resource created and released:
 *                            "create KIND HANDLE BYTES device D context C stream S" and
 *                            "release KIND HANDLE BYTES how H" with H one of: call, context
 *                            (teardown), graph, pool; several processes append
 *   SIMCUDA_TRACE=file       a line for each look-up: lookup "NAME" VERSION FLAGS, and for
 *                            each table asked for: table "UUID" 0 0
 *   SIMCUDA_SUMMARY=file     at exit a line for each kind: "KIND live N bytes N created N
 *                            released N peak N" (peak in bytes), and "errors N": calls
 *                            that failed because what they named is not live; each
 *                            process appends after a line "process PID"
 *
 * Kinds: device pinned managed registered pool graph vmm range ipc array mipmap context
 * primary green stream event module library link texture surface graphobj graphexec mempool
 * extmem extbuffer extsem.  Bytes are as asked for.
 */
#ifndef SIMCUDA_SIMCUDA_H
#define SIMCUDA_SIMCUDA_H

#include <stddef.h>

struct simcuda_launch {
	unsigned grid[3], block[3];
	size_t shared;
	void **params; /* one pointer to each argument, as cuLaunchKernel takes them */
};

struct simcuda_kernel {
	const char *name;
	/* Does the work of all the grid, on device memory, which is memory of this process. */
	void (*run)(const struct simcuda_launch *launch);
};

/* Exported by a library of kernels; ends with a NULL name. */
#pragma GCC visibility push(default)
extern const struct simcuda_kernel simcuda_kernels[];
#pragma GCC visibility pop

#endif
