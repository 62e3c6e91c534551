/* SPDX-License-Identifier: MIT */
/* Backtraces of the CUDA driver's calls: what is NVIDIA's in them, what rules cover, names. */
#include "reporter_helpers.h"

#include "gpu.h"
#include "suppress.h"

#define CALL(name)                                                                                 \
	{                                                                                          \
		.function = (name), .module = LR_DRIVER, .call = true                              \
	}
#define LIBRARY(name)                                                                              \
	{                                                                                          \
		.function = (name), .module = "/opt/cuda/lib64/libcudart.so.13"                    \
	}
#define OWN(name)                                                                                  \
	{                                                                                          \
		.function = (name), .file = "/src/a.cu", .line = 7, .module = "/opt/app"           \
	}
#define LINKED(name)                                                                               \
	{                                                                                          \
		.function = (name), .module = "/opt/app"                                           \
	}
#define TORCH(name)                                                                                \
	{                                                                                          \
		.function = (name), .module = "/opt/torch/lib/libc10_cuda.so"                      \
	}

static void frames_of_the_runtime(void **state)
{
	const struct lr_frame shared[] = {CALL("cuMemAlloc"),    LIBRARY(NULL), LIBRARY(NULL),
					  LIBRARY("cudaMalloc"), OWN("upload"), OWN("cudaMain")};
	const struct lr_frame linked[] = {
		CALL("cuMemAlloc"),       LINKED("libcudart_static_0123456789abcdef"),
		LINKED("__cudart942"),    LINKED("cudaMalloc"),
		LINKED("cudaThing(int)"), OWN("main")};
	const struct lr_frame direct[] = {CALL("cuMemAlloc"), OWN("upload"), LIBRARY(NULL)};

	(void)state;
	assert_int_equal(lr_gpu_runtime_frames(shared, 6), 3);
	assert_int_equal(lr_gpu_runtime_frames(linked, 6), 3);
	assert_int_equal(lr_gpu_runtime_frames(direct, 3), 0);
	assert_int_equal(lr_gpu_runtime_frames(shared, 1), 0);
	assert_int_equal(lr_gpu_runtime_frames(shared, 0), 0);
	assert_true(lr_gpu_is_internal(&shared[1]));
	assert_false(lr_gpu_is_internal(&shared[3]));
	assert_true(lr_gpu_is_internal(&linked[1]));
	assert_true(lr_gpu_is_internal(&linked[2]));
	assert_false(lr_gpu_is_internal(&linked[3]));
	assert_true(lr_gpu_is_nvidia("/x/nvidia/cublas/lib/libcublas.so.13"));
	assert_true(lr_gpu_is_nvidia("/usr/local/cuda-13.0/lib64/anything.so"));
	assert_false(lr_gpu_is_nvidia("/opt/libcustom.so"));
	assert_false(lr_gpu_is_nvidia("/opt/libcudnn-notes.txt"));
	assert_false(lr_gpu_is_nvidia(NULL));
}

/* Whether the built-in rules cover a handle with these frames. */
static bool is_covered(const struct lr_frame *frames, size_t count, enum ls_memory memory)
{
	struct lr_frame copy[8];
	struct lr_leak leak = {.kind = LS_KIND_DEVICE,
			       .memory = memory,
			       .scope = "/",
			       .blocks = 1,
			       .frames = copy,
			       .frame_count = count};
	struct lr_suppressions *s = lr_suppressions_new();
	bool found;

	memcpy(copy, frames, count * sizeof *copy);
	lr_suppressions_add_default(s);
	found = lr_suppressions_match(s, &leak) != NULL;
	lr_suppressions_free(s);
	return found;
}

static void what_every_program_leaves(void **state)
{
	const struct lr_frame primary[] = {CALL("cuDevicePrimaryCtxRetain"), LIBRARY(NULL),
					   LIBRARY("cudaMalloc"), OWN("main")};
	const struct lr_frame linked[] = {CALL("cuDevicePrimaryCtxRetain"),
					  LINKED("libcudart_static_0123"), LINKED("cudaMalloc"),
					  OWN("main")};
	const struct lr_frame own[] = {CALL("cuDevicePrimaryCtxRetain"), OWN("main"),
				       LIBRARY(NULL)};
	const struct lr_frame kernels[] = {CALL("cuLibraryLoadData"), LIBRARY(NULL),
					   LIBRARY("cudaLaunchKernel"), OWN("main")};
	const struct lr_frame blas[] = {
		CALL("cuModuleLoad"), {.module = "/x/libcublas.so.13"}, OWN("main")};
	const struct lr_frame loaded[] = {CALL("cuLibraryLoadData"), LIBRARY(NULL),
					  LIBRARY("cudaLibraryLoadData"), OWN("main")};
	const struct lr_frame stream[] = {CALL("cuStreamCreate"), LIBRARY(NULL),
					  LIBRARY("cudaStreamCreate"), OWN("main")};
	const struct lr_frame pool[] = {CALL("cuStreamCreate"), LIBRARY(NULL),
					LIBRARY("cudaStreamCreateWithPriority"), TORCH(NULL),
					TORCH("c10::cuda::getStreamFromPool(bool, signed char)")};
	const struct lr_frame memory[] = {CALL("cuMemAlloc"), LIBRARY(NULL), LIBRARY("cudaMalloc"),
					  OWN("main")};

	(void)state;
	assert_true(is_covered(primary, 4, LS_MEM_HANDLE));
	assert_true(is_covered(linked, 4, LS_MEM_HANDLE));
	assert_true(is_covered(kernels, 4, LS_MEM_HANDLE));
	assert_true(is_covered(blas, 3, LS_MEM_HANDLE));
	assert_true(is_covered(pool, 5, LS_MEM_HANDLE));
	assert_false(is_covered(own, 3, LS_MEM_HANDLE));
	assert_false(is_covered(own, 1, LS_MEM_HANDLE));
	assert_false(is_covered(loaded, 4, LS_MEM_HANDLE));
	assert_false(is_covered(stream, 4, LS_MEM_HANDLE));
	assert_false(is_covered(memory, 4, LS_MEM_DEVICE));
	assert_false(is_covered(kernels, 4, LS_MEM_DEVICE));
}

