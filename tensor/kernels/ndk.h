/* SPDX-License-Identifier: MIT */
/*
 * The compute kernels of the tensor runtime: functions over descriptors of
 * memory that the caller owns.  What is true of all of them:
 *
 *  - Nothing is kept between calls and nothing is shared: any thread may call
 *    any of them at any time.  Two calls at once may read the same memory.
 *  - They allocate only through the struct ndk_scratch they are given, give
 *    all of it back before they return, and answer NDK_NO_MEMORY when it has
 *    none.  Those without that parameter allocate nothing.
 *  - Operands are broadcast by the caller: every input has the output's
 *    ndim and shape, with stride 0 where it repeats (ndk_broadcast_to).
 *  - An output may be an input, described by the same data, shape and strides
 *    (in place).  Any other overlap of output and input, and outputs that
 *    overlap themselves (stride 0), give undefined values.
 *  - Every answer is an enum ndk_status.  Unless said otherwise the output's
 *    elements are undefined after another answer than NDK_OK.
 *  - Elements need be aligned as C aligns their type, on which a whole view
 *    is checked by no one; a view with a shape entry 0 touches no memory.
 *
 * The C locale's decimal point is expected where numbers are formatted.
 */
#ifndef NDK_H
#define NDK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NDK_MAX_DIMS 8

enum ndk_type {
	NDK_F32,
	NDK_F64,
	NDK_F16,  /* IEEE binary16, as uint16_t */
	NDK_BF16, /* the upper half of an f32, as uint16_t */
	NDK_I8,
	NDK_U8,
	NDK_I32,
	NDK_I64,
	NDK_BOOL, /* one byte, 0 or 1; any other byte is read as 1 */
	NDK_TYPE_COUNT
};

enum ndk_status {
	NDK_OK,
	NDK_NO_MEMORY,   /* the scratch allocator answered NULL */
	NDK_BAD_TYPE,    /* the operation is not defined for these types */
	NDK_BAD_SHAPE,   /* shapes that do not fit each other, or more than NDK_MAX_DIMS */
	NDK_BAD_INDEX,   /* an index outside its axis */
	NDK_BAD_VALUE,   /* an argument outside its range */
	NDK_EMPTY,       /* a reduction without identity over no elements */
	NDK_BAD_FORMAT,  /* bytes that are no .npy or .npz, or are damaged */
	NDK_UNSUPPORTED, /* a file's feature that is not read here (complex, objects, …) */
	NDK_STOPPED      /* a sink refused what was written */
};

struct ndk_view {
	void *data; /* the element at index 0,0,…; may lie in the middle with negative strides */
	enum ndk_type type;
	int ndim;                     /* 0 to NDK_MAX_DIMS */
	int64_t shape[NDK_MAX_DIMS];  /* >= 0 */
	int64_t stride[NDK_MAX_DIMS]; /* in bytes; 0 and negative allowed */
};

/* Working memory.  ALLOC answers NULL for none; FREE gets what ALLOC gave, never NULL. */
struct ndk_scratch {
	void *(*alloc)(void *context, size_t size);
	void (*free)(void *context, void *block);
	void *context;
};

/* Where text and files go: SIZE bytes at BYTES; another answer than 0 ends the call (NDK_STOPPED). */
struct ndk_sink {
	int (*write)(void *context, const void *bytes, size_t size);
	void *context;
};

/* ---- types and views (view.c) ---- */

size_t ndk_type_size(enum ndk_type type);
const char *ndk_type_name(enum ndk_type type); /* "f32", …, "bool" */
const char *ndk_status_text(enum ndk_status status);
bool ndk_is_float(enum ndk_type type);

/*
 * The type in which A and B are combined: NumPy's result_type for arrays.
 * bf16 is not NumPy's: with bool, i8 and u8 it stays bf16, with f16 and f32
 * it gives f32, with i32, i64 and f64 it gives f64 (as f16 does).
 */
enum ndk_type ndk_promote(enum ndk_type a, enum ndk_type b);

int64_t ndk_count(const struct ndk_view *view); /* elements; 1 for ndim 0 */
bool ndk_is_contiguous(const struct ndk_view *view);
/*
 * *TO = *FROM, with only the dimensions that it has.  Word by word as they were written: a
 * wider load of words that were just stored waits until they have left the store buffer.
 */
