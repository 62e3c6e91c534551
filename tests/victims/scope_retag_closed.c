/* SPDX-License-Identifier: MIT */
/*
 * Retagging to a closed scope goes to its nearest open ancestor.
 *
 * expect: leak up bytes=64 blocks=1 scope=/outer outlived=yes frames=main:up
 * expect: scope /outer live_blocks=1 outlived_blocks=1
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	leakscope_scope_t outer = leakscope_scope_open("outer");
	leakscope_scope_t inner = leakscope_scope_open("inner");
	leakscope_scope_close(inner);
	leakscope_scope_t other = leakscope_scope_new(0, "other", LEAKSCOPE_USER);
	leakscope_scope_enter(other);
	void *p = keep(malloc(64)); /* LEAK:up */
	leakscope_scope_leave(other);
	leakscope_retag(p, inner);
	leakscope_scope_close(other);
	leakscope_scope_close(outer);
	return 0;
}
