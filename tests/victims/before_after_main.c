/* SPDX-License-Identifier: MIT */
/*
 * Constructors, destructors, atexit and on_exit handlers allocate and leak.
 *
 * expect: leak constructor bytes=1 blocks=1 frames=construct:constructor
 * expect: leak main bytes=2 blocks=1 frames=main:main
 * expect: leak atexit bytes=4 blocks=1 frames=at_exit:atexit
 * expect: leak onexit bytes=8 blocks=1 frames=on_exit_handler:onexit
 * expect: leak destructor bytes=16 blocks=1 frames=destruct:destructor
 * expect: totals allocations=10 frees=5 live_bytes=31
 */
#include "victim.h"

static void *from_constructor, *from_main;

__attribute__((constructor)) static void construct(void)
{
	from_constructor = malloc(100);
	keep(malloc(1)); /* LEAK:constructor */
	free(keep(malloc(3)));
}

__attribute__((destructor)) static void destruct(void)
{
	free(from_constructor);
	keep(malloc(16)); /* LEAK:destructor */
	free(keep(malloc(3)));
}

static void at_exit(void)
{
	free(from_main);
	keep(malloc(4)); /* LEAK:atexit */
}

static void on_exit_handler(int status, void *argument)
{
	CHECK(status == 0);
	free(argument);
	keep(malloc(8)); /* LEAK:onexit */
}

int main(void)
{
	from_main = malloc(50);
	CHECK(atexit(at_exit) == 0);
	CHECK(on_exit(on_exit_handler, malloc(60)) == 0);
	keep(malloc(2)); /* LEAK:main */
	return 0;
}
