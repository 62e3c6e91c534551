/* SPDX-License-Identifier: MIT */
/*
 * a, b and c open; b is closed (with c below it): the active scope is a again.
 *
 * expect: leak after bytes=4 blocks=1 scope=/a frames=main:after
 * expect: scope /a/b/c instances=1 open_instances=0
 * expect: scope /a/b instances=1 open_instances=0
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	leakscope_scope_t a = leakscope_scope_open("a");
	leakscope_scope_t b = leakscope_scope_open("b");
	leakscope_scope_open("c");
	leakscope_scope_close(b);
	keep(malloc(4)); /* LEAK:after */
	leakscope_scope_close(a);
	return 0;
}
