/* SPDX-License-Identifier: MIT */
/*
 * leakscope-nd: a tensor runtime whose memory has owners.
 *
 * Every array belongs to a manager; managers form a tree; closing one closes
 * what it holds.  Under leakscope each manager is a scope of the same name and
 * each array's storage is tagged with its manager's, so that what outlives a
 * manager is reported under it.  Without leakscope nothing of that costs.
 *
 *     nd_manager *step;
 *     nd_array *x, *y;
 *     nd_manager_new_sub(base, "step", &step);
 *     nd_random_normal(step, ND_F32, ND_SHAPE(128, 64), 0, 1, 42, &x);
 *     nd_mul_scalar(x, 2, &y);          // belongs to step, as x does
 *     nd_manager_close(step);           // both are gone
 *
 * What holds for the whole interface:
 *  - Handles are opaque values, never dereferenced by the caller and never
 *    reused: a handle whose object is closed is recognised for ever and answers
 *    ND_ERR_CLOSED, naming it.  NULL is no object: ND_ERR_ARGUMENT.
 *  - Any function may be called from any thread at any time (not from a signal
 *    handler).  An operation keeps its operands' storage alive until it is
 *    done, whoever closes them meanwhile.  Elements are the caller's to guard:
 *    two threads may read the same array, not write while another reads.
 *  - A function that fails answers a status other than ND_OK, has changed
 *    nothing, sets handles it was to give to NULL, and leaves one line that
 *    says what was wrong in nd_last_error().  Nothing aborts.
 *  - Everything is checked before anything is changed or allocated.
 *  - New arrays belong to the manager given, or to the first operand's.
 *  - Axes may be negative (from the end); shapes are counts of elements, bytes
 *    are bytes, C order unless strides say otherwise.
 *
 * Types are combined as tensor/TYPES.md says.
 */
#ifndef LEAKSCOPE_ND_H
#define LEAKSCOPE_ND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ND_API __attribute__((visibility("default")))

/* ---- errors ---- */

typedef enum nd_status {
	ND_OK = 0,
	ND_ERR_MEMORY = 1,      /* an allocation failed, on the host or the device */
	ND_ERR_ARGUMENT = 2,    /* a value outside what the function takes */
	ND_ERR_SHAPE = 3,       /* shapes or axes that do not fit */
	ND_ERR_TYPE = 4,        /* element types the operation is not defined for */
	ND_ERR_CLOSED = 5,      /* the array, manager or scope is closed */
	ND_ERR_CAPPED = 6,      /* the manager takes no more arrays */
	ND_ERR_INDEX = 7,       /* an index outside its axis */
	ND_ERR_DEVICE = 8,      /* no such device, or it failed */
	ND_ERR_IO = 9,          /* a file could not be read or written */
	ND_ERR_FORMAT = 10,     /* a file's contents are damaged or not supported */
	ND_ERR_UNSUPPORTED = 11 /* refused by rule (closing the system manager) */
} nd_status;

/* The calling thread's latest failure as one line; "" before the first.  Good until its next one. */
ND_API const char *nd_last_error(void);
/* "out of memory", …: what a status means in general. */
ND_API const char *nd_status_name(nd_status status);

/* ---- types, devices ---- */

typedef enum nd_dtype {
	ND_F32,
	ND_F64,
	ND_F16,  /* IEEE binary16 */
	ND_BF16, /* the upper half of an f32 */
	ND_I8,
	ND_U8,
	ND_I32,
	ND_I64,
	ND_BOOL /* one byte, 0 or 1 */
} nd_dtype;

#define ND_MAX_DIMS 8

ND_API size_t nd_dtype_size(nd_dtype dtype);      /* bytes of an element; 0 for no type */
ND_API const char *nd_dtype_name(nd_dtype dtype); /* "f32", …, "bool" */
/* The type in which arrays of A and B are combined. */
ND_API nd_dtype nd_promote(nd_dtype a, nd_dtype b);

typedef enum nd_device_kind { ND_DEVICE_CPU, ND_DEVICE_GPU } nd_device_kind;

typedef struct nd_device {
	nd_device_kind kind;
	int index;
} nd_device;

