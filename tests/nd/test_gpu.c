/* SPDX-License-Identifier: MIT */
/*
 * GPUs as devices of the runtime, with the simulated driver: memory, what fails
 * and how, several devices, threads.  Each case is a process of its own, since
 * the driver reads its settings once; with the name of one, only that (speaks TAP).
 */
#include <leakscope/nd.h>

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static char self[4096];

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("# %s:%d: ", __FILE__, __LINE__);                                   \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)
#define OK(call) CHECK((call) == ND_OK, "%s: %s", #call, nd_last_error())
#define FAILS(call, status, text)                                                                  \
	do {                                                                                       \
		nd_status status_ = (call);                                                        \
		CHECK(status_ == (status), "%s: %s (%s)", #call, nd_status_name(status_),          \
		      nd_last_error());                                                            \
		CHECK(strstr(nd_last_error(), text), "%s: said '%s'", #call, nd_last_error());     \
	} while (0)

static nd_manager *gpu_manager(int device)
{
	nd_manager *base, *manager;

	OK(nd_manager_new_base("test", &base));
	OK(nd_manager_new_sub_on(base, "gpu", nd_gpu(device), &manager));
	return manager;
}

static void close_all(nd_manager *manager)
{
	nd_manager *base;

	OK(nd_manager_parent(manager, &base));
	OK(nd_manager_close(base));
}

/* Bytes this process holds on device INDEX, as the metrics have it. */
static double held(int index)
{
	nd_metrics *metrics;
	char name[16];
	double value = -1;

	nd_memory_set_collect(true);
	OK(nd_metrics_new(&metrics));
	OK(nd_memory_collect(metrics));
	snprintf(name, sizeof name, "GPU-%d", index);
	if (nd_metrics_has(metrics, name))
		OK(nd_metrics_latest(metrics, name, &value));
	nd_metrics_free(metrics);
	return value;
}

/* A bit of everything in MANAGER; the first failure, with nothing left of it. */
static nd_status work(nd_manager *manager, double *answer)
{
	nd_array *a = NULL, *b = NULL, *c = NULL, *d = NULL, *e = NULL, *f = NULL, *g = NULL;
	nd_array **all[] = {&a, &b, &c, &d, &e, &f, &g};
	float data[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	nd_status status;
	char line[512];

	(void)((status = nd_create(manager, ND_F32, ND_SHAPE(3, 4), data, sizeof data, &a)) ||
	       (status = nd_zeros(manager, ND_F32, ND_SHAPE(4, 5000), &b)) ||
	       (status = nd_add_scalar_in_place(b, 1)) ||
	       (status = nd_matmul(a, b, &c)) ||           /* 10, 26, 42 in each row */
	       (status = nd_transpose(c, 0, NULL, &d)) ||  /* a view */
	       (status = nd_array_duplicate(d, &e)) ||     /* a strided copy */
	       (status = nd_sum(e, 0, NULL, false, &f)) || /* in parts */
	       (status = nd_sort(a, 0, true, &g)) ||       /* by way of the host */
	       (status = nd_array_set_f64(g, 2, (int64_t[]){0, 0}, 1)) ||
	       (status = nd_array_item_f64(f, answer)));
	snprintf(line, sizeof line, "%s", status ? nd_last_error() : "");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		nd_status closed = nd_array_close(*all[i]);

		if (closed && !status) {
			status = closed;
			snprintf(line, sizeof line, "%s", nd_last_error());
		}
	}
	if (status)
		printf("# %s\n", line);
	return status;
}

#define WORK_ANSWER (5000.0 * (10 + 26 + 42))

static void no_device(void)
{
	FAILS(nd_device_check(nd_gpu(0)), ND_ERR_DEVICE, "gpu(0): no device");
	CHECK(nd_device_count(ND_DEVICE_GPU) == 0, "devices are counted");
}

static void no_init(void)
{
	FAILS(nd_device_check(nd_gpu(0)), ND_ERR_DEVICE, "gpu(0): cuInit: CUDA_ERROR_UNKNOWN");
	CHECK(nd_device_count(ND_DEVICE_GPU) == 0, "devices are counted");
}

/* In a process whose LD_LIBRARY_PATH has a libcuda.so.1 that is none. */
static void no_driver_inside(void)
{
	FAILS(nd_device_check(nd_gpu(0)), ND_ERR_DEVICE, "gpu(0): no CUDA driver (libcuda.so.1)");
}

static void no_driver(void)
{
	char directory[] = "/tmp/nd-gpu-XXXXXX", path[64];
	FILE *file;
	pid_t child;
	int status;

	CHECK(mkdtemp(directory), "no folder");
	snprintf(path, sizeof path, "%s/libcuda.so.1", directory);
	file = fopen(path, "w");
	CHECK(file && fputs("no library\n", file) >= 0 && !fclose(file), "no file");
	child = fork();
	if (child == 0) {
		setenv("LD_LIBRARY_PATH", directory, 1);
		execl(self, self, "no-driver-inside", (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	unlink(path);
	rmdir(directory);
	CHECK(status == 0, "status %x", (unsigned)status);
}

/* Nothing of the driver is loaded by who uses no GPU. */
static void not_loaded(void)
{
	nd_manager *manager;
	nd_array *array;

	OK(nd_manager_new_base("cpu", &manager));
	OK(nd_ones(manager, ND_F32, ND_SHAPE(3), &array));
	CHECK(held(0) < 0, "GPU-0 is collected");
	OK(nd_manager_close(manager));
	CHECK(!dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD), "the driver is loaded");
}

static void works(void)
{
	nd_manager *manager = gpu_manager(0);
	double answer = 0;

	OK(work(manager, &answer));
	CHECK(answer == WORK_ANSWER, "%g", answer);
	CHECK(held(0) == 0, "%g bytes are held", held(0));
	close_all(manager);
	CHECK(nd_test_live_blocks() == 0, "blocks are left");
}

static void views_and_names(void)
{
	nd_manager *manager = gpu_manager(1);
	nd_array *array, *home, *other, *cpu;
	nd_device device;
	char *text;
	void *data;

	OK(nd_arange(manager, ND_I32, 0, 256 * 1024, 1, &array));
	CHECK(held(1) == (double)MIB && held(0) == 0, "%g and %g bytes", held(0), held(1));
	OK(nd_array_set_name(array, "numbers"));
	OK(nd_manager_debug_dump(manager, ND_DUMP_TEXT, &text));
	CHECK(strstr(text, "array 'numbers' i32(262144) 1048576 bytes gpu(1)"), "%s", text);
	nd_free(text);
	OK(nd_manager_debug_dump(manager, ND_DUMP_JSON, &text));
	CHECK(strstr(text, "\"device\":\"gpu(1)\""), "%s", text);
	nd_free(text);
	OK(nd_array_data(array, &data));
	CHECK(data, "no address");
	/* Between devices, by way of the host. */
	OK(nd_array_to_device(array, nd_gpu(0), &other));
	OK(nd_array_device(other, &device));
	CHECK(device.kind == ND_DEVICE_GPU && device.index == 0, "elsewhere");
	CHECK(held(0) == (double)MIB && held(1) == (double)MIB, "bytes");
	FAILS(nd_add(array, other, &home), ND_ERR_DEVICE, "different devices");
	OK(nd_array_to_device(other, nd_cpu(), &home));
	OK(nd_arange(nd_manager_system(), ND_I32, 0, 256 * 1024, 1, &cpu));
	FAILS(nd_add(array, cpu, &other), ND_ERR_DEVICE, "different devices");
	{
		bool equal = false;

		OK(nd_allclose(home, cpu, 0, 0, false, &equal));
		CHECK(equal, "the elements changed on the way");
	}
	OK(nd_array_close(cpu));
	close_all(manager);
	CHECK(held(0) == 0 && held(1) == 0, "bytes are held");
	FAILS(nd_device_check(nd_gpu(2)), ND_ERR_DEVICE, "gpu(2): no such device");
	FAILS(nd_device_check(nd_gpu(-1)), ND_ERR_DEVICE, "gpu(-1): no such device");
}

/* 16 MiB of memory: what does not fit is refused, and nothing else changes. */
static void out_of_memory(void)
{
	nd_manager *manager = gpu_manager(0);
	nd_array *arrays[64], *sum, *big;
	size_t count = 0, listed, bytes;
	double answer;
	nd_status status;

	while ((status = nd_ones(manager, ND_F32, ND_SHAPE(1 << 18), &arrays[count])) == ND_OK) {
		count++;
		CHECK(count < 64, "it never ends");
	}
	CHECK(status == ND_ERR_MEMORY, "%s", nd_last_error());
	CHECK(strstr(nd_last_error(), "ones: no memory for 1048576 bytes on gpu(0): cuMemAlloc: "
				      "CUDA_ERROR_OUT_OF_MEMORY"),
	      "said '%s'", nd_last_error());
	CHECK(count > 8 && !arrays[count], "%zu arrays", count);
	CHECK(held(0) == (double)(count * MIB), "%g bytes", held(0));
	OK(nd_manager_bytes(manager, &bytes));
	OK(nd_manager_managed_arrays(manager, NULL, 0, &listed));
	CHECK(bytes == count * MIB && listed == count, "%zu bytes in %zu arrays", bytes, listed);
	FAILS(nd_add(arrays[0], arrays[1], &sum), ND_ERR_MEMORY, "add: no memory for");
	CHECK(!sum, "a result");
	FAILS(nd_zeros(manager, ND_F64, ND_SHAPE(1LL << 40), &big), ND_ERR_MEMORY, "zeros: ");
	/* In place needs nothing, and what is there is as it was. */
	OK(nd_add_in_place(arrays[0], arrays[1]));
	OK(nd_array_get_f64(arrays[0], 1, (int64_t[]){1000}, &answer));
	CHECK(answer == 2, "%g", answer);
	/* What is given back can be had again. */
	OK(nd_array_close(arrays[1]));
	OK(nd_add(arrays[0], arrays[2], &sum));
	OK(nd_array_get_f64(sum, 1, (int64_t[]){7}, &answer));
	CHECK(answer == 3, "%g", answer);
	close_all(manager);
	CHECK(held(0) == 0 && nd_test_live_blocks() == 0, "something is left");
}

/* Each allocation of the runtime's own fails in turn, on the host and on the GPU. */
static void allocations_fail(void)
{
	nd_manager *manager = gpu_manager(0);
	double answer = 0;
	uint64_t blocks = nd_test_live_blocks();
	nd_status status;
	int n = 0;

	OK(work(manager, &answer));
	do {
		nd_test_fail_allocation((uint64_t)++n);
		status = work(manager, &answer);
		nd_test_fail_allocation(0);
		CHECK(status == ND_OK || status == ND_ERR_MEMORY, "%d: %s", n, nd_last_error());
		CHECK(held(0) == 0 && nd_test_live_blocks() == blocks, "%d: something is left", n);
	} while (status);
	CHECK(n > 10, "only %d allocations", n);
	close_all(manager);
}

/* A child of fork that ends. */
static void forked(void)
{
	nd_manager *manager = gpu_manager(0);
	nd_array *array;
	double answer = 0;
	pid_t child;
	int status;

	OK(nd_ones(manager, ND_F32, ND_SHAPE(10), &array));
	child = fork();
	if (child == 0)
		exit(0); /* its exit handlers leave the parent's context alone */
	waitpid(child, &status, 0);
	CHECK(status == 0, "status %x", (unsigned)status);
	OK(work(manager, &answer));
	close_all(manager);
}

/* With SIMCUDA_FAIL: work fails once, by a status that names the error, and then does not. */
static void fails_once(const char *function, int n, nd_status expected, const char *error)
{
	nd_manager *manager, *base;
	double answer = 0;
	nd_status status, created;

	OK(nd_manager_new_base("test", &base));
	created = nd_manager_new_sub_on(base, "gpu", nd_gpu(0), &manager);
	OK(created);
	status = work(manager, &answer);
	if (status == ND_OK)
		exit(2); /* it is called less often */
	CHECK(status == expected, "%s: %s", nd_status_name(status), nd_last_error());
	CHECK(strstr(nd_last_error(), error), "%s:%d: said '%s'", function, n, nd_last_error());
	OK(work(manager, &answer));
	CHECK(answer == WORK_ANSWER, "%g", answer);
	/* What could not be freed is still held; all else is not. */
	CHECK(held(0) == 0 || !strcmp(function, "cuMemFree"), "%g bytes are held", held(0));
	OK(nd_manager_close(base));
	CHECK(nd_test_live_blocks() == 0, "blocks are left");
}

static int in_child(void (*run)(void))
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		run();
		fflush(stdout);
		exit(0); /* by way of the exit handlers */
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const char *failing_function, *failing_error;
static int failing_call;
static nd_status failing_status;

static void run_failing(void)
{
	char setting[128];

	snprintf(setting, sizeof setting, "%s:%d:%d", failing_function, failing_call,
		 failing_status == ND_ERR_MEMORY ? 2 : 719);
	setenv("SIMCUDA_FAIL", setting, 1);
	fails_once(failing_function, failing_call, failing_status, failing_error);
}

/* Each call of FUNCTION that work makes fails in turn. */
static int every_call_fails(const char *function, nd_status status, const char *error)
{
	int result = 0;

	failing_function = function;
	failing_status = status;
	failing_error = error;
	for (failing_call = 1; result == 0; failing_call++)
		result = in_child(run_failing);
	printf("# %s: %d calls\n", function, failing_call - 2);
	return result == 2 && failing_call > 2 ? 0 : 1;
}

struct job {
	int index;
	double answer;
	nd_status status;
	char line[512];
};

static void *thread(void *argument)
{
	struct job *job = argument;
	nd_manager *manager = gpu_manager(job->index % 2);

	for (int i = 0; i < 20 && !job->status; i++) {
		job->status = work(manager, &job->answer);
		if (!job->status && job->answer != WORK_ANSWER)
			job->status = ND_ERR_ARGUMENT;
	}
	if (job->status)
		snprintf(job->line, sizeof job->line, "%s", nd_last_error());
	close_all(manager);
	return NULL;
}

static void threads(void)
{
	struct job jobs[8] = {{0}};
	pthread_t ids[8];

	for (int i = 0; i < 8; i++) {
		jobs[i].index = i;
		CHECK(!pthread_create(&ids[i], NULL, thread, &jobs[i]), "no thread");
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(ids[i], NULL);
		CHECK(jobs[i].status == ND_OK, "thread %d: %s, %g", i, jobs[i].line,
		      jobs[i].answer);
	}
	CHECK(held(0) == 0 && held(1) == 0, "bytes are held");
	CHECK(nd_test_live_blocks() == 0, "blocks are left");
}

/* Large and small products are cuBLAS' with ND_CUBLAS=1, none with 0. */
static void products(bool expected)
{
	nd_manager *manager = gpu_manager(0);
	nd_array *a, *b, *c;
	void *library;
	int *calls;
	double answer;

	OK(nd_ones(manager, ND_F32, ND_SHAPE(300, 300), &a));
	OK(nd_transpose(a, 0, NULL, &b));
	OK(nd_matmul(a, b, &c));
	OK(nd_array_get_f64(c, 2, (int64_t[]){299, 299}, &answer));
	CHECK(answer == 300, "%g", answer);
	library = dlopen("libcublas.so.13", RTLD_NOW | RTLD_NOLOAD);
	CHECK(!library == !expected, "cuBLAS is%s loaded", library ? "" : " not");
	if (library) {
		calls = dlsym(library, "fake_cublas_calls");
		CHECK(calls && *calls == 1, "it was not called");
	}
	close_all(manager);
}

static void by_cublas(void)
{
	unsetenv("ND_CUBLAS");
	products(true);
}

static void not_by_cublas(void)
{
	setenv("ND_CUBLAS", "0", 1);
	products(false);
}

/* The exit handlers leave nothing, as the driver counts it. */
static void exit_leaves_nothing(void)
{
	char path[64], text[8192];
	FILE *file;
	size_t size;

	snprintf(path, sizeof path, "/tmp/nd-gpu-%ld.summary", (long)getpid());
	setenv("SIMCUDA_SUMMARY", path, 1);
	CHECK(in_child(by_cublas) == 0 && in_child(works) == 0, "it fails");
	file = fopen(path, "r");
	CHECK(file, "no summary");
	size = fread(text, 1, sizeof text - 1, file);
	text[size] = '\0';
	fclose(file);
	unlink(path);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		CHECK(strncmp(line, "process", 7) == 0 || strstr(line, " live 0 ") ||
			      strcmp(line, "errors 0") == 0,
		      "%s", line);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
	const char *setting, *value; /* of the environment */
} cases[] = {
	{"no device", no_device, "SIMCUDA_DEVICES", "0"},
	{"no driver", no_driver, NULL, NULL},
	{"cuInit fails", no_init, "SIMCUDA_FAIL", "cuInit:1:999"},
	{"without GPUs nothing is loaded", not_loaded, NULL, NULL},
	{"operations", works, NULL, NULL},
	{"listings, metrics, two devices", views_and_names, "SIMCUDA_DEVICES", "2"},
	{"out of memory", out_of_memory, "SIMCUDA_BYTES", "16M"},
	{"eight threads, two devices", threads, "SIMCUDA_DEVICES", "2"},
	{"cuBLAS", by_cublas, NULL, NULL},
	{"no cuBLAS", not_by_cublas, NULL, NULL},
	{"failing allocations", allocations_fail, NULL, NULL},
	{"a child", forked, NULL, NULL},
	{"nothing is left at exit", exit_leaves_nothing, NULL, NULL},
};

static const struct {
	const char *function, *error;
	nd_status status;
} failures[] = {
	{"cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRetain: CUDA_ERROR_LAUNCH_FAILED",
	 ND_ERR_DEVICE},
	{"cuMemAlloc", "CUDA_ERROR_OUT_OF_MEMORY", ND_ERR_MEMORY},
	{"cuMemAlloc", "cuMemAlloc: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
	{"cuMemFree", "cuMemFree: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
	{"cuMemcpyHtoD", "cuMemcpyHtoD: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
	{"cuMemcpyDtoH", "cuMemcpyDtoH: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
	{"cuMemsetD8", "cuMemsetD8: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
	{"cuModuleLoadData", "cuModuleLoadData: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
	{"cuModuleGetFunction", "cuModuleGetFunction: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
	{"cuLaunchKernel", "cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED", ND_ERR_DEVICE},
};

static size_t current;

static void run_case(void)
{
	if (cases[current].setting)
		setenv(cases[current].setting, cases[current].value, 1);
	cases[current].run();
}

int main(int argc, char **argv)
{
	size_t count = sizeof cases / sizeof *cases, more = sizeof failures / sizeof *failures, i;
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	int failed = 0, bad;

	if (argc > 1 && !strcmp(argv[1], "no-driver-inside")) {
		no_driver_inside();
		return 0;
	}
	if (argc > 1) { /* one case, in this process */
		for (current = 0; current < count; current++) {
			if (!strcmp(argv[1], cases[current].name)) {
				printf("1..1\n");
				run_case();
				printf("ok 1 - %s\n", argv[1]);
				return 0;
			}
		}
		return 2;
	}
	self[length > 0 ? length : 0] = '\0';
	printf("1..%zu\n", count + more);
	for (current = 0; current < count; current++) {
		bad = in_child(run_case);
		printf("%s %zu - %s\n", bad ? "not ok" : "ok", current + 1, cases[current].name);
		failed |= bad;
	}
	setenv("ND_CUBLAS", "0", 1);
	for (i = 0; i < more; i++) {
		bad = every_call_fails(failures[i].function, failures[i].status, failures[i].error);
		printf("%s %zu - %s fails: %s\n", bad ? "not ok" : "ok", count + i + 1,
		       failures[i].function, nd_status_name(failures[i].status));
		failed |= bad;
	}
	return failed != 0;
}
