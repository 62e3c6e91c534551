/* SPDX-License-Identifier: MIT */
/*
 * Beyond ten thousand names under one parent further ones fold into '*', and a
 * note says so; names of other parents are not concerned.
 *
 * variants: gcc:-O2
 * expect: leak folded bytes=6000 blocks=2000 scope=/jobs/{star} entries>=1 frames=request:each,main
 * expect: leak named bytes=3 blocks=1 scope=/jobs/r0 frames=request:each,main
 * expect: leak other bytes=9 blocks=1 scope=/other frames=main:other
 * expect: leak rest bytes=29997 blocks=9999 entries=9999 scope~^/jobs/r[1-9] frames=request:each,main
 * expect: scope /jobs/{star} instances=2000 outlived_blocks=2000
 * expect: note~(?i)(names|fold|distinct)
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void request(int number)
{
	char name[32];
	snprintf(name, sizeof(name), "r%d", number);
	LEAKSCOPE_SCOPE(name)
		keep(malloc(3)); /* LEAK:each */
}

int main(void)
{
	LEAKSCOPE_SCOPE("jobs")
		for (int i = 0; i < 12000; i++)
			request(i);
	LEAKSCOPE_SCOPE("other")
		keep(malloc(9)); /* LEAK:other */
	return 0;
}
