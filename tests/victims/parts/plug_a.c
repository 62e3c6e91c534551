/* SPDX-License-Identifier: MIT */
/* Plugin a: plug_entry leaks and returns 'a'. For the dl_ victims. */
#include "../victim.h"

static NOINLINE void plug_leak_a(size_t n)
{
	keep(malloc(n)); /* LEAK:plug_a */
}

int plug_entry(size_t n);
__attribute__((visibility("default"))) int plug_entry(size_t n)
{
	plug_leak_a(n); /* AT:inner_a */
	return 'a';
}
