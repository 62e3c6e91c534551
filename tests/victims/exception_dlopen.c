/* SPDX-License-Identifier: MIT */
/*
 * A C program loads a C++ library, which throws and catches inside itself: the
 * unwinder it uses must be its own, not one the shim has brought along.
 *
 * libs: -ldl
 * part: libthrow.so from=throw.cc
 * run: {build}/libthrow.so
 * expect: leak inside bytes=640 blocks=10 entries>=1 frames=thrower:inside,catcher:call,main:loop
 * expect: stdout="caught 45\n"
 */
#include "victim.h"
#include <dlfcn.h>

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		complain("%s\n", dlerror());
	int (*catcher)(int) = (int (*)(int))dlsym(library, "catcher");
	CHECK(catcher);
	int sum = 0;
	for (int i = 0; i < 10; i++)
		sum += catcher(i); /* AT:loop */
	say("caught %d\n", sum);
	return 0;
}
