/* SPDX-License-Identifier: MIT */
/*
 * Explicit parents: the path follows the parent, not the active scope; a parent
 * that has closed gives way to its nearest open ancestor.
 *
 * expect: leak child bytes=10 blocks=1 scope=/top/child frames=main:child
 * expect: leak orphan bytes=20 blocks=1 scope=/top/orphan frames=main:orphan
 * expect: scope /elsewhere instances=1
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	leakscope_scope_t top = leakscope_scope_new(0, "top", LEAKSCOPE_MANAGER);
	leakscope_scope_t elsewhere = leakscope_scope_open("elsewhere");
	leakscope_scope_t child = leakscope_scope_new(top, "child", LEAKSCOPE_USER);
	leakscope_scope_enter(child);
	keep(malloc(10)); /* LEAK:child */
	leakscope_scope_leave(child);
	leakscope_scope_close(child);
	leakscope_scope_t orphan = leakscope_scope_new(child, "orphan", LEAKSCOPE_USER);
	leakscope_scope_enter(orphan);
	keep(malloc(20)); /* LEAK:orphan */
	leakscope_scope_leave(orphan);
	leakscope_scope_close(top);
	leakscope_scope_close(elsewhere);
	return 0;
}
