/* SPDX-License-Identifier: MIT */
/*
 * Exceptions through many frames: what they skip leaks, they themselves do not.
 *
 * expect: leak skipped bytes=20000 blocks=1000 frames=thrower:skipped,descend:last entries>=1
 * expect: totals live_blocks>=1000
 */
#include "victim.h"
#include <stdexcept>

static NOINLINE void thrower(int n)
{
	void *p = keep(malloc(20)); /* LEAK:skipped */
	if (n >= 0)
		throw std::runtime_error("a message that is long enough to need its own block");
	free(p);
}

static NOINLINE void descend(int depth, int n)
{
	if (depth == 0) {
		thrower(n); /* AT:last */
		NO_TAIL();
		return;
	}
	descend(depth - 1, n);
	NO_TAIL();
}

int main()
{
	int caught = 0;
	for (int i = 0; i < 1000; i++) {
		try {
			descend(20, i);
		} catch (const std::exception &e) {
			caught += e.what()[0] == 'a';
		}
		/* The same frames again, so that remembered stacks are met after a throw. */
		void *p = keep(malloc(30));
		free(p);
	}
	say("%d\n", caught);
	return 0;
}