static inline void ndk_view_copy(struct ndk_view *to, const struct ndk_view *from)
{
	to->data = from->data;
	to->type = from->type;
	to->ndim = from->ndim;
	for (int i = 0; i < from->ndim; i++) {
		to->shape[i] = from->shape[i];
		to->stride[i] = from->stride[i];
	}
}
/* Strides of a C-ordered array for the view's type and shape. */
void ndk_set_contiguous(struct ndk_view *view);
/* The view of a C-ordered array at DATA. */
void ndk_view_contiguous(struct ndk_view *view, void *data, enum ndk_type type, int ndim,
			 const int64_t *shape);
/* VIEW seen with NDIM and SHAPE after NumPy's broadcasting rule; NDK_BAD_SHAPE if that cannot be. */
enum ndk_status ndk_broadcast_to(const struct ndk_view *view, int ndim, const int64_t *shape,
				 struct ndk_view *out);
/* The shape that A and B broadcast to together. */
enum ndk_status ndk_broadcast_shape(const struct ndk_view *a, const struct ndk_view *b, int *ndim,
				    int64_t *shape);
/* One element read as a double or an integer (as ndk_copy converts), and written. */
double ndk_load_f64(enum ndk_type type, const void *element);
int64_t ndk_load_i64(enum ndk_type type, const void *element);
void ndk_store_f64(enum ndk_type type, void *element, double value);
void ndk_store_i64(enum ndk_type type, void *element, int64_t value);

/* ---- copying and converting (copy.c) ---- */

/*
 * OUT[i] = IN[i], converted to OUT's type:
 *  - float to a narrower float rounds to nearest even; too large becomes infinite;
 *  - float to integer truncates towards zero and saturates at the type's ends;
 *    NaN becomes 0 (C leaves these undefined, NumPy differs by processor);
 *  - integer to a narrower integer keeps the low bits (two's complement);
 *  - anything to bool is "not equal to 0", so NaN is true; bool to anything is 0 or 1.
 */
enum ndk_status ndk_copy(const struct ndk_view *out, const struct ndk_view *in);
/* Every element of OUT = the element of type TYPE at VALUE, converted as ndk_copy does. */
enum ndk_status ndk_fill(const struct ndk_view *out, enum ndk_type type, const void *value);
/* INPUTS[0..COUNT) one after the other along AXIS; shapes equal but there. */
enum ndk_status ndk_concat(const struct ndk_view *out, const struct ndk_view *inputs, size_t count,
			   int axis);
/* INPUTS[0..COUNT), equal in shape, as a new axis AXIS of OUT. */
enum ndk_status ndk_stack(const struct ndk_view *out, const struct ndk_view *inputs, size_t count,
			  int axis);
/* The parts of IN along AXIS, each a copy of OUTPUTS[i].shape[AXIS] entries in turn. */
enum ndk_status ndk_split(const struct ndk_view *outputs, size_t count, const struct ndk_view *in,
			  int axis);
/* IN repeated; OUT has IN's ndim and each shape entry is a multiple of IN's. */
enum ndk_status ndk_tile(const struct ndk_view *out, const struct ndk_view *in);
/* IN with the order of the axes in the bit mask AXES reversed.  A view does it too. */
enum ndk_status ndk_flip(const struct ndk_view *out, const struct ndk_view *in, unsigned axes);

/* ---- elementwise (elementwise.c over loops.h) ---- */

enum ndk_binary_op {
	NDK_ADD,
	NDK_SUB,
	NDK_MUL,
	NDK_DIV,
	NDK_POW,
	NDK_MOD,
	NDK_MAXIMUM,
	NDK_MINIMUM,
	NDK_BINARY_COUNT
};

/*
 * OUT = A op B, computed in OUT's type, to which both are converted first (so
 * the caller chooses it: ndk_promote, or a float type for a true division of
 * integers).  f16 and bf16 compute in f32 and round once.
 *  - Integers wrap around.  Integer DIV is floor division, DIV and MOD by zero
 *    give 0 (as NumPy), the smallest number by -1 gives itself.
 *  - MOD has the sign of B, as Python's and NumPy's; float x mod 0 is NaN.
 *  - POW of integers with a negative exponent: NDK_BAD_VALUE, nothing promised
 *    of OUT.
 *  - MAXIMUM and MINIMUM answer NaN if either is NaN.
 *  - bool: ADD is or, MUL is and, MAXIMUM or, MINIMUM and; the rest NDK_BAD_TYPE.
 */
