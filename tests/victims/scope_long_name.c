/* SPDX-License-Identifier: MIT */
/*
 * A scope name of five thousand letters: cut or whole, harmless in any case.
 *
 * expect: leak inside bytes=3 blocks=1 scope~^/x{60,}[^/]*$ frames=main:inside
 * expect: leak after bytes=5 blocks=1 frames=main:after
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	static char name[5001];
	memset(name, 'x', sizeof(name) - 1);
	LEAKSCOPE_SCOPE(name)
		keep(malloc(3)); /* LEAK:inside */
	keep(malloc(5));         /* LEAK:after */
	return 0;
}