/*
 * GPUs are the CUDA driver's, loaded when one is first asked for (nd_device_check,
 * nd_device_count, nd_manager_new_sub_on, nd_array_to_device).  What runs there
 * and what goes by way of the host: tensor/README.md.
 */
ND_API nd_device nd_cpu(void);
ND_API nd_device nd_gpu(int index);
/* ND_OK if arrays can live there, else ND_ERR_DEVICE and why. */
ND_API nd_status nd_device_check(nd_device device);
ND_API int nd_device_count(nd_device_kind kind);

/* A shape in place: expands to two arguments, the number of dimensions and the shape. */
#define ND_SHAPE(...)                                                                              \
	(int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[])         \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define ND_SCALAR_SHAPE 0, NULL
/* Axes in place, for reductions and transposes: number and axes.  ND_ALL_AXES: every axis. */
#define ND_AXES(...)                                                                               \
	(int)(sizeof((const int[]){__VA_ARGS__}) / sizeof(int)), (const int[])                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define ND_ALL_AXES 0, NULL

/* ---- managers ---- */

typedef struct nd_manager nd_manager; /* a handle, see above */
typedef struct nd_array nd_array;     /* a handle, see above */

#define ND_NAME_MAX 63 /* bytes of a name; longer ones are ND_ERR_ARGUMENT */

/* The one root; always open.  Its scope is the process. */
ND_API nd_manager *nd_manager_system(void);
/* A manager under the root, or under PARENT.  NAME is copied; NULL: "manager-N". */
ND_API nd_status nd_manager_new_base(const char *name, nd_manager **out);
ND_API nd_status nd_manager_new_sub(nd_manager *parent, const char *name, nd_manager **out);
/* As new_sub, for arrays of DEVICE; the others inherit their parent's. */
ND_API nd_status nd_manager_new_sub_on(nd_manager *parent, const char *name, nd_device device,
				       nd_manager **out);
/*
 * Close MANAGER and all it holds, latest first.  Sub-managers go with it;
 * borrowed arrays go back.  Goes on after a resource that fails and answers the
 * first failure.  Closing twice, or NULL: ND_OK.  The system manager:
 * ND_ERR_UNSUPPORTED.
 */
ND_API nd_status nd_manager_close(nd_manager *manager);
/* Copy the name (also of a manager just closed) into BUFFER of SIZE bytes, cut to fit. */
ND_API nd_status nd_manager_name(nd_manager *manager, char *buffer, size_t size);
/* The path of names from the root: "/train/epoch/batch"; '/' in a name is "\/". */
ND_API nd_status nd_manager_path(nd_manager *manager, char *buffer, size_t size);
/* *PARENT: NULL for the system manager. */
ND_API nd_status nd_manager_parent(nd_manager *manager, nd_manager **parent);
ND_API bool nd_manager_is_open(nd_manager *manager);
ND_API nd_status nd_manager_device(nd_manager *manager, nd_device *device);

/*
 * From now on MANAGER refuses (ND_ERR_CAPPED) every array that would come in:
 * created, the result of an operation whose first operand it owns, attached,
 * returned by ret, borrowed.  Not refused: arrays that come back from a loan,
 * sub-managers, in-place operations, and what an operation needs inside itself
 * for its work (such temporaries belong to no manager).
 */
ND_API nd_status nd_manager_cap(nd_manager *manager);
/*
 * From now on arrays that come in are only reported: CALLBACK is called with
 * one line and the addresses of the calling stack (innermost first) on the
 * thread that does it, before the array is in.  NULL: written to stderr.
 */
typedef void (*nd_warn_callback)(void *context, const char *line, void *const *stack, int depth);
ND_API nd_status nd_manager_warn_cap(nd_manager *manager, nd_warn_callback callback, void *context);
ND_API bool nd_manager_is_capped(nd_manager *manager);

/* Move ARRAY into MANAGER, from another or from nobody.  Ends a loan. */
ND_API nd_status nd_manager_attach(nd_manager *manager, nd_array *array);
/*
 * Take ARRAY from its manager: the caller must close it.  It is listed under
 * "detached" in dumps, and keeps the tag of the manager it left.  Ends a loan.
 */
