/* SPDX-License-Identifier: MIT */
/* Plugin b: plug_entry leaks and returns 'b'. For the dl_ victims. */
#include "../victim.h"

/* Lines differ from those of plugin a, so that a mix-up shows. */
static NOINLINE void plug_leak_b(size_t n)
{
	keep(malloc(n)); /* LEAK:plug_b */
}

int plug_entry(size_t n);
__attribute__((visibility("default"))) int plug_entry(size_t n)
{
	plug_leak_b(n); /* AT:inner_b */
	return 'b';
}
