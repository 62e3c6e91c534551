/* SPDX-License-Identifier: MIT */
/*
 * Every function with its first, second, … allocation failing: it answers
 * ND_ERR_MEMORY, gives no handle, leaks nothing, and works the next time.
 */
#include "nd_test.h"

#include <unistd.h>

/* AddressSanitizer's malloc would rather end the program than say no. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static nd_manager *base;
static nd_array *a, *b, *vector, *mask, *indices, *square;
static char path[] = "/tmp/nd-memory-XXXXXX";
static char npy[64], npz[64], trace[64];
static nd_metrics *metrics;

/* What a call under test made: closed by the loop below. */
static nd_array *made[4];
static nd_manager *made_manager;
static nd_scope *made_scope;
static nd_metrics *made_metrics;
static char *made_text;

static void clean(void)
{
	for (size_t i = 0; i < 4; i++) {
		OK(nd_array_close(made[i]));
		made[i] = NULL;
	}
	OK(nd_manager_close(made_manager));
	made_manager = NULL;
	OK(nd_scope_close(made_scope));
	made_scope = NULL;
	nd_metrics_free(made_metrics);
	made_metrics = NULL;
	nd_free(made_text);
	made_text = NULL;
}

#define OUT (&made[0])
#define CALLS(X)                                                                                   \
	X(nd_manager_new_base("new", &made_manager))                                               \
	X(nd_manager_new_sub(base, NULL, &made_manager))                                           \
	X(nd_scope_open(&made_scope))                                                              \
	X(nd_metrics_new(&made_metrics))                                                           \
	X(nd_create(base, ND_U8, ND_SHAPE(4), "abcd", 4, OUT))                                     \
	X(nd_empty(base, ND_F64, ND_SHAPE(4), OUT))                                                \
	X(nd_zeros(base, ND_F64, ND_SHAPE(4), OUT))                                                \
	X(nd_ones(base, ND_F64, ND_SHAPE(4), OUT))                                                 \
	X(nd_full(base, ND_F64, ND_SHAPE(4), 3, OUT))                                              \
	X(nd_arange(base, ND_F64, 0, 4, 1, OUT))                                                   \
	X(nd_eye(base, ND_F64, 3, 3, 0, OUT))                                                      \
	X(nd_linspace(base, ND_F64, 0, 1, 5, true, OUT))                                           \
	X(nd_random_uniform(base, ND_F32, ND_SHAPE(4), 0, 1, 1, OUT))                              \
	X(nd_random_normal(base, ND_F32, ND_SHAPE(4), 0, 1, 1, OUT))                               \
	X(nd_random_integer(base, ND_I32, ND_SHAPE(4), 0, 9, 1, OUT))                              \
	X(nd_array_slice(a, 1, (nd_range[]){ND_AT(0)}, OUT))                                       \
	X(nd_array_gather(a, indices, 0, OUT))                                                     \
	X(nd_array_mask(a, mask, OUT))                                                             \
	X(nd_array_duplicate(a, OUT))                                                              \
	X(nd_array_view(a, OUT))                                                                   \
	X(nd_array_to_type(a, ND_I64, OUT))                                                        \
	X(nd_array_to_device(a, nd_cpu(), OUT))                                                    \
	X(nd_array_to_string(a, &made_text))                                                       \
	X(nd_array_assign(square, square))                                                         \
	X(nd_add(a, b, OUT))                                                                       \
	X(nd_div_scalar(a, 2, OUT))                                                                \
	X(nd_mul_in_place(a, b))                                                                   \
	X(nd_add_scalar_in_place(indices, 0))                                                      \
	X(nd_clip(a, 0, 1, OUT))                                                                   \
	X(nd_exp(a, OUT))                                                                          \
	X(nd_relu_in_place(a))                                                                     \
	X(nd_eq(a, b, OUT))                                                                        \
	X(nd_gt_scalar(a, 0.5, OUT))                                                               \
	X(nd_logical_and(a, b, OUT))                                                               \
	X(nd_logical_not(a, OUT))                                                                  \
	X(nd_where(mask, a, b, OUT))                                                               \
	X(nd_sum(a, ND_ALL_AXES, false, OUT))                                                      \
	X(nd_mean(a, ND_AXES(0), true, OUT))                                                       \
	X(nd_median(a, ND_AXES(-1), false, OUT))                                                   \
	X(nd_norm(a, 2, ND_ALL_AXES, false, OUT))                                                  \
	X(nd_cumsum(a, 0, OUT))                                                                    \
	X(nd_reshape(a, ND_SHAPE(3, 2), OUT))                                                      \
	X(nd_flatten(a, OUT))                                                                      \
	X(nd_expand(a, 0, OUT))                                                                    \
	X(nd_squeeze(a, 0, NULL, OUT))                                                             \
	X(nd_transpose(a, 0, NULL, OUT))                                                           \
	X(nd_broadcast(a, ND_SHAPE(4, 2, 3), OUT))                                                 \
	X(nd_concat((nd_array *const[]){a, b, a, b, a}, 5, 0, OUT))                                \
	X(nd_stack((nd_array *const[]){a, b}, 2, 1, OUT))                                          \
	X(nd_split(a, 3, 1, OUT))                                                                  \
	X(nd_tile(a, 2, (int64_t[]){2, 2}, OUT))                                                   \
	X(nd_flip(a, 0, NULL, OUT))                                                                \
	X(nd_matmul(square, square, OUT))                                                          \
	X(nd_dot(vector, vector, OUT))                                                             \
	X(nd_softmax(a, -1, OUT))                                                                  \
	X(nd_log_softmax(a, -1, OUT))                                                              \
	X(nd_sort(a, -1, true, OUT))                                                               \
	X(nd_argsort(a, -1, false, OUT))                                                           \
	X(nd_topk(a, 2, -1, true, &made[0], &made[1]))                                             \
	X(nd_save_npy(a, npy))                                                                     \
	X(nd_load_npy(base, npy, OUT))                                                             \
	X(nd_save_npz((nd_array *const[]){a, b}, NULL, 2, npz))                                    \
	X(nd_load_npz(base, npz, made, 4, &(size_t){0}))                                           \
	X(nd_manager_temp_attach(base, b))                                                         \
	X(nd_manager_debug_dump(base, ND_DUMP_TEXT, &made_text))                                   \
	X(nd_manager_debug_dump(base, ND_DUMP_JSON, &made_text))                                   \
	X(nd_metrics_add(metrics, "again", 1, "Count"))                                            \
	X(nd_metrics_percentile(metrics, "again", 50, &(double){0}))                               \
	X(nd_metrics_names(metrics, &made_text))                                                   \
	X(nd_memory_collect(metrics))                                                              \
	X(nd_memory_dump(metrics, path))

