/* SPDX-License-Identifier: MIT */
/*
 * Three deep: each block goes to the innermost open scope; all figures of a
 * scope are its own, without descendants.
 *
 * expect: leak one bytes=1 blocks=1 scope=/a frames=main:one
 * expect: leak two bytes=2 blocks=1 scope=/a/b frames=main:two
 * expect: leak three bytes=4 blocks=1 scope=/a/b/c frames=main:three
 * expect: leak back bytes=8 blocks=1 scope=/a/b frames=main:back
 * expect: leak out bytes=16 blocks=1 scope=/a frames=main:out
 * expect: scope /a live_bytes=17 outlived_bytes=17 outlived_blocks=2 parent=/ instances=1
 * expect: scope /a/b live_bytes=10 outlived_bytes=10 outlived_blocks=2 parent=/a
 * expect: scope /a/b/c live_bytes=4 outlived_bytes=4 outlived_blocks=1 parent=/a/b
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	leakscope_scope_t a = leakscope_scope_open("a");
	keep(malloc(1)); /* LEAK:one */
	leakscope_scope_t b = leakscope_scope_open("b");
	keep(malloc(2)); /* LEAK:two */
	leakscope_scope_t c = leakscope_scope_open("c");
	keep(malloc(4)); /* LEAK:three */
	leakscope_scope_close(c);
	keep(malloc(8)); /* LEAK:back */
	leakscope_scope_close(b);
	keep(malloc(16)); /* LEAK:out */
	leakscope_scope_close(a);
	return 0;
}