ND_API nd_status nd_manager_detach(nd_array *array);
/* Move ARRAY to its manager's parent.  Ends a loan. */
ND_API nd_status nd_manager_ret(nd_array *array);
/*
 * Lend ARRAY to MANAGER.  When MANAGER closes it goes back to where it was, or
 * to the place it was lent from before that if that one is closed, and so on;
 * an array that was detached is detached again.  When its home and every
 * lender are closed it closes with the last borrower.
 */
ND_API nd_status nd_manager_temp_attach(nd_manager *manager, nd_array *array);

/* Any other thing to be closed with MANAGER, in turn.  CLOSE may call this interface. */
typedef nd_status (*nd_close_function)(void *resource);
ND_API nd_status nd_manager_attach_resource(nd_manager *manager, void *resource,
					    nd_close_function close);

/*
 * The arrays MANAGER owns or has borrowed, oldest first.  Writes at most
 * CAPACITY handles to ARRAYS (may be NULL for 0); *COUNT is how many there are.
 */
ND_API nd_status nd_manager_managed_arrays(nd_manager *manager, nd_array **arrays, size_t capacity,
					   size_t *count);
/* Bytes of storage held by MANAGER's own arrays, each storage counted once. */
ND_API nd_status nd_manager_bytes(nd_manager *manager, size_t *bytes);

/*
 * MANAGER as the calling thread's active scope: what the thread allocates by
 * itself meanwhile is tagged with it.  Pairs nest.
 */
ND_API nd_status nd_manager_enter(nd_manager *manager);
ND_API nd_status nd_manager_leave(nd_manager *manager);

typedef enum nd_dump_format { ND_DUMP_TEXT, ND_DUMP_JSON } nd_dump_format;
/*
 * The tree under MANAGER in order of creation: names, arrays with type, shape,
 * bytes, device; from the system manager also what is detached.  *TEXT is the
 * caller's: nd_free.
 */
ND_API nd_status nd_manager_debug_dump(nd_manager *manager, nd_dump_format format, char **text);
ND_API void nd_free(void *text);

/*
 * Arrays that the calling thread creates while SCOPE is its innermost one are
 * closed with it, unless they were closed, attached, ret, detached or
 * unregistered before.  Scopes close innermost first; closing an outer one
 * closes those in it.  Only by the thread that opened it.
 */
typedef struct nd_scope nd_scope;
ND_API nd_status nd_scope_open(nd_scope **out);
ND_API nd_status nd_scope_close(nd_scope *scope);
ND_API nd_status nd_scope_unregister(nd_array *array);

/* ---- arrays: creation ---- */

/* A copy of BYTES bytes at DATA, which must be exactly the shape's. */
ND_API nd_status nd_create(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			   const void *data, size_t bytes, nd_array **out);
ND_API nd_status nd_empty(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			  nd_array **out); /* elements undefined */
ND_API nd_status nd_zeros(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			  nd_array **out);
ND_API nd_status nd_ones(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			 nd_array **out);
ND_API nd_status nd_full(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			 double value, nd_array **out);
/* START, START + STEP, … before STOP. */
ND_API nd_status nd_arange(nd_manager *manager, nd_dtype dtype, double start, double stop,
			   double step, nd_array **out);
/* ROWS x COLUMNS, ones where column - row == DIAGONAL. */
ND_API nd_status nd_eye(nd_manager *manager, nd_dtype dtype, int64_t rows, int64_t columns,
			int64_t diagonal, nd_array **out);
ND_API nd_status nd_linspace(nd_manager *manager, nd_dtype dtype, double start, double stop,
			     int64_t count, bool endpoint, nd_array **out);
/*
 * Random numbers by Philox4x32-10: the same for the same SEED on every machine.
 * Uniform in [LOW, HIGH), normal with MEAN and DEVIATION (float types), integers
 * uniform in [LOW, HIGH).
 */
ND_API nd_status nd_random_uniform(nd_manager *manager, nd_dtype dtype, int ndim,
				   const int64_t *shape, double low, double high, uint64_t seed,
				   nd_array **out);
ND_API nd_status nd_random_normal(nd_manager *manager, nd_dtype dtype, int ndim,
				  const int64_t *shape, double mean, double deviation,
				  uint64_t seed, nd_array **out);
ND_API nd_status nd_random_integer(nd_manager *manager, nd_dtype dtype, int ndim,
				   const int64_t *shape, int64_t low, int64_t high, uint64_t seed,
				   nd_array **out);