/* leak:libcuda is for what the driver allocates itself, leak:cuMemAlloc for what it is asked for. */
static void user_rules(void **state)
{
	static const struct {
		const char *rule;
		bool covers;
	} cases[] = {{"leak:cuMemAlloc", true}, {"leak:^cuMemAlloc$", true},
		     {"leak:libcuda", false},   {"module:libcuda.so*", true},
		     {"leak:upload", true},     {"{\nx\nMemcheck:Leak\nfun:cuMemAlloc\n}", true},
		     {"leak:malloc", false},    {"runtime:cuMemAlloc", false}};
	struct lr_frame frames[] = {CALL("cuMemAlloc"), OWN("upload")};
	struct lr_leak leak = {.kind = LS_KIND_DEVICE,
			       .memory = LS_MEM_DEVICE,
			       .scope = "/",
			       .blocks = 1,
			       .frames = frames,
			       .frame_count = 2};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lr_suppressions *s = lr_suppressions_new();
		struct lr_error err;

		assert_int_equal(lr_suppressions_add_text(s, "r", cases[i].rule,
							  strlen(cases[i].rule), &err),
				 0);
		if ((lr_suppressions_match(s, &leak) != NULL) != cases[i].covers)
			fail_msg("%s", cases[i].rule);
		lr_suppressions_free(s);
	}
}

static void whose_memory(void **state)
{
	const struct lr_frame segment[] = {
		CALL("cuMemAlloc"), LIBRARY("cudaMalloc"),
		TORCH("c10::cuda::CUDACachingAllocator::Native::DeviceCachingAllocator::malloc(int)"),
		OWN("main")};
	const struct lr_frame stripped[] = {
		CALL("cuMemAlloc"), LIBRARY("cudaMalloc"), TORCH(NULL),
		TORCH("c10::cuda::CUDACachingAllocator::Native::NativeCachingAllocator::allocate(unsigned long)"),
		OWN("main")};
	const struct lr_frame mapped[] = {
		CALL("cuMemCreate"),
		TORCH("c10::cuda::CUDACachingAllocator::(anonymous namespace)::ExpandableSegment::map(int)")};
	const struct lr_frame tensor[] = {
		CALL("cuMemAlloc"), LIBRARY("cudaMalloc"),
		TORCH("c10::cuda::CUDACachingAllocator::Native::NativeCachingAllocator::allocate(unsigned long)"),
		OWN("main")};
	const struct lr_frame namesake[] = {CALL("cuMemAlloc"),
					    OWN("my::CUDACachingAllocator::malloc(int)")};

	(void)state;
	assert_string_equal(lr_gpu_label(segment, 4), "pytorch-cached-segment");
	assert_string_equal(lr_gpu_label(stripped, 5), "pytorch-cached-segment");
	assert_string_equal(lr_gpu_label(mapped, 2), "pytorch-cached-segment");
	assert_null(lr_gpu_label(tensor, 4));
	assert_null(lr_gpu_label(namesake, 2));
	assert_null(lr_gpu_label(segment, 0));
}

static void names(void **state)
{
	char text[LR_UUID_SIZE];

	(void)state;
	for (unsigned i = 1; i < LS_RES_COUNT; i++) {
		const char *call = lr_gpu_call((enum ls_resource_type)i);

		assert_non_null(call);
		assert_true(strncmp(call, "cu", 2) == 0);
		assert_string_not_equal(lr_gpu_noun(LS_MEM_DEVICE, (enum ls_resource_type)i, 1),
					lr_gpu_noun(LS_MEM_DEVICE, (enum ls_resource_type)i, 2));
	}
	assert_null(lr_gpu_call(LS_RES_NONE));
	assert_null(lr_gpu_call((enum ls_resource_type)LS_RES_COUNT));
	assert_string_equal(lr_gpu_noun(LS_MEM_HANDLE, LS_RES_NONE, 2), "handles");
	assert_string_equal(lr_gpu_noun(LS_MEM_HOST, LS_RES_NONE, 1), "block");
	assert_string_equal(lr_gpu_uuid(text, (const uint8_t[16]){0}, false), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_the_runtime),
		cmocka_unit_test(what_every_program_leaves),
		cmocka_unit_test(user_rules),
		cmocka_unit_test(whose_memory),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("gpu-frames", tests, NULL, NULL);
}
