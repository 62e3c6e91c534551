/* SPDX-License-Identifier: MIT */
/*
 * Forks while other threads open and end ranges: in the child no lock of theirs is
 * held, and what it opens itself is a scope.
 *
 * variants: gcc:-O2
 * libs: -lpthread -ldl
 * children: 20
 * expect: leak own bytes=5 blocks=1 scope=/parent frames=main:own
 * expect@child: leak child bytes=70 blocks=1 scope=/lib:child frames=child:pushed processes=20
 * expect@child: leak started bytes=80 blocks=1 scope=/started frames=child:started processes=20
 */
#include "victim.h"
#include "nvtx.h"
#include <pthread.h>
#include <sys/wait.h>

static nvtxDomainHandle_t lib;
static int stop;

static void *work(void *none)
{
	nvtxEventAttributes_t a = nvtx_ascii("work");
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		nvtxDomainRangePushEx(lib, &a);
		nvtxRangeId_t id = nvtxRangeStartA("start");
		nvtxDomainRegisterStringA(lib, "string");
		nvtxDomainRangePop(lib);
		nvtxRangeEnd(id);
	}
	return none;
}

static NOINLINE void child(void)
{
	nvtxEventAttributes_t a = nvtx_string(nvtxDomainRegisterStringA(lib, "child"));
	nvtxRangePop();
	nvtxDomainRangePushEx(lib, &a);
	keep(malloc(70)); /* LEAK:pushed */
	nvtxDomainRangePop(lib);
	nvtxRangeId_t id = nvtxRangeStartA("started");
	keep(malloc(80)); /* LEAK:started */
	nvtxRangeEnd(id);
}

int main(void)
{
	pthread_t threads[3];
	lib = nvtxDomainCreateA("lib");
	nvtxRangePushA("parent");
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
	for (int i = 0; i < 20; i++) {
		int status = 0;
		pid_t pid = fork();
		if (pid == 0) {
			child();
			exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	keep(malloc(5)); /* LEAK:own */
	nvtxRangePop();
	return 0;
}
