/* SPDX-License-Identifier: MIT */
/*
 * Ranges whose names hold numbers: beyond ten thousand under one parent they fold into
 * '*'.  That ranges of start and end overlap makes no paths but these.
 *
 * variants: gcc:-O2
 * libs: -ldl
 * expect: leak folded bytes=6000 blocks=2000 scope=/jobs/{star} entries>=1 frames=request:each,main
 * expect: leak rest bytes=30000 blocks=10000 entries=10000 scope~^/jobs/r[0-9] frames=request:each,main
 * expect: scope /jobs/{star} kind=nvtx instances=2000 outlived_blocks=2000
 * expect: note~(?i)(names|fold|distinct)
 */
#include "victim.h"
#include "nvtx.h"

static NOINLINE nvtxRangeId_t request(int number, nvtxRangeId_t before)
{
	char name[32];
	snprintf(name, sizeof(name), "r%d", number);
	nvtxRangeId_t id = nvtxRangeStartA(name);
	keep(malloc(3)); /* LEAK:each */
	nvtxRangeEnd(before);
	return id;
}

int main(void)
{
	nvtxRangeId_t id = 0;
	nvtxRangePushA("jobs");
	for (int i = 0; i < 12000; i++)
		id = request(i, id);
	nvtxRangeEnd(id);
	nvtxRangePop();
	return 0;
}