/* ---- arrays: access ---- */

/* Close ARRAY; its storage goes when no view of it is left.  Twice, or NULL: ND_OK. */
ND_API nd_status nd_array_close(nd_array *array);
ND_API bool nd_array_is_open(nd_array *array);
ND_API nd_status nd_array_set_name(nd_array *array, const char *name);
ND_API nd_status nd_array_name(nd_array *array, char *buffer, size_t size); /* default: "array-N" */
ND_API nd_status nd_array_manager(nd_array *array, nd_manager **manager);   /* NULL: detached */
ND_API nd_status nd_array_dtype(nd_array *array, nd_dtype *dtype);
/* SHAPE has room for ND_MAX_DIMS; may be NULL. */
ND_API nd_status nd_array_shape(nd_array *array, int *ndim, int64_t *shape);
ND_API nd_status nd_array_strides(nd_array *array, int64_t *strides); /* in bytes */
ND_API nd_status nd_array_size(nd_array *array, int64_t *elements);
ND_API nd_status nd_array_bytes(nd_array *array, size_t *bytes); /* elements x size */
ND_API nd_status nd_array_device(nd_array *array, nd_device *device);
/*
 * The first element's address, good while the array (or a view of it) is open; on a
 * GPU an address there.
 */
ND_API nd_status nd_array_data(nd_array *array, void **data);

/* All elements in C order into BUFFER of exactly their BYTES; DTYPE must be the array's. */
ND_API nd_status nd_array_copy_out(nd_array *array, nd_dtype dtype, void *buffer, size_t bytes);
/* All elements from BUFFER, the same way. */
ND_API nd_status nd_array_copy_in(nd_array *array, nd_dtype dtype, const void *buffer,
				  size_t bytes);
/* ARRAY[…] = VALUES broadcast to its shape and converted to its type. */
ND_API nd_status nd_array_assign(nd_array *array, nd_array *values);
/* One element by its COUNT = ndim indices, converted. */
ND_API nd_status nd_array_get_f64(nd_array *array, int count, const int64_t *index, double *value);
ND_API nd_status nd_array_get_i64(nd_array *array, int count, const int64_t *index, int64_t *value);
ND_API nd_status nd_array_set_f64(nd_array *array, int count, const int64_t *index, double value);
ND_API nd_status nd_array_set_i64(nd_array *array, int count, const int64_t *index, int64_t value);
/* The one element of an array that has one. */
ND_API nd_status nd_array_item_f64(nd_array *array, double *value);
ND_API nd_status nd_array_item_i64(nd_array *array, int64_t *value);

/* One axis of a slice: Python's start:stop:step, or one index, which drops the axis. */
typedef struct nd_range {
	int64_t start, stop, step; /* step 0: the index START */
} nd_range;
#define ND_FROM_START INT64_MIN
#define ND_TO_END INT64_MAX
#define ND_AT(index) ((nd_range){(index), 0, 0})
#define ND_RANGE(start, stop) ((nd_range){(start), (stop), 1})
#define ND_STEP(start, stop, step) ((nd_range){(start), (stop), (step)})
#define ND_WHOLE ((nd_range){ND_FROM_START, ND_TO_END, 1})
/* A view; axes beyond COUNT are whole.  As in Python, ranges are clamped, indices are not. */
ND_API nd_status nd_array_slice(nd_array *array, int count, const nd_range *ranges, nd_array **out);
/* Entries INDICES (1-D, i32 or i64) along AXIS; with INDICES of ARRAY's ndim, take_along_axis. */
ND_API nd_status nd_array_gather(nd_array *array, nd_array *indices, int axis, nd_array **out);
ND_API nd_status nd_array_take_along(nd_array *array, nd_array *indices, int axis, nd_array **out);
/* The elements (1-D) where MASK, of the same shape, is true. */
ND_API nd_status nd_array_mask(nd_array *array, nd_array *mask, nd_array **out);
/* A copy with storage of its own, in C order. */
ND_API nd_status nd_array_duplicate(nd_array *array, nd_array **out);
/* Another view of the same elements. */
ND_API nd_status nd_array_view(nd_array *array, nd_array **out);
ND_API nd_status nd_array_to_type(nd_array *array, nd_dtype dtype, nd_array **out);
/* A copy in C order on DEVICE, the same one or another. */
ND_API nd_status nd_array_to_device(nd_array *array, nd_device device, nd_array **out);
/* As NumPy's str() prints it; *TEXT is the caller's: nd_free. */
ND_API nd_status nd_array_to_string(nd_array *array, char **text);

