/* SPDX-License-Identifier: MIT */
/*
 * enter nests; leave undoes the latest enter of that scope, without one it is
 * nothing; a new scope is not active by itself.
 *
 * expect: leak root bytes=1 blocks=1 scope=/ frames=main:root
 * expect: leak first bytes=2 blocks=1 scope=/m frames=main:first
 * expect: leak second bytes=4 blocks=1 scope=/n frames=main:second
 * expect: leak third bytes=8 blocks=1 scope=/m frames=main:third
 * expect: leak last bytes=16 blocks=1 scope=/ frames=main:last
 * expect: scope /m kind=manager instances=1
 * expect: scope /n kind=user instances=1
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	leakscope_scope_t m = leakscope_scope_new(0, "m", LEAKSCOPE_MANAGER);
	leakscope_scope_t n = leakscope_scope_new(0, "n", LEAKSCOPE_USER);
	keep(malloc(1)); /* LEAK:root */
	leakscope_scope_leave(m);
	leakscope_scope_enter(m);
	keep(malloc(2)); /* LEAK:first */
	leakscope_scope_enter(n);
	leakscope_scope_enter(n);
	leakscope_scope_leave(n);
	keep(malloc(4)); /* LEAK:second */
	leakscope_scope_leave(n);
	keep(malloc(8)); /* LEAK:third */
	leakscope_scope_leave(m);
	leakscope_scope_leave(m);
	keep(malloc(16)); /* LEAK:last */
	leakscope_scope_close(n);
	leakscope_scope_close(m);
	return 0;
}
