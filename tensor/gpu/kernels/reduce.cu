/* SPDX-License-Identifier: MIT */
/*
 * Reductions and softmax.  Where the reduced elements lie together a block
 * takes one part of one result, its threads side by side; where the kept ones
 * do, each thread takes a part of its own, side by side with its neighbours'.
 * The order of additions depends on shapes alone: the same call gives the same
 * bits again.
 */
#include "common.cuh"

#define THREADS 256

/* What is gathered: VALUE and what its additions lost. */
template <typename T> struct total {
	T value;
	T lost;
};

template <typename T> static __device__ __forceinline__ void begin(int op, total<T> &t);

template <> __device__ __forceinline__ void begin<double>(int op, total<double> &t)
{
	t.lost = 0;
	t.value = op == NDK_PROD ? 1 : op == NDK_MAX ? -INFINITY : op == NDK_MIN ? INFINITY : 0;
}

template <> __device__ __forceinline__ void begin<int64_t>(int op, total<int64_t> &t)
{
	t.lost = 0;
	t.value = op == NDK_PROD || op == NDK_ALL ? 1
		  : op == NDK_MAX                 ? INT64_MIN
		  : op == NDK_MIN                 ? INT64_MAX
						  : 0;
}

template <typename T> static __device__ __forceinline__ T better(bool largest, T a, T b)
{
	if (a != a || b != b)
		return a != a ? a : b;
	return (largest ? a > b : a < b) ? a : b;
}

/* Neumaier's compensation; what is infinite or NaN loses nothing that could be kept. */
NDG_FUNCTION void add(total<double> &t, double value, bool compensate)
{
	double sum = t.value + value;

	if (compensate) {
		double lost = fabs(t.value) >= fabs(value) ? (t.value - sum) + value
							   : (value - sum) + t.value;

		t.lost += lost - lost == 0 ? lost : 0;
	}
	t.value = sum;
}

NDG_FUNCTION void add(total<int64_t> &t, int64_t value, bool)
{
	t.value = (int64_t)((uint64_t)t.value + (uint64_t)value);
}

template <typename T> static __device__ __forceinline__ T times(T a, T b)
{
	return a * b;
}

