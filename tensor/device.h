/* SPDX-License-Identifier: MIT */
/*
 * What a device does for the runtime: one table of functions per kind.  Any
 * thread may call any of them.  Those with a status leave a line that names the
 * device when they fail.
 */
#ifndef ND_DEVICE_H
#define ND_DEVICE_H

#include "internal.h"

/*
 * The operations that a device computes by itself, as ndk.h has them, on views
 * of the call's operands and results.  An input of binary, compare and clip may
 * be one number in the host's memory instead (all strides 0).
 */
struct ndi_device_kernels {
	nd_status (*copy)(struct ndi_call *call, const struct ndk_view *out,
			  const struct ndk_view *in);
	/* One view is in the host's memory, in C order; both have one shape and type. */
	nd_status (*copy_in)(struct ndi_call *call, const struct ndk_view *out,
			     const struct ndk_view *host);
	nd_status (*copy_out)(struct ndi_call *call, const struct ndk_view *host,
			      const struct ndk_view *in);
	nd_status (*fill)(struct ndi_call *call, const struct ndk_view *out, double value);
	nd_status (*arange)(struct ndi_call *call, const struct ndk_view *out, double start,
			    double step);
	nd_status (*arange_i64)(struct ndi_call *call, const struct ndk_view *out, int64_t start,
				int64_t step);
	nd_status (*binary)(struct ndi_call *call, enum ndk_binary_op op,
			    const struct ndk_view *out, const struct ndk_view *a,
			    const struct ndk_view *b);
	nd_status (*unary)(struct ndi_call *call, enum ndk_unary_op op, const struct ndk_view *out,
			   const struct ndk_view *in);
	nd_status (*compare)(struct ndi_call *call, enum ndk_compare_op op,
			     const struct ndk_view *out, const struct ndk_view *a,
			     const struct ndk_view *b, enum ndk_type compute);
	nd_status (*logical)(struct ndi_call *call, enum ndk_logical_op op,
			     const struct ndk_view *out, const struct ndk_view *a,
			     const struct ndk_view *b);
	nd_status (*test)(struct ndi_call *call, enum ndk_test_op op, const struct ndk_view *out,
			  const struct ndk_view *in);
	nd_status (*clip)(struct ndi_call *call, const struct ndk_view *out,
			  const struct ndk_view *in, const struct ndk_view *low,
			  const struct ndk_view *high);
	nd_status (*where)(struct ndi_call *call, const struct ndk_view *out,
			   const struct ndk_view *condition, const struct ndk_view *a,
			   const struct ndk_view *b);
	/* Not NDK_MEDIAN. */
	nd_status (*reduce)(struct ndi_call *call, enum ndk_reduce_op op,
			    const struct ndk_view *out, const struct ndk_view *in, unsigned axes);
	nd_status (*softmax)(struct ndi_call *call, const struct ndk_view *out,
			     const struct ndk_view *in, int axis, bool logarithm);
	nd_status (*matmul)(struct ndi_call *call, const struct ndk_view *out,
			    const struct ndk_view *a, const struct ndk_view *b);
};

struct ndi_device_ops {
	/* NULL: the host reads and writes its memory, the kernels are ndk.h's. */
	const struct ndi_device_kernels *kernels;
	/* BYTES > 0 bytes on device INDEX into *BLOCK.  ZEROED: all bits 0. */
	nd_status (*alloc)(const char *operation, int index, size_t bytes, bool zeroed,
			   void **block);
	/* Give back what alloc gave, with its size. */
	nd_status (*free)(int index, void *block, size_t bytes);
	nd_status (*copy_from_host)(int index, void *to, const void *from, size_t bytes);
	nd_status (*copy_to_host)(int index, void *to, const void *from, size_t bytes);
	/* These are not asked of the CPU, of which there is one. */
	/* How many there are, and if none, why; may take the first steps towards using them. */
	int (*count)(const char **why);
	/* How many are in use already, and the bytes this process holds on one. */
	int (*count_used)(void);
	size_t (*in_use)(int index);
};

extern const struct ndi_device_ops ndi_device_cpu;
extern const struct ndi_device_ops ndi_device_gpu; /* gpu/device.c */

/*
 * The end of something that had BLOCK of the call's device to work in: freed; STATUS
 * with its line, or that it could not be.
 */
nd_status ndi_free_after(nd_status status, const struct ndi_call *call, void *block, size_t bytes);

/* "cpu", "gpu(1)": BUFFER has room for NDI_DEVICE_TEXT bytes.  Answers BUFFER. */
#define NDI_DEVICE_TEXT 24
const char *ndi_device_text(nd_device device, char buffer[NDI_DEVICE_TEXT]);

#endif
