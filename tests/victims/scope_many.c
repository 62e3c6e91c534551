/* SPDX-License-Identifier: MIT */
/*
 * A scope per request, a hundred thousand times, with two survivors: the
 * recording stays small.
 *
 * variants: gcc:-O2
 * expect: leak slip bytes=24 blocks=2 entries=1 scope=/server/request frames=handle:slip,main
 * expect: scope /server/request instances=100000 outlived_blocks=2 outlived_bytes=24 open_instances=0
 * expect: scope /server/request allocations=100002 live_blocks=2
 * expect: recording disk<=1000000
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void handle(int number)
{
	LEAKSCOPE_SCOPE("request") {
		free(keep(malloc(200)));
		if (number == 7 || number == 77777)
			keep(malloc(12)); /* LEAK:slip */
	}
}

int main(void)
{
	LEAKSCOPE_SCOPE("server")
		for (int i = 0; i < 100000; i++)
			handle(i);
	return 0;
}
