/* SPDX-License-Identifier: MIT */
/*
 * Ranges open at the end, of both sorts, are closed then; calls after that, from
 * destructors, are harmless.
 *
 * libs: -ldl
 * expect: leak pushed bytes=11 blocks=1 scope=/a/b outlived=yes frames=main:pushed
 * expect: leak started bytes=13 blocks=1 scope=/a/b/c outlived=yes frames=main:started
 * expect: scope /a instances=1 open_instances=0 outlived_blocks=0
 * expect: scope /a/b/c instances=1 open_instances=0 outlived_blocks=1
 */
#include "victim.h"
#include "nvtx.h"

static void late(void)
{
	nvtxRangePop();
	nvtxRangePushA("late");
	nvtxRangeEnd(nvtxRangeStartA("later"));
}

__attribute__((destructor)) static void latest(void)
{
	late();
}

int main(void)
{
	atexit(late);
	nvtxRangePushA("a");
	nvtxRangePushA("b");
	keep(malloc(11)); /* LEAK:pushed */
	nvtxRangeStartA("c");
	keep(malloc(13)); /* LEAK:started */
	return 0;
}
