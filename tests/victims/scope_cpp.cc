/* SPDX-License-Identifier: MIT */
/*
 * The C++ forms: RAII objects, the block form, enter; also when an exception
 * leaves them.
 *
 * expect: leak raii bytes=1 blocks=1 scope=/raii frames=main:raii
 * expect: leak block bytes=2 blocks=1 scope=/raii/block frames=main:block
 * expect: leak thrown bytes=4 blocks=1 scope=/thrown/deep frames=thrower:thrown,main
 * expect: leak entered bytes=8 blocks=1 scope=/manager frames=main:entered
 * expect: leak after bytes=16 blocks=1 scope=/ frames=main:after
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void thrower(int n)
{
	leakscope::scope s("thrown");
	LEAKSCOPE_SCOPE("deep") {
		keep(malloc(4)); /* LEAK:thrown */
		if (n)
			throw n;
	}
}

int main(int argc, char **)
{
	{
		leakscope::scope s("raii");
		keep(malloc(1)); /* LEAK:raii */
		LEAKSCOPE_SCOPE("block")
			keep(malloc(2)); /* LEAK:block */
	}
	try {
		thrower(argc);
	} catch (int) {
	}
	leakscope_scope_t m = leakscope_scope_new(0, "manager", LEAKSCOPE_MANAGER);
	{
		leakscope::enter inside(m);
		keep(malloc(8)); /* LEAK:entered */
	}
	leakscope_scope_close(m);
	keep(malloc(16)); /* LEAK:after */
	return 0;
}