enum ndk_status ndk_binary(enum ndk_binary_op op, const struct ndk_view *out,
			   const struct ndk_view *a, const struct ndk_view *b);

enum ndk_unary_op {
	NDK_NEG,
	NDK_ABS,
	NDK_SQRT,
	NDK_SQUARE,
	NDK_EXP,
	NDK_LOG,
	NDK_FLOOR,
	NDK_CEIL,
	NDK_ROUND, /* half to even */
	NDK_SIN,
	NDK_COS,
	NDK_TAN,
	NDK_ASIN,
	NDK_ACOS,
	NDK_ATAN,
	NDK_TANH,
	NDK_SIGMOID,
	NDK_RELU,
	NDK_UNARY_COUNT
};

/*
 * OUT = op(IN), computed in OUT's type as in ndk_binary.  Integers know NEG,
 * ABS, SQUARE, RELU (wrapping around) and FLOOR, CEIL, ROUND (the value
 * itself); the rest need a float type.  bool knows ABS, FLOOR, CEIL, ROUND,
 * SQUARE, RELU (itself).  Others: NDK_BAD_TYPE.
 * The error of EXP, LOG, SIN and COS is below 2 units in the last place in f32
 * and f64, that of TANH and SIGMOID below 3 (test_kernels measures them); TAN,
 * ASIN, ACOS, ATAN are the C library's.  The last bit may differ between
 * processors.
 */
enum ndk_status ndk_unary(enum ndk_unary_op op, const struct ndk_view *out,
			  const struct ndk_view *in);

enum ndk_compare_op { NDK_EQ, NDK_NE, NDK_GT, NDK_GE, NDK_LT, NDK_LE, NDK_COMPARE_COUNT };

/* OUT (bool) = A op B, both converted to COMPUTE first (as a rule ndk_promote of them). */
enum ndk_status ndk_compare(enum ndk_compare_op op, const struct ndk_view *out,
			    const struct ndk_view *a, const struct ndk_view *b,
			    enum ndk_type compute);

enum ndk_logical_op { NDK_AND, NDK_OR, NDK_XOR, NDK_LOGICAL_COUNT };

/* OUT (bool) = A op B by truth: not equal to 0. */
enum ndk_status ndk_logical(enum ndk_logical_op op, const struct ndk_view *out,
			    const struct ndk_view *a, const struct ndk_view *b);

enum ndk_test_op { NDK_NOT, NDK_ISNAN, NDK_ISINF, NDK_ISFINITE, NDK_TEST_COUNT };

/* OUT (bool) = a property of IN's elements; integers are finite. */
enum ndk_status ndk_test(enum ndk_test_op op, const struct ndk_view *out,
			 const struct ndk_view *in);

/* OUT = minimum(maximum(IN, LOW), HIGH), in OUT's type; NaN as there.  Either bound may be NULL. */
enum ndk_status ndk_clip(const struct ndk_view *out, const struct ndk_view *in,
			 const struct ndk_view *low, const struct ndk_view *high);
/* OUT = CONDITION (any type, by truth) ? A : B, converted to OUT's type. */
enum ndk_status ndk_where(const struct ndk_view *out, const struct ndk_view *condition,
			  const struct ndk_view *a, const struct ndk_view *b);
/*
 * *RESULT = all of |A - B| <= ABSOLUTE + RELATIVE * |B|, in f64; infinities are
 * close to themselves only, NaN to NaN only with EQUAL_NAN.
 */
enum ndk_status ndk_allclose(const struct ndk_view *a, const struct ndk_view *b, double relative,
			     double absolute, bool equal_nan, bool *result);

/* ---- reductions (reduce.c, select.c) ---- */

enum ndk_reduce_op {
	NDK_SUM,
	NDK_MEAN,
	NDK_PROD,
	NDK_MAX,
	NDK_MIN,
	NDK_ALL,
	NDK_ANY,
	NDK_ARGMAX,
	NDK_ARGMIN,
	NDK_NORM1,   /* sum of absolute values */
	NDK_NORM2,   /* root of the sum of squares */
	NDK_NORMINF, /* largest absolute value */
	NDK_MEDIAN,
	NDK_REDUCE_COUNT
};

