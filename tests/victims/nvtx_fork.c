/* SPDX-License-Identifier: MIT */
/*
 * Ranges that were open when the process forked are the parent's: ending them in the
 * child changes nothing there or in the parent.  Handles of domains and strings go on.
 *
 * libs: -ldl
 * children: 1
 * expect: leak parent bytes=10 blocks=1 scope=/request frames=main:parent
 * expect: leak still bytes=20 blocks=1 scope=/request frames=main:still
 * expect: leak async bytes=100 blocks=1 scope=/request/async frames=main:async
 * expect: scope /request instances=1 open_instances=0 outlived_bytes=30
 * expect@child: leak own bytes=30 blocks=1 scope=/lib:child frames=main:own
 * expect@child: leak bare bytes=40 blocks=1 scope=/ frames=main:bare
 * expect@child: no-scope /request
 */
#include "victim.h"
#include "nvtx.h"
#include <sys/wait.h>

int main(void)
{
	int status = 0;
	nvtxDomainHandle_t lib = nvtxDomainCreateA("lib");
	nvtxEventAttributes_t name = nvtx_string(nvtxDomainRegisterStringA(lib, "child"));
	nvtxRangePushA("request");
	nvtxRangeId_t async = nvtxRangeStartA("async");
	keep(malloc(100)); /* LEAK:async */
	nvtxRangeEnd(async);
	async = nvtxRangeStartA("other");
	pid_t child = fork();
	if (child == 0) {
		nvtxRangeEnd(async);
		nvtxRangePop();
		nvtxRangePop();
		keep(malloc(40)); /* LEAK:bare */
		nvtxDomainRangePushEx(lib, &name);
		keep(malloc(30)); /* LEAK:own */
		nvtxDomainRangePop(lib);
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	nvtxRangeEnd(async);
	keep(malloc(10)); /* LEAK:parent */
	keep(malloc(20)); /* LEAK:still */
	nvtxRangePop();
	return 0;
}
