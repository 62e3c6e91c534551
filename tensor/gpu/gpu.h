/* SPDX-License-Identifier: MIT */
/*
 * What the files that drive GPUs share.  All work goes to the context's default
 * stream, so that it is done in order, whoever asks for it; copies to the host
 * wait for it.  A thread's current context is as before after every function.
 */
#ifndef NDG_GPU_H
#define NDG_GPU_H

#include "../device.h"
#include "driver.h"
#include "kernels/args.h"

enum ndg_kernel {
#define NDG_KERNEL(module, name, argument, synchronises) NDG_K_##name,
#include "kernels/list.h"
#undef NDG_KERNEL
	NDG_KERNELS
};

enum ndg_module { NDG_M_elementwise, NDG_M_functions, NDG_M_reduce, NDG_M_matmul, NDG_MODULES };

/* Generated from ptx/ when the library is built: the text of each module. */
extern const char *const ndg_ptx[NDG_MODULES];

#define NDG_THREADS 256 /* of a block; reduce.cu and matmul.cu count on it */

/* ---- device.c ---- */

/* A failed call of the driver as a status, with its line. */
nd_status ndg_failed(const char *operation, int index, const char *what, ndg_result result);

/* Device INDEX's context made the thread's current one, until ndg_leave. */
struct ndg_use {
	const struct ndg_driver *driver;
	bool pushed;
};
nd_status ndg_enter(struct ndg_use *use, const char *operation, int index);
void ndg_leave(struct ndg_use *use);

/*
 * Contexts and modules, which serve every manager, are made in a scope of their
 * own, whichever the thread is in.
 */
void ndg_own_begin(void);
void ndg_own_end(void);

nd_status ndg_alloc(const char *operation, int index, size_t bytes, bool zeroed, void **block);
int ndg_multiprocessors(int index);

/* ---- launch.c ---- */

/* KERNEL with BLOCKS blocks (fewer if that is too many: kernels go on in steps of the grid). */
nd_status ndg_launch(const char *operation, int index, enum ndg_kernel kernel, int64_t blocks,
		     const void *argument);
/* The same with a thread for each of COUNT. */
nd_status ndg_launch_each(const char *operation, int index, enum ndg_kernel kernel, int64_t count,
			  const void *argument);
/* At exit: modules of device INDEX, whose context is current, are unloaded. */
void ndg_unload(const struct ndg_driver *driver, int index);

/* ---- plan.c ---- */

/* VIEWS of one shape as E's operands, with as few axes as they allow. */
void ndg_plan(struct ndg_elementwise *e, const struct ndk_view *const *views, int count);
static inline int64_t ndg_magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}
/* AXES in the order of C or (SORTED) the longest steps of the input first; joined. */
void ndg_join_axes(struct ndg_axes *axes, bool sorted);
/* Is VIEW one number in the host's memory, not an operand or a result of CALL? */
bool ndg_is_number(const struct ndi_call *call, const struct ndk_view *view);
/* The one element of VIEW, in the host's memory, converted to TYPE. */
void ndg_number(struct ndg_operand *operand, enum ndk_type type, const struct ndk_view *view);

/* Kernels for f32, f64 and i64 stand next to each other in kernels/list.h. */
enum ndg_kernel ndg_kernel_for(enum ndg_kernel f32, enum ndk_type type);

/* ---- the operations ---- */

nd_status ndg_copy(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in);
nd_status ndg_copy_in(struct ndi_call *call, const struct ndk_view *out,
		      const struct ndk_view *host);
nd_status ndg_copy_out(struct ndi_call *call, const struct ndk_view *host,
		       const struct ndk_view *in);
nd_status ndg_fill(struct ndi_call *call, const struct ndk_view *out, double value);
nd_status ndg_arange(struct ndi_call *call, const struct ndk_view *out, double start, double step);
nd_status ndg_arange_i64(struct ndi_call *call, const struct ndk_view *out, int64_t start,
			 int64_t step);
nd_status ndg_binary(struct ndi_call *call, enum ndk_binary_op op, const struct ndk_view *out,
		     const struct ndk_view *a, const struct ndk_view *b);
nd_status ndg_unary(struct ndi_call *call, enum ndk_unary_op op, const struct ndk_view *out,
		    const struct ndk_view *in);
nd_status ndg_compare(struct ndi_call *call, enum ndk_compare_op op, const struct ndk_view *out,
		      const struct ndk_view *a, const struct ndk_view *b, enum ndk_type compute);
nd_status ndg_logical(struct ndi_call *call, enum ndk_logical_op op, const struct ndk_view *out,
		      const struct ndk_view *a, const struct ndk_view *b);
nd_status ndg_test(struct ndi_call *call, enum ndk_test_op op, const struct ndk_view *out,
		   const struct ndk_view *in);
nd_status ndg_clip(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in,
		   const struct ndk_view *low, const struct ndk_view *high);
nd_status ndg_where(struct ndi_call *call, const struct ndk_view *out,
		    const struct ndk_view *condition, const struct ndk_view *a,
		    const struct ndk_view *b);
nd_status ndg_reduce(struct ndi_call *call, enum ndk_reduce_op op, const struct ndk_view *out,
		     const struct ndk_view *in, unsigned axes);
nd_status ndg_softmax(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in,
		      int axis, bool logarithm);
nd_status ndg_matmul(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *a,
		     const struct ndk_view *b);

/* ---- cublas.c ---- */

/* P by cuBLAS; false if it is not there, not worth it, or P's layout is not its own. */
bool ndg_cublas(int index, const struct ndg_matmul *p);
/* At exit, device INDEX's context current. */
void ndg_cublas_close(int index);

#define NDG_MAX_DEVICES 64

#endif