/*
 * OUT = IN reduced over the axes in the bit mask AXES.  OUT has IN's ndim,
 * with 1 in place of the reduced axes (a caller that drops them describes the
 * same memory so).  Axes empty in mask: a copy, or the operation on each element.
 *  - SUM and PROD compute in OUT's type: integers wrap around in i64 (NumPy's
 *    result for integers and bool is i64), floats accumulate in at least f32.
 *    Sums of f32, f16 and bf16 add short runs in f32 and the runs' sums in
 *    f64; of f64, the runs' sums are compensated (Neumaier 1974).  So the
 *    relative error of a sum of numbers of one sign is below 1e-6 in f32 for
 *    any length.
 *  - MEAN, NORM* and MEDIAN need a float OUT; MEAN, NORM* and MEDIAN of no
 *    elements are NaN, 0 and NaN.
 *  - MAX and MIN: NaN if there is one; NDK_EMPTY over no elements.  OUT's type
 *    is the one compared in.
 *  - ARGMAX and ARGMIN: OUT is i64, the flat (C order) index over the reduced
 *    axes of the first largest; the first NaN counts as it.  NDK_EMPTY as MAX.
 *  - ALL and ANY: OUT is bool.
 *  - MEDIAN: the middle, or the mean of the two middle ones; NaN if there is one.
 * SCRATCH is used by MEDIAN only (one row's elements).
 */
enum ndk_status ndk_reduce(enum ndk_reduce_op op, const struct ndk_view *out,
			   const struct ndk_view *in, unsigned axes,
			   const struct ndk_scratch *scratch);

/* OUT = running sums along AXIS, in OUT's type (floats: each rounded from f64; f64 plain). */
enum ndk_status ndk_cumsum(const struct ndk_view *out, const struct ndk_view *in, int axis);

/* ---- order and choice (sort.c, gather.c) ---- */

/* OUT = IN sorted along AXIS, NaN last (also when DESCENDING); equal ones keep their order. */
enum ndk_status ndk_sort(const struct ndk_view *out, const struct ndk_view *in, int axis,
			 bool descending, const struct ndk_scratch *scratch);
/* OUT (i64) = the indices along AXIS that sort IN so. */
enum ndk_status ndk_argsort(const struct ndk_view *out, const struct ndk_view *in, int axis,
			    bool descending, const struct ndk_scratch *scratch);
/*
 * The K largest (or smallest) along AXIS, in that order, equal ones by index;
 * NaN counts as the largest when LARGEST and comes last otherwise (torch's
 * rule, and where NumPy's sort puts it).  VALUES (IN's type) and INDICES (i64)
 * have K in place of AXIS' length; either may be NULL.
 */
enum ndk_status ndk_topk(const struct ndk_view *values, const struct ndk_view *indices,
			 const struct ndk_view *in, int axis, int64_t k, bool largest,
			 const struct ndk_scratch *scratch);
/*
 * OUT = IN's entries INDICES (1-D, i32 or i64; negative count from the end)
 * along AXIS.  On NDK_BAD_INDEX *BAD, if not NULL, has the index refused, and
 * OUT is untouched.
 */
enum ndk_status ndk_take(const struct ndk_view *out, const struct ndk_view *in,
			 const struct ndk_view *indices, int axis, int64_t *bad);
/* OUT[…,i,…] = IN[…,INDICES[…,i,…],…] along AXIS; INDICES has OUT's shape (NumPy's take_along_axis). */
enum ndk_status ndk_take_along(const struct ndk_view *out, const struct ndk_view *in,
			       const struct ndk_view *indices, int axis, int64_t *bad);
/* How many elements are true (not 0). */
enum ndk_status ndk_mask_count(const struct ndk_view *mask, int64_t *count);
/* OUT (1-D, of exactly that many) = IN's elements where MASK (IN's shape) is true, in C order. */
enum ndk_status ndk_compress(const struct ndk_view *out, const struct ndk_view *in,
			     const struct ndk_view *mask);

/* ---- linear algebra (matmul.c), softmax (softmax.c) ---- */

