/* SPDX-License-Identifier: MIT */
/*
 * Kernels run where the operands of a call are: on the host by ndk.h's, on
 * another device by its own (device.h), and what that has none for on the host
 * again, by way of copies.
 */
#ifndef ND_RUN_H
#define ND_RUN_H

#include "device.h"

/* As the kernels of the same names, with their answer as a status. */
nd_status ndi_run_copy(struct ndi_call *call, const struct ndk_view *out,
		       const struct ndk_view *in);
nd_status ndi_run_fill(struct ndi_call *call, const struct ndk_view *out, double value);
nd_status ndi_run_arange(struct ndi_call *call, const struct ndk_view *out, double start,
			 double step);
nd_status ndi_run_arange_i64(struct ndi_call *call, const struct ndk_view *out, int64_t start,
			     int64_t step);
nd_status ndi_run_concat(struct ndi_call *call, const struct ndk_view *out,
			 const struct ndk_view *inputs, size_t count, int axis);
nd_status ndi_run_stack(struct ndi_call *call, const struct ndk_view *out,
			const struct ndk_view *inputs, size_t count, int axis);
nd_status ndi_run_binary(struct ndi_call *call, enum ndk_binary_op op, const struct ndk_view *out,
			 const struct ndk_view *a, const struct ndk_view *b);
nd_status ndi_run_unary(struct ndi_call *call, enum ndk_unary_op op, const struct ndk_view *out,
			const struct ndk_view *in);
nd_status ndi_run_compare(struct ndi_call *call, enum ndk_compare_op op, const struct ndk_view *out,
			  const struct ndk_view *a, const struct ndk_view *b,
			  enum ndk_type compute);
nd_status ndi_run_logical(struct ndi_call *call, enum ndk_logical_op op, const struct ndk_view *out,
			  const struct ndk_view *a, const struct ndk_view *b);
nd_status ndi_run_test(struct ndi_call *call, enum ndk_test_op op, const struct ndk_view *out,
		       const struct ndk_view *in);
nd_status ndi_run_clip(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in,
		       const struct ndk_view *low, const struct ndk_view *high);
nd_status ndi_run_where(struct ndi_call *call, const struct ndk_view *out,
			const struct ndk_view *condition, const struct ndk_view *a,
			const struct ndk_view *b);
nd_status ndi_run_reduce(struct ndi_call *call, enum ndk_reduce_op op, const struct ndk_view *out,
			 const struct ndk_view *in, unsigned axes);
nd_status ndi_run_softmax(struct ndi_call *call, const struct ndk_view *out,
			  const struct ndk_view *in, int axis, bool logarithm);
nd_status ndi_run_matmul(struct ndi_call *call, const struct ndk_view *out,
			 const struct ndk_view *a, const struct ndk_view *b);

/* Elements between VIEW, on the call's device, and a C-ordered view of the host's. */
nd_status ndi_run_copy_in(struct ndi_call *call, const struct ndk_view *view,
			  const struct ndk_view *host);
nd_status ndi_run_copy_out(struct ndi_call *call, const struct ndk_view *host,
			   const struct ndk_view *view);

/*
 * Views of a call's operands and results as kernels on the host may use them:
 * VIEW is the same memory where the host has access, else a copy.  The first
 * RESULTS of them are results, which ndi_host_end copies back if STATUS is ND_OK;
 * a view given as NULL stays out of it.  After a failed begin nothing is held.
 */
#define NDI_HOSTED 3
struct ndi_hosted {
	struct ndk_view view[NDI_HOSTED];
	struct ndi_call *call;
	const struct ndk_view *device[NDI_HOSTED];
	void *block[NDI_HOSTED]; /* the copy, NULL for none */
	int count, results;
};
nd_status ndi_host_begin(struct ndi_hosted *hosted, struct ndi_call *call,
			 const struct ndk_view *const *views, int count, int results);
nd_status ndi_host_end(struct ndi_hosted *hosted, nd_status status);

/*
 * Memory to work in, of LIKE's shape and TYPE, in C order, where the operands are;
 * one at a time.  The end answers STATUS, or that it failed itself.
 */
nd_status ndi_work_begin(struct ndi_call *call, enum ndk_type type, const struct ndk_view *like,
			 struct ndk_view *view);
nd_status ndi_work_end(struct ndi_call *call, const struct ndk_view *view, nd_status status);

#endif
