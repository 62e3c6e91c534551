/* SPDX-License-Identifier: MIT */
/*
 * What a device does for the runtime: one table of functions per kind.  Any
 * thread may call any of them.
 */
#ifndef ND_DEVICE_H
#define ND_DEVICE_H

#include "internal.h"

struct ndi_device_ops {
	const char *name;
	bool host_access; /* kernels of this library may read and write its memory */
	/* BYTES > 0 bytes on device INDEX; NULL: none left.  ZEROED: all bits 0. */
	void *(*alloc)(int index, size_t bytes, bool zeroed);
	/* Give back what alloc gave, with its size. */
	nd_status (*free)(int index, void *block, size_t bytes);
	nd_status (*copy_from_host)(int index, void *to, const void *from, size_t bytes);
	nd_status (*copy_to_host)(int index, void *to, const void *from, size_t bytes);
	nd_status (*copy_within)(int index, void *to, const void *from, size_t bytes);
	/* How many there are, and the bytes this process holds on one. */
	int (*count)(void);
	size_t (*in_use)(int index);
};

extern const struct ndi_device_ops ndi_device_cpu;
/* Of device_gpu_none.c, or of the file that drives GPUs. */
extern const struct ndi_device_ops ndi_device_gpu;

#endif
