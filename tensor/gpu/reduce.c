/* SPDX-License-Identifier: MIT */
/* Reductions and softmax on a GPU: how the work is cut up. */
#include "gpu.h"

#include <string.h>

/* Elements that a block's, and a thread's, part has at least. */
#define BLOCK_PART 4096
#define THREAD_PART 64
/* Parts of one result at most: one block takes them all in. */
#define MOST_PARTS 1024
/* A row shorter than this is one thread's. */
#define SHORT_ROW 32

static int64_t at_least(int64_t value, int64_t least)
{
	return value > least ? value : least;
}

static int64_t at_most(int64_t value, int64_t most)
{
	return value < most ? value : most;
}

static void add_axis(struct ndg_axes *axes, int64_t length, int64_t in, int64_t out)
{
	if (length == 1)
		return;
	axes->length[axes->count] = length;
	axes->in[axes->count] = in;
	axes->out[axes->count++] = out;
}

/* A thread for each part: where the kept elements lie closer, or rows are short. */
static bool by_columns(const struct ndg_axes *kept, int64_t results, int64_t each, int64_t step)
{
	if (each < SHORT_ROW)
		return true;
	return results >= SHORT_ROW &&
	       ndg_magnitude(kept->in[kept->count - 1]) < ndg_magnitude(step);
}

static bool by_f64(enum ndk_reduce_op op, const struct ndk_view *out, const struct ndk_view *in)
{
	if (op == NDK_ALL || op == NDK_ANY)
		return false;
	return ndk_is_float(op == NDK_ARGMAX || op == NDK_ARGMIN ? in->type : out->type);
}

/* Enough parts to keep every multiprocessor busy. */
static void cut(struct ndg_reduce *r, int index)
{
	int64_t busy = (int64_t)ndg_multiprocessors(index) * (r->columns ? 1024 : 4);
	int64_t most = r->each / (r->columns ? THREAD_PART : BLOCK_PART);

	r->parts = at_most(at_most((busy - 1) / r->results + 1, most), MOST_PARTS);
	r->parts = at_least(r->parts, 1);
	r->part = at_least((r->each - 1) / r->parts + 1, 1);
	r->parts = at_least((r->each - 1) / r->part + 1, 1);
}

static enum ndk_status plan(struct ndg_reduce *r, enum ndk_reduce_op op, const struct ndk_view *out,
			    const struct ndk_view *in, unsigned axes)
{
	bool argument = op == NDK_ARGMAX || op == NDK_ARGMIN;

	memset(r, 0, sizeof *r);
	r->in = in->data;
	r->out = out->data;
	r->in_type = (int32_t)in->type;
	r->out_type = (int32_t)out->type;
	r->op = (int32_t)op;
	r->compensate = in->type == NDK_F64 || in->type == NDK_I64 || in->type == NDK_I32;
	r->results = r->each = 1;
	for (int i = 0; i < in->ndim; i++) {
		if (axes >> i & 1) {
			add_axis(&r->reduced, in->shape[i], in->stride[i], 0);
			r->each *= in->shape[i];
		} else {
			add_axis(&r->kept, in->shape[i], in->stride[i], out->stride[i]);
			r->results *= in->shape[i];
		}
	}
	if (r->results && !r->each && (argument || op == NDK_MAX || op == NDK_MIN))
		return NDK_EMPTY;
	ndg_join_axes(&r->kept, true);
	ndg_join_axes(&r->reduced, !argument);
	return NDK_OK;
}

nd_status ndg_reduce(struct ndi_call *call, enum ndk_reduce_op op, const struct ndk_view *out,
		     const struct ndk_view *in, unsigned axes)
{
	int index = call->device.index;
	enum ndg_kernel kernel =
		op == NDK_ARGMAX || op == NDK_ARGMIN ? NDG_K_argument_f64 : NDG_K_reduce_f64;
	struct ndg_reduce r;
	enum ndk_status answer = plan(&r, op, out, in, axes);
	void *partial = NULL;
	size_t bytes;
	int64_t jobs;
	nd_status status;

	if (answer)
		return ndi_call_kernel(call, answer);
	if (!r.results)
		return ND_OK;
	r.columns = by_columns(&r.kept, r.results, r.each, r.reduced.in[r.reduced.count - 1]);
	cut(&r, index);
	bytes = (size_t)(r.results * r.parts) * NDG_PARTIAL;
	if (r.parts > 1 && (status = ndg_alloc(call->operation, index, bytes, false, &partial)))
		return status;
	r.partial = partial;
	kernel += !by_f64(op, out, in);
	jobs = r.results * r.parts;
	status = ndg_launch(call->operation, index, kernel,
			    r.columns ? (jobs - 1) / NDG_THREADS + 1 : jobs, &r);
	if (r.parts > 1) {
		r.join = 1;
		if (!status)
			status = ndg_launch(call->operation, index, kernel, r.results, &r);
		status = ndi_free_after(status, call, partial, bytes);
	}
	return status;
}

nd_status ndg_softmax(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in,
		      int axis, bool logarithm)
{
	struct ndg_softmax s = {
		.in = in->data,
		.out = out->data,
		.rows = 1,
		.length = in->shape[axis],
		.in_step = in->stride[axis],
		.out_step = out->stride[axis],
		.in_type = (int32_t)in->type,
		.out_type = (int32_t)out->type,
		.logarithm = logarithm,
	};

	for (int i = 0; i < in->ndim; i++) {
		if (i == axis)
			continue;
		add_axis(&s.kept, in->shape[i], in->stride[i], out->stride[i]);
		s.rows *= in->shape[i];
	}
	if (!s.rows || !s.length)
		return ND_OK;
	ndg_join_axes(&s.kept, true);
	s.columns = by_columns(&s.kept, s.rows, s.length, s.in_step);
	return ndg_launch(call->operation, call->device.index,
			  out->type == NDK_F64 ? NDG_K_softmax_f64 : NDG_K_softmax_f32,
			  s.columns ? (s.rows - 1) / NDG_THREADS + 1 : s.rows, &s);
}
