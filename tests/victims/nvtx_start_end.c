/* SPDX-License-Identifier: MIT */
/*
 * Ranges of start and end: active on the thread that has started them, until any
 * thread ends them.  They may overlap, so they lie beside each other, each under what
 * has been pushed; what one leaves is told when it ends, though another goes on.
 *
 * libs: -lpthread -ldl
 * expect: leak first bytes=1 blocks=1 scope=/step/load frames=main:first
 * expect: leak second bytes=2 blocks=1 scope=/step/compute frames=main:second
 * expect: leak overlapped bytes=4 blocks=1 scope=/step/compute frames=main:overlapped
 * expect: leak pushed bytes=8 blocks=1 scope=/step/compute/inner frames=main:pushed
 * expect: leak step bytes=16 blocks=1 scope=/step frames=main:step
 * expect: leak domain bytes=32 blocks=1 scope=/lib:send frames=main:domain
 * expect: leak wide bytes=64 blocks=1 scope=/wide frames=main:wide
 * expect: leak elsewhere bytes=300 blocks=100 scope=/job frames=main:elsewhere
 * expect: leak ended bytes=128 blocks=1 scope=/ frames=main:ended
 * expect: leak other bytes=100 blocks=100 scope~^/(job)?$ entries>=1 frames=end_elsewhere:other
 * expect: scope /step/load kind=nvtx instances=1 open_instances=0 outlived_blocks=2 outlived_freed_blocks=1
 * expect: scope /step/compute instances=1 open_instances=0 outlived_blocks=2
 * expect: scope /job instances=100 open_instances=0
 * expect: scope /open instances=1 open_instances=0 outlived_blocks=0
 */
#include "victim.h"
#include "nvtx.h"
#include <pthread.h>

static void *end_elsewhere(void *id)
{
	keep(malloc(1)); /* LEAK:other */
	nvtxRangeEnd(*(nvtxRangeId_t *)id);
	return NULL;
}

int main(void)
{
	nvtxDomainHandle_t lib = nvtxDomainCreateA("lib");
	nvtxEventAttributes_t send = nvtx_ascii("send");

	nvtxRangePushA("step");
	nvtxRangeId_t load = nvtxRangeStartA("load");
	keep(malloc(1)); /* LEAK:first */
	void *later = keep(malloc(1000));
	nvtxRangeId_t compute = nvtxRangeStartA("compute");
	CHECK(load != compute || load == 0);
	keep(malloc(2)); /* LEAK:second */
	nvtxRangeEnd(load);
	free(later);
	keep(malloc(4)); /* LEAK:overlapped */
	nvtxRangePushA("inner");
	nvtxRangeEnd(compute);
	keep(malloc(8)); /* LEAK:pushed */
	nvtxRangePop();
	keep(malloc(16)); /* LEAK:step */
	nvtxRangePop();

	nvtxRangeId_t id = nvtxDomainRangeStartEx(lib, &send);
	keep(malloc(32)); /* LEAK:domain */
	nvtxDomainRangeEnd(lib, id);
	nvtxDomainRangeEnd(lib, id); /* twice, and what was never begun */
	nvtxRangeEnd(12345678);
	nvtxRangeEnd(0);
	id = nvtxRangeStartW(L"wide");
	keep(malloc(64)); /* LEAK:wide */
	nvtxRangeEnd(id);

	for (int i = 0; i < 100; i++) {
		pthread_t thread;
		id = nvtxRangeStartA("job");
		keep(malloc(3)); /* LEAK:elsewhere */
		CHECK(pthread_create(&thread, NULL, end_elsewhere, &id) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	keep(malloc(128)); /* LEAK:ended */
	nvtxRangeStartA("open");
	return 0;
}
