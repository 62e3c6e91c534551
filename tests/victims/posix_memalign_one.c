/* SPDX-License-Identifier: MIT */
/*
 * posix_memalign returns its error, leaves errno and the pointer alone, and
 * records what was asked for.
 *
 * expect: leak aligned bytes=500 blocks=1 frames=leak_here:aligned,main
 * expect: totals allocations=2 frees=1 allocated_bytes=577
 */
#include "victim.h"

static volatile size_t bad = 24, huge = PTRDIFF_MAX;

static NOINLINE void leak_here(void)
{
	void *p = NULL;
	CHECK(posix_memalign(&p, 4096, 500) == 0); /* LEAK:aligned */
	CHECK(((uintptr_t)keep(p) & 4095) == 0);
}

int main(void)
{
	void *p = (void *)&bad;
	errno = 1234;
	CHECK(posix_memalign(&p, bad, 100) == EINVAL);
	CHECK(posix_memalign(&p, 2, 100) == EINVAL);
	CHECK(p == (void *)&bad && errno == 1234);
	CHECK(posix_memalign(&p, 64, huge) == ENOMEM);
	CHECK(p == (void *)&bad);
	leak_here();
	CHECK(posix_memalign(&p, 16, 77) == 0);
	free(keep(p));
	return 0;
}
