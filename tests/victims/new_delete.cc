/* SPDX-License-Identifier: MIT */
/*
 * operator new is the first frame; its caller follows.
 *
 * expect: leak one bytes=40 blocks=1 top=operator%new frames=leak_here:one,main:call
 * expect: leak array bytes=300 blocks=1 top=operator%new.* frames=leak_here:array,main:call
 * expect: leak constructed bytes=24 blocks=1 top=operator%new frames=leak_here:constructed,main:call
 * expect: leak member bytes=99 blocks=1 top=operator%new.* frames=owner::owner:member,leak_here
 */
#include "victim.h"
#include <new>

struct forty {
	char bytes[40];
};

struct owner {
	owner() : data(new char[99]) {} /* LEAK:member */
	char *data;
	long other[2];
};

static NOINLINE void leak_here()
{
	keep(new forty);     /* LEAK:one */
	keep(new char[300]); /* LEAK:array */
	keep(new owner);     /* LEAK:constructed */
	delete static_cast<forty *>(keep(new forty));
	delete[] static_cast<char *>(keep(new char[30]));
}

int main()
{
	leak_here(); /* AT:call */
	return 0;
}
