/* SPDX-License-Identifier: MIT */
/*
 * One survivor per instance: a hundred twenty instances, one entry.
 *
 * variants: gcc:-O0,clang:-O0
 * expect: leak grad bytes=491520 blocks=120 entries=1 scope=/trainer/epoch/batch frames=train_step:grad,run_epoch:step,main
 * expect: scope /trainer/epoch/batch instances=120 outlived_blocks=120 outlived_bytes=491520 allocations=240
 * expect: scope /trainer/epoch instances=10 outlived_blocks=0 allocations=10
 * expect: scope /trainer instances=1 outlived_blocks=0
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void train_step(void)
{
	keep(malloc(4096)); /* LEAK:grad */
	free(keep(malloc(100)));
}

static NOINLINE void run_epoch(void)
{
	LEAKSCOPE_SCOPE("epoch") {
		void *table = keep(malloc(1000));
		for (int i = 0; i < 12; i++)
			LEAKSCOPE_SCOPE("batch")
				train_step(); /* AT:step */
		free(table);
	}
}

int main(void)
{
	LEAKSCOPE_SCOPE("trainer")
		for (int i = 0; i < 10; i++)
			run_epoch();
	return 0;
}
