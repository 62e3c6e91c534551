/* SPDX-License-Identifier: MIT */
/*
 * Ranges that are known make no system call when they are opened and ended, whatever
 * their sort, and the shim's memory stays what it was.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0
 * libs: -ldl
 * expect: stdout="0 system calls\n"
 * expect: leak warm bytes=100 blocks=1 frames=main:warm
 * expect: scope /started/step instances=40000 open_instances=0
 * expect: scope /started/step/lib:copy instances=40000 allocations=40000 outlived_blocks=0
 * expect: scope /started instances=40000 open_instances=0
 * expect: overhead shim_bytes<=2000000
 */
#include "syscalls.h"
#include "nvtx.h"

static NOINLINE void ranges(nvtxDomainHandle_t lib, const nvtxEventAttributes_t *copy)
{
	for (volatile int i = 0; i < 20000; i++) {
		nvtxRangeId_t id = nvtxRangeStartA("started");
		nvtxRangePushA("step");
		nvtxDomainRangePushEx(lib, copy);
		free(keep(malloc(10)));
		nvtxRangePop();
		nvtxDomainRangePop(lib);
		nvtxRangeEnd(id);
	}
}

int main(void)
{
	nvtxDomainHandle_t lib = nvtxDomainCreateA("lib");
	nvtxEventAttributes_t copy = nvtx_string(nvtxDomainRegisterStringA(lib, "copy"));
	keep(malloc(100)); /* LEAK:warm */
	for (volatile int round = 0; round < 2; round++) {
		if (round == 1)
			count_system_calls();
		ranges(lib, &copy);
	}
	say_system_calls();
	return 0;
}