/* ---- elementwise ---- */

/*
 * Each comes in four forms: of two arrays (broadcast), of an array and a number,
 * and both in place: the result into A, whose shape and type stay (ND_ERR_TYPE
 * if the result's kind is wider: float into integer, anything into bool).
 */
#define ND_DECLARE_BINARY(name)                                                                    \
	ND_API nd_status nd_##name(nd_array *a, nd_array *b, nd_array **out);                      \
	ND_API nd_status nd_##name##_scalar(nd_array *a, double b, nd_array **out);                \
	ND_API nd_status nd_##name##_in_place(nd_array *a, nd_array *b);                           \
	ND_API nd_status nd_##name##_scalar_in_place(nd_array *a, double b);
ND_DECLARE_BINARY(add)
ND_DECLARE_BINARY(sub)
ND_DECLARE_BINARY(mul)
ND_DECLARE_BINARY(div) /* true division: the result is a float */
ND_DECLARE_BINARY(pow)
ND_DECLARE_BINARY(mod)
ND_DECLARE_BINARY(maximum)
ND_DECLARE_BINARY(minimum)

/* At least LOW and at most HIGH; -INFINITY or INFINITY for no bound. */
ND_API nd_status nd_clip(nd_array *a, double low, double high, nd_array **out);
ND_API nd_status nd_clip_in_place(nd_array *a, double low, double high);

#define ND_DECLARE_UNARY(name)                                                                     \
	ND_API nd_status nd_##name(nd_array *a, nd_array **out);                                   \
	ND_API nd_status nd_##name##_in_place(nd_array *a);
ND_DECLARE_UNARY(neg)
ND_DECLARE_UNARY(abs)
ND_DECLARE_UNARY(sqrt)
ND_DECLARE_UNARY(square)
ND_DECLARE_UNARY(exp)
ND_DECLARE_UNARY(log)
ND_DECLARE_UNARY(floor)
ND_DECLARE_UNARY(ceil)
ND_DECLARE_UNARY(round)
ND_DECLARE_UNARY(sin)
ND_DECLARE_UNARY(cos)
ND_DECLARE_UNARY(tan)
ND_DECLARE_UNARY(asin)
ND_DECLARE_UNARY(acos)
ND_DECLARE_UNARY(atan)
ND_DECLARE_UNARY(tanh)
ND_DECLARE_UNARY(sigmoid)
ND_DECLARE_UNARY(relu)

/* Comparisons give bool. */
#define ND_DECLARE_COMPARE(name)                                                                   \
	ND_API nd_status nd_##name(nd_array *a, nd_array *b, nd_array **out);                      \
	ND_API nd_status nd_##name##_scalar(nd_array *a, double b, nd_array **out);
ND_DECLARE_COMPARE(eq)
ND_DECLARE_COMPARE(neq)
ND_DECLARE_COMPARE(gt)
ND_DECLARE_COMPARE(gte)
ND_DECLARE_COMPARE(lt)
ND_DECLARE_COMPARE(lte)

ND_API nd_status nd_logical_and(nd_array *a, nd_array *b, nd_array **out);
ND_API nd_status nd_logical_or(nd_array *a, nd_array *b, nd_array **out);
ND_API nd_status nd_logical_xor(nd_array *a, nd_array *b, nd_array **out);
ND_API nd_status nd_logical_not(nd_array *a, nd_array **out);
ND_API nd_status nd_isnan(nd_array *a, nd_array **out);
ND_API nd_status nd_isinf(nd_array *a, nd_array **out);
ND_API nd_status nd_isfinite(nd_array *a, nd_array **out);

/* |a - b| <= ABSOLUTE + RELATIVE * |b| everywhere, after broadcasting. */
ND_API nd_status nd_allclose(nd_array *a, nd_array *b, double relative, double absolute,
			     bool equal_nan, bool *result);
/* CONDITION ? a : b; the result is CONDITION's manager's. */
ND_API nd_status nd_where(nd_array *condition, nd_array *a, nd_array *b, nd_array **out);