/*
 * OUT[…,m,n] = A[…,m,k] x B[…,k,n], computed in OUT's type (bool: or of ands).
 * All three have the same ndim >= 2; the axes before the last two are A's and
 * B's already broadcast to OUT's.  k = 0 gives zeros.  OUT may not overlap A
 * or B.  f32 and f64 go to BLAS.
 */
enum ndk_status ndk_matmul(const struct ndk_view *out, const struct ndk_view *a,
			   const struct ndk_view *b, const struct ndk_scratch *scratch);
/* OUT (0-D) = inner product of A and B, 1-D of one length. */
enum ndk_status ndk_dot(const struct ndk_view *out, const struct ndk_view *a,
			const struct ndk_view *b, const struct ndk_scratch *scratch);
/* OUT (a float type) = softmax of IN along AXIS, or its logarithm; shifted by the maximum. */
enum ndk_status ndk_softmax(const struct ndk_view *out, const struct ndk_view *in, int axis,
			    bool logarithm, const struct ndk_scratch *scratch);

/* ---- creation (create.c) ---- */

/* OUT (1-D) = START + i * STEP, in f64, converted; for integer types use the second form. */
enum ndk_status ndk_arange(const struct ndk_view *out, double start, double step);
enum ndk_status ndk_arange_i64(const struct ndk_view *out, int64_t start, int64_t step);
/* How many numbers arange(START, STOP, STEP) has; NDK_BAD_VALUE for STEP 0, NaN or too many. */
enum ndk_status ndk_arange_count(double start, double stop, double step, int64_t *count);
/* OUT (1-D) = evenly spaced from START to STOP, which is the last one if ENDPOINT. */
enum ndk_status ndk_linspace(const struct ndk_view *out, double start, double stop, bool endpoint);
/* OUT (2-D) = 1 where column - row == DIAGONAL, else 0. */
enum ndk_status ndk_eye(const struct ndk_view *out, int64_t diagonal);

/* ---- random numbers (random.c) ---- */

/*
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
 * as 1, 2, 3", SC'11): the block of four 32-bit words for counter c under key
 * k.  The key is the seed, the counter's upper half the stream, its lower half
 * counts blocks.  The values depend on seed, stream and order of calls only,
 * not on the machine; two generators with different seed or stream never meet.
 */
struct ndk_rng {
	uint64_t key; /* the seed */
	uint64_t stream;
	uint64_t counter; /* blocks used so far */
};

void ndk_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
void ndk_rng_seed(struct ndk_rng *rng, uint64_t seed, uint64_t stream);
/* OUT (float) uniform in [LOW, HIGH): 24 random bits for f32 and narrower, 53 for f64. */
enum ndk_status ndk_random_uniform(struct ndk_rng *rng, const struct ndk_view *out, double low,
				   double high);
/* OUT (float) normal by Box and Muller's transform (1958), in f64. */
enum ndk_status ndk_random_normal(struct ndk_rng *rng, const struct ndk_view *out, double mean,
				  double deviation);
/*
 * OUT (integer or bool) uniform in [LOW, HIGH), by Lemire's multiplication with
 * rejection (2019), so without bias.  NDK_BAD_VALUE if the range is empty or
 * not OUT's type's.
 */
enum ndk_status ndk_random_integer(struct ndk_rng *rng, const struct ndk_view *out, int64_t low,
				   int64_t high);

/* ---- .npy and .npz in memory (npy.c, npz.c) ---- */

/* What a .npy holds.  Strings of bytes are never trusted: all sizes are checked against SIZE. */
struct ndk_npy {
	enum ndk_type type; /* the type to load it as */
	int ndim;
	int64_t shape[NDK_MAX_DIMS];
	bool fortran;      /* the first axis varies fastest */
	bool swapped;      /* not in this machine's byte order */
	char kind;         /* as in its descr: f i u b V */
	uint8_t item_size; /* bytes of a stored element */
	const uint8_t *data;
	size_t data_size; /* exactly the elements' bytes */
};

/*
 * Read the header of SIZE bytes, versions 1.0, 2.0 and 3.0 (NumPy's NEP 1).
 * Types: f2 f4 f8, i1 i4 i8, u1, b1 as themselves; '<V2' and '|V2' is bf16, as
 * ml_dtypes saves it and ndk_npy_write writes it; i2 and u2 load as i32, u4 and
 * u8 as i64 (NDK_BAD_VALUE while loading a u8 beyond it).  Complex, strings,
 * structures and objects: NDK_UNSUPPORTED.  More than NDK_MAX_DIMS axes:
 * NDK_BAD_SHAPE.
 */
