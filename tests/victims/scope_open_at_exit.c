/* SPDX-License-Identifier: MIT */
/*
 * Scopes still open at exit are closed then: their live blocks are survivors.
 *
 * expect: leak inside bytes=11 blocks=1 scope=/a/b outlived=yes frames=main:inside
 * expect: scope /a instances=1 open_instances=0 outlived_blocks=0
 * expect: scope /a/b instances=1 open_instances=0 outlived_blocks=1 outlived_bytes=11
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	leakscope_scope_open("a");
	leakscope_scope_open("b");
	keep(malloc(11)); /* LEAK:inside */
	return 0;
}