/* ---- reductions: over COUNT axes, all if COUNT is 0; KEEP leaves them with length 1 ---- */

#define ND_DECLARE_REDUCE(name)                                                                    \
	ND_API nd_status nd_##name(nd_array *a, int count, const int *axes, bool keep,             \
				   nd_array **out);
ND_DECLARE_REDUCE(sum)
ND_DECLARE_REDUCE(mean)
ND_DECLARE_REDUCE(prod)
ND_DECLARE_REDUCE(max)
ND_DECLARE_REDUCE(min)
ND_DECLARE_REDUCE(argmax) /* flat over the reduced axes */
ND_DECLARE_REDUCE(argmin)
ND_DECLARE_REDUCE(all)
ND_DECLARE_REDUCE(any)
ND_DECLARE_REDUCE(median)
/* ORDER 1: sum of absolute values, 2: Euclidean, INFINITY: largest absolute value. */
ND_API nd_status nd_norm(nd_array *a, double order, int count, const int *axes, bool keep,
			 nd_array **out);
ND_API nd_status nd_cumsum(nd_array *a, int axis, nd_array **out);

/* ---- shape: views where strides allow, copies where not ---- */

/* One entry may be -1: what is left. */
ND_API nd_status nd_reshape(nd_array *a, int ndim, const int64_t *shape, nd_array **out);
ND_API nd_status nd_flatten(nd_array *a, nd_array **out); /* always a copy */
ND_API nd_status nd_expand(nd_array *a, int axis, nd_array **out);
/* The named axes of length 1, or all of them for COUNT 0. */
ND_API nd_status nd_squeeze(nd_array *a, int count, const int *axes, nd_array **out);
/* The order of the axes; COUNT 0: reversed. */
ND_API nd_status nd_transpose(nd_array *a, int count, const int *axes, nd_array **out);
ND_API nd_status nd_broadcast(nd_array *a, int ndim, const int64_t *shape, nd_array **out);
ND_API nd_status nd_concat(nd_array *const *arrays, size_t count, int axis, nd_array **out);
ND_API nd_status nd_stack(nd_array *const *arrays, size_t count, int axis, nd_array **out);
/* COUNT equal parts along AXIS, as views, into OUT[0..COUNT). */
ND_API nd_status nd_split(nd_array *a, size_t count, int axis, nd_array **out);
ND_API nd_status nd_tile(nd_array *a, int count, const int64_t *repeats, nd_array **out);
ND_API nd_status nd_flip(nd_array *a, int count, const int *axes, nd_array **out); /* a view */

/* ---- linear algebra, softmax, order ---- */

/* NumPy's matmul: 1-D operands get an axis that the result drops again; the rest broadcasts. */
ND_API nd_status nd_matmul(nd_array *a, nd_array *b, nd_array **out);
/* Inner product of two 1-D arrays (0-D); of more dimensions: matmul. */
ND_API nd_status nd_dot(nd_array *a, nd_array *b, nd_array **out);
ND_API nd_status nd_softmax(nd_array *a, int axis, nd_array **out);
ND_API nd_status nd_log_softmax(nd_array *a, int axis, nd_array **out);
/* Stable; NaN last. */
ND_API nd_status nd_sort(nd_array *a, int axis, bool descending, nd_array **out);
ND_API nd_status nd_argsort(nd_array *a, int axis, bool descending, nd_array **out);
/* The K largest (or smallest), in order; either result may be NULL. */
ND_API nd_status nd_topk(nd_array *a, int64_t k, int axis, bool largest, nd_array **values,
			 nd_array **indices);

/* ---- files: NumPy's .npy and .npz ---- */

ND_API nd_status nd_save_npy(nd_array *array, const char *path);
ND_API nd_status nd_load_npy(nd_manager *manager, const char *path, nd_array **out);
/* Under NAMES[i], or the arrays' own names for NULL. */
ND_API nd_status nd_save_npz(nd_array *const *arrays, const char *const *names, size_t count,
			     const char *path);
/* All of a file's arrays, named; at most CAPACITY into OUT (ND_ERR_ARGUMENT if there are more). */
ND_API nd_status nd_load_npz(nd_manager *manager, const char *path, nd_array **out, size_t capacity,
			     size_t *count);

