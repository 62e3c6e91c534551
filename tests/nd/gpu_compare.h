/* SPDX-License-Identifier: MIT */
/*
 * Operations on a GPU against the same ones on the CPU: pairs of arrays with the
 * same elements and strides, and how their results are compared.  Through nd.h
 * alone, so that it runs with any driver.
 */
#ifndef ND_GPU_COMPARE_H
#define ND_GPU_COMPARE_H

#include <leakscope/nd.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	nd_array *cpu, *gpu;
};

/* A case: false if CPU and GPU differ, after saying so by differ(). */
typedef bool case_fn(const void *what);

struct compare_case {
	const char *name;
	case_fn *run;
	const void *what;
	int times; /* of the rounds asked for, one in so many (0: each) */
};

extern nd_manager *on_cpu, *on_gpu; /* of the round */
extern const struct compare_case gpu_cases[];
extern const size_t gpu_case_count;

/* Say what differs (a line of TAP's comments); answers false. */
bool differ(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* STATUS or the end of the test: what is no comparison must work. */
void must(nd_status status, const char *what);
#define MUST(call) must(call, #call)

/* ---- random things, the same every time ---- */

uint32_t any(uint32_t below);
double normal_number(void);
nd_dtype any_type(void);
nd_dtype any_float(void);
void any_shape(int *ndim, int64_t *shape, int most, bool empty);
/* Random elements (SPECIAL: NaN, infinities, zeros among floats) of that shape. */
struct pair make(nd_dtype type, int ndim, const int64_t *shape, bool special);
/* PAIR, or a view of it: transposed, flipped, sliced, broadcast. */
struct pair any_view(struct pair pair, bool may_broadcast);
/* A random array, perhaps a view. */
struct pair any_pair(bool special);
/* One that broadcasts with A. */
struct pair partner(struct pair a, nd_dtype type);

/* ---- results ---- */

/* The statuses of a call on both sides, with its line of the first. */
struct answers {
	nd_status cpu, gpu;
	char line[512];
};
/* RUN(cpu's statement), then the gpu's, into ANSWERS. */
#define BOTH(answers, cpu_call, gpu_call)                                                          \
	do {                                                                                       \
		(answers).cpu = (cpu_call);                                                        \
		snprintf((answers).line, sizeof(answers).line, "%s",                               \
			 (answers).cpu ? nd_last_error() : "");                                    \
		(answers).gpu = (gpu_call);                                                        \
	} while (0)
/* Same status and line. */
bool same_answers(const struct answers *answers);
/* The same type, shape and elements: integers exactly, floats within LOOSE units of their type. */
bool same_arrays(struct pair pair, double loose, double absolute);
/* Both of the above. */
bool same(const struct answers *answers, struct pair pair, double loose, double absolute);

#endif
