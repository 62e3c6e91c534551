/* SPDX-License-Identifier: MIT */
/*
 * '/' in a name is escaped, an empty or absent name is "unnamed", any other
 * text is taken as it is.
 *
 * expect: leak slash bytes=1 blocks=1 scope=/GET%2Fusers%2F7 frames=leak_in:here,main:slash
 * expect: leak null bytes=2 blocks=1 scope=/unnamed frames=leak_in:here,main:null
 * expect: leak empty bytes=4 blocks=1 scope=/unnamed frames=leak_in:here,main:empty
 * expect: leak utf8 bytes=8 blocks=1 scope=/größe frames=leak_in:here,main:utf8
 * expect: leak space bytes=16 blocks=1 scope~^/a.b$ frames=leak_in:here,main:space
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void leak_in(const char *name, size_t size)
{
	leakscope_scope_t s = leakscope_scope_open(name);
	keep(malloc(size)); /* LEAK:here */
	leakscope_scope_close(s);
}

int main(void)
{
	leak_in("GET/users/7", 1); /* AT:slash */
	leak_in(NULL, 2);          /* AT:null */
	leak_in("", 4);            /* AT:empty */
	leak_in("größe", 8);       /* AT:utf8 */
	leak_in("a b", 16);        /* AT:space */
	return 0;
}