/* The blocks a set of metrics or a manager keeps for good are not leaks. */
static bool keeps(const char *call)
{
	return !strncmp(call, "nd_metrics_add", 14) || !strncmp(call, "nd_memory_collect", 17) ||
	       !strncmp(call, "nd_manager_temp_attach", 22);
}

#define TRY(call)                                                                                  \
	do {                                                                                       \
		nd_status status_ = ND_ERR_MEMORY;                                                 \
		uint64_t n_;                                                                       \
		for (n_ = 1; status_ != ND_OK; n_++) {                                             \
			uint64_t blocks_ = nd_test_live_blocks();                                  \
			size_t held_ = held(base);                                                 \
			assert_true(n_ < 60);                                                      \
			nd_test_fail_allocation(n_);                                               \
			status_ = (call);                                                          \
			nd_test_fail_allocation(0);                                                \
			if (status_ != ND_OK) {                                                    \
				if (status_ != ND_ERR_MEMORY)                                      \
					fail_msg("%s: %s", #call, nd_last_error());                \
				for (int i_ = 0; i_ < 4; i_++)                                     \
					assert_null(made[i_]);                                     \
				assert_true(!made_manager && !made_scope && !made_text);           \
				assert_int_equal(held(base), held_);                               \
			}                                                                          \
			clean();                                                                   \
			if (!keeps(#call) && nd_test_live_blocks() != blocks_)                     \
				fail_msg("%s: %ld blocks leak at allocation %ld", #call,           \
					 (long)(nd_test_live_blocks() - blocks_), (long)n_);       \
		}                                                                                  \
	} while (0);

static void every_allocation_may_fail(void **state)
{
	CALLS(TRY)
}

/* The tables of objects grow: there too. */
static void tables_grow(void **state)
{
	nd_manager *many = new_base("many");
	nd_array *array;
	int refused = 0;

	for (int i = 0; i < 5000; i++) {
		for (int n = 1; n < 5; n++) {
			nd_test_fail_allocation((uint64_t)n);
			if (nd_zeros(many, ND_F32, ND_SHAPE(2), &array) == ND_OK) {
				nd_test_fail_allocation(0);
				break;
			}
			assert_string_equal(nd_status_name(ND_ERR_MEMORY), "out of memory");
			refused++;
		}
	}
	nd_test_fail_allocation(0);
	assert_true(refused >= 5000);
	OK(nd_manager_close(many));
}

static void says_how_much(void **state)
{
	nd_array *array;

	nd_test_fail_allocation(1);
	FAILS(nd_zeros(base, ND_F64, ND_SHAPE(10, 10), &array), ND_ERR_MEMORY,
	      "zeros: no memory for 800 bytes");
	assert_null(array);
	/* More than there is, without a test's help. */
	FAILS(nd_empty(base, ND_F64, ND_SHAPE((int64_t)1 << 45, 1 << 10), &array), ND_ERR_MEMORY,
	      "empty: no memory");
	FAILS(nd_empty(base, ND_F64, ND_SHAPE((int64_t)1 << 45, (int64_t)1 << 45), &array),
	      ND_ERR_SHAPE, "too large");
}

static int set_up(void **state)
{
	if (!mkdtemp(path))
		return -1;
	snprintf(npy, sizeof npy, "%s/a.npy", path);
	snprintf(npz, sizeof npz, "%s/a.npz", path);
	snprintf(trace, sizeof trace, "%s/trace", path);
	base = new_base("memory");
	a = ones(base);
	b = ones(base);
	OK(nd_eye(base, ND_F32, 3, 3, 0, &square));
	OK(nd_ones(base, ND_F32, ND_SHAPE(3), &vector));
	OK(nd_ones(base, ND_BOOL, ND_SHAPE(2, 3), &mask));
	OK(nd_zeros(base, ND_I64, ND_SHAPE(2), &indices));
	OK(nd_metrics_new(&metrics));
	nd_memory_set_collect(true);
	return 0;
}

static int tear_down(void **state)
{
	char log[64];

	snprintf(log, sizeof log, "%s/memory.log", path);
	unlink(log);
	unlink(npy);
	unlink(npz);
	rmdir(path);
	nd_metrics_free(metrics);
	return (int)nd_manager_close(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(tables_grow),
		cmocka_unit_test(says_how_much),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
