/* SPDX-License-Identifier: MIT */
/*
 * A program started through env and a shell: the recording at the path is the
 * last image's.
 *
 * wrap: env EXTRA=1 sh -c 'exec "$0" "$@"'
 * run: one two
 * images: any
 * expect: exit=2
 * expect: leak own bytes=50 blocks=1 frames=main:own
 * expect: process cmdline~script_image.one.two
 */
#include "victim.h"

int main(int argc, char **argv)
{
	(void)argv;
	CHECK(getenv("EXTRA"));
	keep(malloc(50)); /* LEAK:own */
	return argc - 1;
}
