/* SPDX-License-Identifier: MIT */
/* Products of matrices on a GPU, by cuBLAS where that is there and worth it. */
#include "gpu.h"

#define TILE 64 /* results of a block each way, as in matmul.cu */

static enum ndg_kernel kernel_for(enum ndk_type type)
{
	switch (type) {
	case NDK_F64: return NDG_K_matmul_f64;
	case NDK_I8:
	case NDK_U8:
	case NDK_I32: return NDG_K_matmul_i32;
	case NDK_I64:
	case NDK_BOOL: return NDG_K_matmul_i64;
	default: return NDG_K_matmul_f32;
	}
}

nd_status ndg_matmul(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *a,
		     const struct ndk_view *b)
{
	int i = out->ndim - 2, j = i + 1;
	struct ndg_matmul p = {
		.out = out->data,
		.a = a->data,
		.b = b->data,
		.m = out->shape[i],
		.n = out->shape[j],
		.k = a->shape[j],
		.out_row = out->stride[i],
		.out_column = out->stride[j],
		.a_row = a->stride[i],
		.a_column = a->stride[j],
		.b_row = b->stride[i],
		.b_column = b->stride[j],
		.batches = 1,
		.out_type = (int32_t)out->type,
		.a_type = (int32_t)a->type,
		.b_type = (int32_t)b->type,
	};

	for (int d = 0; d < i; d++) {
		p.batches *= out->shape[d];
		if (out->shape[d] == 1)
			continue;
		p.shape[p.ndim] = out->shape[d];
		p.out_batch[p.ndim] = out->stride[d];
		p.a_batch[p.ndim] = a->stride[d];
		p.b_batch[p.ndim++] = b->stride[d];
	}
	if (!p.m || !p.n || !p.batches)
		return ND_OK;
	if (ndg_cublas(call->device.index, &p))
		return ND_OK;
	return ndg_launch(call->operation, call->device.index, kernel_for(out->type),
			  ((p.m - 1) / TILE + 1) * ((p.n - 1) / TILE + 1) * p.batches, &p);
}
