/* SPDX-License-Identifier: MIT */
/*
 * The simulated driver's environment and its end.  Each case runs in a new process of this
 * program, given its name, with settings of its own.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "simcuda_test.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			_exit(__LINE__ % 250 + 1);                                                 \
	} while (0)

static CUdeviceptr kept;

static void free_late(void)
{
	CHECK(cuMemFree(kept) == CUDA_ERROR_DEINITIALIZED);
	CHECK(cuInit(0) == CUDA_ERROR_DEINITIALIZED);
}

/* ---- in the other process ---- */
static int child(const char *name)
{
	CUcontext c;
	CUdeviceptr p[4];
	CUstream s;
	size_t free_bytes, total;
	CHECK(cuMemAlloc(&p[0], 10) == CUDA_ERROR_NOT_INITIALIZED);
	if (!strcmp(name, "none")) {
		CHECK(cuInit(0) == CUDA_ERROR_NO_DEVICE);
		return 0;
	}
	if (!strcmp(name, "late"))
		CHECK(atexit(free_late) == 0);
	CHECK(cuInit(0) == 0);
	CHECK(cuCtxCreate(&c, NULL, 0, 0) == 0);
	if (!strcmp(name, "late")) {
		CHECK(cuMemAlloc(&kept, 10) == 0);
	} else if (!strcmp(name, "fails")) {
		CHECK(cuMemAlloc(&p[0], 10) == 0);
		CHECK(cuMemAlloc(&p[1], 10) == CUDA_ERROR_OUT_OF_MEMORY);
		CHECK(cuMemAlloc(&p[1], 10) == 0);
		CHECK(cuStreamCreate(&s, 0) == 0);
		CHECK(cuMemAllocAsync(&p[2], 10, s) == 0);
		CHECK(cuMemAllocAsync_ptsz(&p[3], 10, s) == CUDA_ERROR_UNKNOWN); /* a variant */
		CHECK(cuMemAllocAsync(&p[3], 10, s) == CUDA_ERROR_UNKNOWN);
	} else if (!strcmp(name, "slow")) {
		struct timespec a, b;
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (int i = 0; i < 100; i++) {
			CHECK(cuMemAlloc(&p[0], 10) == 0);
			CHECK(cuMemFree(p[0]) == 0);
		}
		clock_gettime(CLOCK_MONOTONIC, &b);
		long ns = (b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec;
		CHECK(ns >= 200 * 50000);
	} else if (!strcmp(name, "others")) {
		CHECK(cuMemGetInfo(&free_bytes, &total) == 0);
		CHECK(total == 10 * MIB && free_bytes == 4 * MIB);
	} else if (!strcmp(name, "mig")) {
		CUuuid of, instance;
		char text[64];
		CHECK(cuDeviceGetName(text, sizeof text, 1) == 0 && strstr(text, "MIG"));
#undef cuDeviceGetUuid
		CHECK(cuDeviceGetUuid(&of, 1) == 0 && cuDeviceGetUuid_v2(&instance, 1) == 0);
		CHECK(memcmp(&of, &instance, sizeof of));
	} else if (!strcmp(name, "older")) {
		int version;
		void *f;
		CHECK(cuDriverGetVersion(&version) == 0 && version == 12040);
		CHECK(cuGetProcAddress("cuCtxCreate", &f, 13000, 0, NULL) ==
		      CUDA_ERROR_INVALID_VALUE);
		CHECK(cuGetProcAddress("cuCtxCreate", &f, 12040, 0, NULL) == 0);
		CHECK(f == (void *)cuCtxCreate_v3);
	} else if (!strcmp(name, "summary")) {
		CHECK(cuMemAlloc(&p[0], 1000) == 0);
		CHECK(cuMemAlloc(&p[1], 500) == 0);
		CHECK(cuMemFree(p[1]) == 0);
		CHECK(cuMemFree(p[1]) == CUDA_ERROR_INVALID_VALUE);
		CHECK(cuStreamCreate(&s, 0) == 0);
		CHECK(cuMemAllocAsync(&p[2], 300, s) == 0);
	} else if (!strcmp(name, "fork_")) {
		pid_t pid = fork();
		if (!pid)
			_exit(cuMemAlloc(&p[0], 10) == CUDA_ERROR_NOT_INITIALIZED ? 0 : 9);
		int status;
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		CHECK(cuMemAlloc(&p[0], 10) == 0);
	} else {
		return 99;
	}
	return 0;
}

static void run(const char *name, const char *setting, const char *value)
{
	int status = -1;
	pid_t pid = fork();
	if (!pid) {
		if (setting)
			setenv(setting, value, 1);
		execl("/proc/self/exe", "child", name, (char *)NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define CASE(name, setting, value)                                                                 \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		run(#name, setting, value);                                                        \
	}
CASE(none, "SIMCUDA_DEVICES", "0")
CASE(late, NULL, NULL)
CASE(fails, "SIMCUDA_FAIL", "cuMemAlloc_v2:2:2,cuMemAllocAsync:2+:999")
CASE(slow, "SIMCUDA_LATENCY_NS", "50000")
CASE(mig, "SIMCUDA_MIG", "1")
CASE(older, "SIMCUDA_VERSION", "12040")
CASE(fork_, NULL, NULL)

static void others(void **state)
{
	(void)state;
	setenv("SIMCUDA_BYTES", "10M", 1);
	setenv("SIMCUDA_CONTEXT_BYTES", "1M", 1);
	run("others", "SIMCUDA_OTHERS", "5M");
	unsetenv("SIMCUDA_BYTES");
	unsetenv("SIMCUDA_CONTEXT_BYTES");
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void read_whole(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = 0;
	if (fd >= 0)
		close(fd);
	unlink(path);
}

static void summary(void **state)
{
	(void)state;
	char log[] = "/tmp/simcuda-log-XXXXXX", sum[] = "/tmp/simcuda-sum-XXXXXX", text[16384];
	close(mkstemp(log));
	close(mkstemp(sum));
	setenv("SIMCUDA_LOG", log, 1);
	run("summary", "SIMCUDA_SUMMARY", sum);
	unsetenv("SIMCUDA_LOG");
	read_whole(sum, text, sizeof text);
	has(text, "device live 1 bytes 1000 created 2 released 1 peak 1500\n");
	has(text, "pool live 1 bytes 300 created 1 released 0 peak 300\n");
	has(text, "stream live 1 bytes 0 created 1 released 0 peak 0\n");
	has(text, "errors 1\n");
	read_whole(log, text, sizeof text);
	has(text, "create device 0x");
	has(text, " 500 how call\n");
	has(text, "create pool 0x");
}

static void bad_rule(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();
	if (!pid) {
		setenv("SIMCUDA_FAIL", "cuMemAlloc", 1);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
		execl("/proc/self/exe", "child", "late", (char *)NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none),     cmocka_unit_test(late),   cmocka_unit_test(fails),
		cmocka_unit_test(slow),     cmocka_unit_test(mig),    cmocka_unit_test(older),
		cmocka_unit_test(fork_),    cmocka_unit_test(others), cmocka_unit_test(summary),
		cmocka_unit_test(bad_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