enum ndk_status ndk_npy_read(const void *bytes, size_t size, struct ndk_npy *npy);
/* The elements into OUT, of NPY's shape, converted to its type. */
enum ndk_status ndk_npy_load(const struct ndk_npy *npy, const struct ndk_view *out);
/* VIEW as a .npy: version 1.0, C order, this machine's byte order. */
enum ndk_status ndk_npy_write(const struct ndk_view *view, const struct ndk_sink *sink);
/* How many bytes that will be; needed before it for a .npz. */
size_t ndk_npy_size(const struct ndk_view *view);

struct ndk_npz_entry {
	const char *name; /* not terminated; without ".npy" */
	size_t name_length;
	const uint8_t *bytes; /* as stored */
	size_t stored_size;
	size_t size; /* unpacked */
	uint32_t crc;
	uint16_t method; /* 0 stored, 8 deflated */
};

struct ndk_npz {
	const uint8_t *bytes;
	size_t size;
	size_t directory, directory_end, next;
	uint64_t count; /* entries in all */
	uint64_t seen;
};

/* Find the central directory of a zip (zip64 as well); NPZ points into BYTES. */
enum ndk_status ndk_npz_open(const void *bytes, size_t size, struct ndk_npz *npz);
/* The next entry; *MORE false after the last. */
enum ndk_status ndk_npz_next(struct ndk_npz *npz, struct ndk_npz_entry *entry, bool *more);
/*
 * The entry's .npy, its CRC checked.  *BYTES (entry->size of them) is in the
 * file itself for a stored one, and *BLOCK is NULL; else *BLOCK is from
 * SCRATCH and the caller's to give back there.  At most LIMIT bytes are unpacked
 * (NDK_BAD_VALUE beyond).  Deflated ones need zlib: NDK_UNSUPPORTED without.
 */
enum ndk_status ndk_npz_unpack(const struct ndk_npz_entry *entry, size_t limit,
			       const struct ndk_scratch *scratch, const uint8_t **bytes,
			       void **block);

/* Writing a .npz, stored: the views one by one, then the end. */
struct ndk_npz_writer {
	struct ndk_sink sink;
	const struct ndk_scratch *scratch;
	uint64_t offset;
	uint64_t count;
	uint8_t *directory; /* from scratch; kept to the end */
	size_t directory_size, directory_capacity;
};

void ndk_npz_begin(struct ndk_npz_writer *writer, const struct ndk_sink *sink,
		   const struct ndk_scratch *scratch);
/* NAME without ".npy"; NDK_BAD_VALUE if it is empty or longer than 1000 bytes. */
enum ndk_status ndk_npz_add(struct ndk_npz_writer *writer, const char *name,
			    const struct ndk_view *view);
/* Write the directory.  Gives the memory back in any case; to give up, call it with ABANDON. */
enum ndk_status ndk_npz_end(struct ndk_npz_writer *writer, bool abandon);

/* ---- text (format.c) ---- */

struct ndk_format_options {
	int precision;         /* digits after the point at most; 8 */
	int64_t threshold;     /* more elements than this are summarised; 1000 */
	int64_t edge_items;    /* so many at each end of an axis then; 3 */
	int line_width;        /* 75 */
	const char *separator; /* between elements: " " as NumPy's str, ", " as its repr */
	int indent;            /* columns before the first "[" in the caller's line, as "array(" */
};

void ndk_format_defaults(struct ndk_format_options *options);
/*
 * VIEW as NumPy's str() prints it (repr's "array(" … ")" is the caller's).
 * bf16 prints as f32 of the shortest digits that round to the same bf16.
 */
enum ndk_status ndk_format(const struct ndk_view *view, const struct ndk_format_options *options,
			   const struct ndk_sink *sink, const struct ndk_scratch *scratch);
/* One element, as NumPy's str() of it; BUFFER has room for NDK_NUMBER_SIZE bytes. */
#define NDK_NUMBER_SIZE 64
size_t ndk_format_element(enum ndk_type type, const void *element, char *buffer);

#endif
