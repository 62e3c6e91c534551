/* SPDX-License-Identifier: MIT */
/*
 * Reachable blocks that were moved out of their scope to the root in time fail no gate.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak root bytes=10 blocks=1 outlived=no kind=reachable frames=work:root,main
 * expect: summary outlived.blocks=0
 */
#include "scan.h"
#include <leakscope/leakscope.h>

static void *volatile root;

static NOINLINE void work(void)
{
	LEAKSCOPE_SCOPE("work") {
		root = malloc(10); /* LEAK:root */
		leakscope_retag(root, 0);
	}
}

int main(void)
{
	work();
	wipe();
	return 0;
}
