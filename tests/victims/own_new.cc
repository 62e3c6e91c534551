/* SPDX-License-Identifier: MIT */
/*
 * A program with its own operator new on top of malloc: its blocks are seen once,
 * its operator is a frame.
 *
 * expect: leak seen bytes=57 blocks=1 frames=operator%new:own,leak_here:call,main
 */
#include "victim.h"
#include <new>

void *operator new(size_t size)
{
	void *p = keep(malloc(size)); /* LEAK:own */
	if (!p)
		throw std::bad_alloc();
	return p;
}

void operator delete(void *p) noexcept
{
	free(p);
}

void operator delete(void *p, size_t) noexcept
{
	free(p);
}

struct thing {
	char bytes[57];
};

static NOINLINE void leak_here()
{
	keep(new thing); /* AT:call */
}

int main()
{
	leak_here();
	delete static_cast<thing *>(keep(new thing));
	return 0;
}
