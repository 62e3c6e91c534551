/* SPDX-License-Identifier: MIT */
/*
 * asprintf and vasprintf: what remains is the string and its NUL.
 *
 * expect: leak formatted bytes=9 blocks=1 top=.* frames=leak_here:formatted,main
 * expect: leak variadic bytes=4 blocks=1 top=.* frames=format:variadic,main:caller
 * expect: totals live_blocks=2 live_bytes=13
 */
#include "victim.h"

static NOINLINE void leak_here(int n)
{
	char *p = NULL;
	CHECK(asprintf(&p, "n is %d", n) == 8); /* LEAK:formatted */
	keep(p);
}

static NOINLINE char *format(const char *form, ...)
{
	char *p = NULL;
	va_list arguments;
	va_start(arguments, form);
	CHECK(vasprintf(&p, form, arguments) >= 0); /* LEAK:variadic */
	va_end(arguments);
	return keep(p);
}

int main(void)
{
	leak_here(123);
	format("%s", "abc"); /* AT:caller */
	char *p = NULL;
	CHECK(asprintf(&p, "%0300d", 5) == 300);
	free(keep(p));
	return 0;
}
