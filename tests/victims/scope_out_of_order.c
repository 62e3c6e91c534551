/* SPDX-License-Identifier: MIT */
/*
 * Closing the outer scope first closes the inner one with it; later closes of
 * the inner one, twice, change nothing, and what follows is outside of both.
 *
 * expect: leak inner bytes=2 blocks=1 scope=/outer/inner frames=main:inner
 * expect: leak after bytes=4 blocks=1 scope=/ frames=main:after
 * expect: leak later bytes=8 blocks=1 scope=/ frames=main:later
 * expect: scope /outer instances=1 open_instances=0 outlived_blocks=0
 * expect: scope /outer/inner instances=1 open_instances=0 outlived_blocks=1 outlived_bytes=2
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	leakscope_scope_t outer = leakscope_scope_open("outer");
	leakscope_scope_t inner = leakscope_scope_open("inner");
	keep(malloc(2)); /* LEAK:inner */
	leakscope_scope_close(outer);
	keep(malloc(4)); /* LEAK:after */
	leakscope_scope_close(inner);
	leakscope_scope_close(inner);
	leakscope_scope_close(outer);
	leakscope_scope_close(0);
	leakscope_scope_close(0xdeadbeefdeadbeefull);
	keep(malloc(8)); /* LEAK:later */
	return 0;
}