/* ---- metrics: series of numbers by name, each point with a time ---- */

typedef struct nd_metrics nd_metrics;

/* Called, without any lock, when the full series NAME is about to be emptied for the next point. */
typedef void (*nd_limit_callback)(void *context, nd_metrics *metrics, const char *name);

ND_API nd_status nd_metrics_new(nd_metrics **out);
/* NULL: no-op.  No other thread may be using it. */
ND_API void nd_metrics_free(nd_metrics *metrics);
/* UNIT: "count", "bytes", "percent", "ms", …; a series keeps each point's own. */
ND_API nd_status nd_metrics_add(nd_metrics *metrics, const char *name, double value,
				const char *unit);
/* The same, with one dimension such as ("Level", "Host"); either may be NULL. */
ND_API nd_status nd_metrics_add_dimension(nd_metrics *metrics, const char *name, double value,
					  const char *unit, const char *dimension,
					  const char *dimension_value);
ND_API bool nd_metrics_has(nd_metrics *metrics, const char *name);
ND_API nd_status nd_metrics_latest(nd_metrics *metrics, const char *name, double *value);
ND_API nd_status nd_metrics_mean(nd_metrics *metrics, const char *name, double *value);
/* Nearest rank: the smallest value with at least PERCENT (0 to 100) of the points at or below it. */
ND_API nd_status nd_metrics_percentile(nd_metrics *metrics, const char *name, double percent,
				       double *value);
ND_API nd_status nd_metrics_count(nd_metrics *metrics, const char *name, size_t *count);
/* Names in order of first use, one a line; *TEXT is the caller's: nd_free. */
ND_API nd_status nd_metrics_names(nd_metrics *metrics, char **text);
/* No series holds more than LIMIT points (0: any number); at it, CALLBACK, then the series starts anew. */
ND_API nd_status nd_metrics_set_limit(nd_metrics *metrics, size_t limit, nd_limit_callback callback,
				      void *context);

/* Collecting on or off for the process; without this the environment's ND_COLLECT_MEMORY=1. */
ND_API void nd_memory_set_collect(bool on);
ND_API bool nd_memory_collecting(void);
/*
 * Record for this process: cpu (percent of one processor since the last time),
 * rss, Heap (live malloc bytes), NonHeap (the rest of its private memory: rss
 * without what malloc has from the system), and once GPUs are in use GPU-<i> (what
 * arrays hold there), all bytes.  Nothing, and ND_OK, when collecting is off.
 */
ND_API nd_status nd_memory_collect(nd_metrics *metrics);
/* Print to stdout how far the latest value of NAME, in bytes, is from BASELINE: "rss: +12 KB". */
ND_API nd_status nd_collect_metric(nd_metrics *metrics, double baseline, const char *name);
/*
 * Append every point not yet dumped to DIRECTORY/memory.log, by time, one a line:
 * Name.Unit:value|#Dimension:value|timestamp|g   (timestamp in seconds)
 */
ND_API nd_status nd_memory_dump(nd_metrics *metrics, const char *directory);

typedef struct nd_log_line {
	char name[ND_NAME_MAX + 1];
	char unit[ND_NAME_MAX + 1];
	double value;
	char dimensions[256]; /* "Level:Host,…" */
	int64_t timestamp;    /* seconds */
	char type;
} nd_log_line;

/* LINE of a memory.log, read back: ND_ERR_FORMAT says what it lacks. */
ND_API nd_status nd_log_parse(const char *line, nd_log_line *out);

/* ---- profile ---- */

/*
 * Write a Chrome trace (JSON) of every operation of every thread to PATH until
 * nd_profile_stop: duration, operand shapes, signed bytes by manager.  One at a time.
 */
ND_API nd_status nd_profile_start(const char *path);
ND_API nd_status nd_profile_stop(void);

/* ---- for tests ---- */

/* Let the Nth allocation from now on fail (1: the next), and only that; 0: none.  Also ND_FAIL_ALLOC=N. */
ND_API void nd_test_fail_allocation(uint64_t n);
/* Blocks the runtime holds now, its tables apart. */
ND_API uint64_t nd_test_live_blocks(void);

#ifdef __cplusplus
}
#endif

#endif
