/* SPDX-License-Identifier: MIT */
/*
 * mlockall(MCL_FUTURE) with a limit of 8 MiB: nothing the shim maps later breaks
 * it, or the program.
 *
 * variants: gcc:-O0
 * expect: leak kept bytes=24000 blocks=1000 frames=main:kept
 */
#include "victim.h"
#include <sys/mman.h>
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit;
	CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	if (limit.rlim_max > 8 << 20)
		limit.rlim_max = 8 << 20;
	limit.rlim_cur = limit.rlim_max;
	CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	CHECK(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
	for (int i = 0; i < 1000; i++) {
		keep(malloc(24)); /* LEAK:kept */
		free(keep(malloc(200)));
	}
	return 0;
}