template <> __device__ __forceinline__ int64_t times<int64_t>(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

template <typename T> static __device__ __forceinline__ T size_of(T a)
{
	return a < 0 ? -a : a;
}

/* One more element, or (JOIN) another total of the same operation. */
template <typename T>
static __device__ __forceinline__ void take(const ndg_reduce &r, total<T> &t, T value, bool join)
{
	switch (r.op) {
	case NDK_PROD: t.value = times(t.value, value); break;
	case NDK_MAX:
	case NDK_ANY: t.value = better(true, t.value, value); break;
	case NDK_MIN:
	case NDK_ALL: t.value = better(false, t.value, value); break;
	case NDK_NORMINF: t.value = better(true, t.value, size_of(value)); break;
	case NDK_NORM1: add(t, size_of(value), r.compensate); break;
	case NDK_NORM2: add(t, join ? value : times(value, value), r.compensate); break;
	default: add(t, value, r.compensate); break;
	}
}

template <typename T>
static __device__ __forceinline__ void take_total(const ndg_reduce &r, total<T> &t,
						  const total<T> &other)
{
	take(r, t, other.value, true);
	t.lost += other.lost;
}

NDG_FUNCTION void finish(const ndg_reduce &r, const total<double> &t, char *to)
{
	double value = t.value + t.lost;

	if (r.op == NDK_MEAN)
		value /= (double)r.each;
	if (r.op == NDK_NORM2)
		value = sqrt(value);
	element<double>::store_real(r.out_type, to, value);
}

NDG_FUNCTION void finish(const ndg_reduce &r, const total<int64_t> &t, char *to)
{
	element<int64_t>::store_own(r.out_type, to, t.value);
}

template <typename T>
static __device__ __forceinline__ T reduced_element(const ndg_reduce &r, const char *at)
{
	return element<T>::load(r.in_type, at);
}

template <>
__device__ __forceinline__ int64_t reduced_element<int64_t>(const ndg_reduce &r, const char *at)
{
	return r.op == NDK_ALL || r.op == NDK_ANY ? truth_of(r.in_type, at)
						  : element<int64_t>::load(r.in_type, at);
}

/*
 * Elements FROM, FROM + STEP, … to TO of the result whose elements begin at IN.
 * Along one axis four are read before the first is needed.
 */
template <typename T>
static __device__ __forceinline__ void gather(const ndg_reduce &r, total<T> &t, const char *in,
					      int64_t from, int64_t to, int64_t step)
{
	if (r.reduced.count == 1) {
		int64_t far_step = step * r.reduced.in[0];
		const char *at = in + from * r.reduced.in[0];

		NDG_ROLLED
		for (; from + 3 * step < to; from += 4 * step, at += 4 * far_step) {
			T values[4];

			NDG_UNROLL
			for (int k = 0; k < 4; k++)
				values[k] = reduced_element<T>(r, at + k * far_step);
			NDG_UNROLL
			for (int k = 0; k < 4; k++)
				take(r, t, values[k], false);
		}
	}
	NDG_ROLLED
	for (int64_t j = from; j < to; j += step) {
		int64_t at = step_to(r.reduced, j).in;

		take(r, t, reduced_element<T>(r, in + at), false);
	}
}

template <typename T>
static __device__ __forceinline__ void put(const ndg_reduce &r, int64_t result, int64_t part,
					   const total<T> &t)
{
	if (r.parts > 1 && !r.join) {
		((total<T> *)r.partial)[result * r.parts + part] = t;
		return;
	}
	finish(r, t, r.out + step_to(r.kept, result).out);
}

template <typename T> static __device__ __forceinline__ void by_columns(const ndg_reduce &r)
{
	NDG_FOR_EACH(job, r.results * r.parts)
	{
		int64_t result = job % r.results, part = job / r.results;
		int64_t from = part * r.part, to = from + r.part < r.each ? from + r.part : r.each;
		total<T> t;

		begin<T>(r.op, t);
		gather(r, t, r.in + step_to(r.kept, result).in, from, to, 1);
		put(r, result, part, t);
	}
}

template <typename T>
static __device__ __forceinline__ void by_rows(const ndg_reduce &r, total<T> *all)
{
	int64_t jobs = r.join ? r.results : r.results * r.parts;

	for (int64_t job = blockIdx.x; job < jobs; job += gridDim.x) {
		int64_t result = r.join ? job : job / r.parts, part = r.join ? 0 : job % r.parts;
		total<T> t; /* in registers until it is shared */

		begin<T>(r.op, t);
		if (r.join) {
			const total<T> *partial = (const total<T> *)r.partial + result * r.parts;

			NDG_ROLLED
			for (int64_t j = threadIdx.x; j < r.parts; j += THREADS)
				take_total(r, t, partial[j]);
		} else {
			int64_t from = part * r.part;
			int64_t to = from + r.part < r.each ? from + r.part : r.each;

			gather(r, t, r.in + step_to(r.kept, result).in, from + threadIdx.x, to,
			       THREADS);
		}
		all[threadIdx.x] = t;
		__syncthreads();
		NDG_ROLLED
		for (unsigned width = THREADS / 2; width; width /= 2) {
			if (threadIdx.x < width)
				take_total(r, all[threadIdx.x], all[threadIdx.x + width]);
			__syncthreads();
		}
		if (threadIdx.x == 0)
			put(r, result, part, all[0]);
		__syncthreads();
	}
}

NDG_KERNEL_FUNCTION(reduce_f64)(ndg_reduce r)
{
	__shared__ total<double> all[THREADS];

	if (r.columns && !r.join)
		by_columns<double>(r);
	else
		by_rows<double>(r, all);
}

NDG_KERNEL_FUNCTION(reduce_i64)(ndg_reduce r)
{
	__shared__ total<int64_t> all[THREADS];

	if (r.columns && !r.join)
		by_columns<int64_t>(r);
	else
		by_rows<int64_t>(r, all);
}

/* ---- the first largest or smallest ---- */

template <typename T> struct best {
	T value;
	int64_t at; /* -1: none yet */
};

/* NaN counts as the best; of equals, the first. */
template <typename T>
static __device__ __forceinline__ void challenge(bool largest, best<T> &b, T value, int64_t at)
{
	bool old_nan = b.value != b.value, nan = value != value;

	if (at < 0)
		return;
	if (b.at >= 0) {
		if (old_nan || nan) {
			if (old_nan && (!nan || at > b.at))
				return;
		} else if (value == b.value) {
			if (at > b.at)
				return;
		} else if ((value > b.value) != largest) {
			return;
		}
	}
	b.value = value;
	b.at = at;
}

template <typename T>
static __device__ __forceinline__ void search(const ndg_reduce &r, best<T> &b, const char *in,
					      int64_t from, int64_t to, int64_t step)
{
	b.value = 0;
	b.at = -1;
	NDG_ROLLED
	for (int64_t j = from; j < to; j += step) {
		int64_t at = step_to(r.reduced, j).in;

		challenge<T>(r.op == NDK_ARGMAX, b, element<T>::load(r.in_type, in + at), j);
	}
}

template <typename T>
static __device__ __forceinline__ void put_best(const ndg_reduce &r, int64_t result, int64_t part,
						const best<T> &b)
{
	if (r.parts > 1 && !r.join) {
		((best<T> *)r.partial)[result * r.parts + part] = b;
		return;
	}
	*(int64_t *)(r.out + step_to(r.kept, result).out) = b.at;
}

template <typename T>
static __device__ __forceinline__ void arguments(const ndg_reduce &r, best<T> *all)
{
	int64_t jobs = r.join ? r.results : r.results * r.parts;
	bool largest = r.op == NDK_ARGMAX;

	if (r.columns && !r.join) {
		NDG_FOR_EACH(job, jobs)
		{
			int64_t result = job % r.results, part = job / r.results;
			int64_t from = part * r.part;
			best<T> b;

			search(r, b, r.in + step_to(r.kept, result).in, from,
			       from + r.part < r.each ? from + r.part : r.each, 1);
			put_best(r, result, part, b);
		}
		return;
	}
	for (int64_t job = blockIdx.x; job < jobs; job += gridDim.x) {
		int64_t result = r.join ? job : job / r.parts, part = r.join ? 0 : job % r.parts;
		best<T> b;

		if (r.join) {
			const best<T> *partial = (const best<T> *)r.partial + result * r.parts;

			b.value = 0;
			b.at = -1;
			NDG_ROLLED
			for (int64_t j = threadIdx.x; j < r.parts; j += THREADS)
				challenge(largest, b, partial[j].value, partial[j].at);
		} else {
			int64_t from = part * r.part;

			search(r, b, r.in + step_to(r.kept, result).in, from + threadIdx.x,
			       from + r.part < r.each ? from + r.part : r.each, THREADS);
		}
		all[threadIdx.x] = b;
		__syncthreads();
		NDG_ROLLED
		for (unsigned width = THREADS / 2; width; width /= 2) {
			if (threadIdx.x < width)
				challenge(largest, all[threadIdx.x], all[threadIdx.x + width].value,
					  all[threadIdx.x + width].at);
			__syncthreads();
		}
		if (threadIdx.x == 0)
			put_best(r, result, part, all[0]);
		__syncthreads();
	}
}

NDG_KERNEL_FUNCTION(argument_f64)(ndg_reduce r)
{
	__shared__ best<double> all[THREADS];

	arguments<double>(r, all);
}

NDG_KERNEL_FUNCTION(argument_i64)(ndg_reduce r)
{
	__shared__ best<int64_t> all[THREADS];

	arguments<int64_t>(r, all);
}

/* ---- softmax: the maximum, the sum of exponentials, the results ---- */

/* A row's elements FROM, FROM + STEP, …: what each thread does in each of the three rounds. */
template <typename T>
static __device__ __forceinline__ T row_top(const ndg_softmax &s, const char *in, int64_t from,
					    int64_t step)
{
	T top = -INFINITY;

	NDG_ROLLED
	for (int64_t j = from; j < s.length; j += step)
		top = better(true, top, element<T>::load(s.in_type, in + j * s.in_step));
	return top;
}

template <typename T>
static __device__ __forceinline__ double row_sum(const ndg_softmax &s, const char *in, T top,
						 int64_t from, int64_t step)
{
	double sum = 0;

	NDG_ROLLED
	for (int64_t j = from; j < s.length; j += step)
		sum += exp(element<T>::load(s.in_type, in + j * s.in_step) - top);
	return sum;
}

template <typename T>
static __device__ __forceinline__ void row_results(const ndg_softmax &s, const char *in, char *out,
						   T top, double sum, int64_t from, int64_t step)
{
	T factor = s.logarithm ? (T)log(sum) : (T)(1 / sum);

	NDG_ROLLED
	for (int64_t j = from; j < s.length; j += step) {
		/* the maximum first: subtracting their sum would round away small differences */
		T value = element<T>::load(s.in_type, in + j * s.in_step) - top;

		element<T>::store_own(s.out_type, out + j * s.out_step,
				      s.logarithm ? value - factor : exp(value) * factor);
	}
}

template <typename T>
static __device__ __forceinline__ void softmax(const ndg_softmax &s, T *tops, double *sums)
{
	if (s.columns) {
		NDG_FOR_EACH(row, s.rows)
		{
			ndg_steps at = step_to(s.kept, row);
			T top;
			double sum;

			top = row_top<T>(s, s.in + at.in, 0, 1);
			sum = row_sum<T>(s, s.in + at.in, top, 0, 1);
			row_results<T>(s, s.in + at.in, s.out + at.out, top, sum, 0, 1);
		}
		return;
	}
	for (int64_t row = blockIdx.x; row < s.rows; row += gridDim.x) {
		ndg_steps at = step_to(s.kept, row);

		tops[threadIdx.x] = row_top<T>(s, s.in + at.in, threadIdx.x, THREADS);
		__syncthreads();
		NDG_ROLLED
		for (unsigned width = THREADS / 2; width; width /= 2) {
			if (threadIdx.x < width)
				tops[threadIdx.x] =
					better(true, tops[threadIdx.x], tops[threadIdx.x + width]);
			__syncthreads();
		}
		sums[threadIdx.x] = row_sum<T>(s, s.in + at.in, tops[0], threadIdx.x, THREADS);
		__syncthreads();
		NDG_ROLLED
		for (unsigned width = THREADS / 2; width; width /= 2) {
			if (threadIdx.x < width)
				sums[threadIdx.x] += sums[threadIdx.x + width];
			__syncthreads();
		}
		row_results<T>(s, s.in + at.in, s.out + at.out, tops[0], sums[0], threadIdx.x,
			       THREADS);
		__syncthreads();
	}
}

NDG_KERNEL_FUNCTION(softmax_f32)(ndg_softmax s)
{
	__shared__ float tops[THREADS];
	__shared__ double sums[THREADS];

	softmax<float>(s, tops, sums);
}

NDG_KERNEL_FUNCTION(softmax_f64)(ndg_softmax s)
{
	__shared__ double tops[THREADS];
	__shared__ double sums[THREADS];

	softmax<double>(s, tops, sums);
}
