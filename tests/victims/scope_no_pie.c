/* SPDX-License-Identifier: MIT */
/*
 * The header finds the shim in an executable built without PIC and PIE too.
 *
 * variants: gcc:-O0+-fno-pic+-no-pie,clang:-O2+-fno-pic+-no-pie
 * expect: leak inside bytes=100 blocks=1 scope=/work frames=main:inside
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	LEAKSCOPE_SCOPE("work")
		keep(malloc(100)); /* LEAK:inside */
	return 0;
}
