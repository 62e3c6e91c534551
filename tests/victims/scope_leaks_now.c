/* SPDX-License-Identifier: MIT */
/*
 * leaks_now answers exactly, descendants included, while the program runs.
 *
 * expect: leak rest bytes=40 blocks=1 scope=/a/b frames=main:rest
 */
#include "victim.h"
#include <leakscope/leakscope.h>

/* N under the shim, 0 without it. */
static size_t tracked(size_t n)
{
	return leakscope_active() ? n : 0;
}

int main(void)
{
	CHECK(leakscope_active() == (dlsym(NULL, "leakscope_api_1") != NULL));
	CHECK(leakscope_leaks_now(0) == 0);
	leakscope_scope_t a = leakscope_scope_open("a");
	void *p = keep(malloc(100));
	CHECK(leakscope_leaks_now(a) == tracked(100));
	leakscope_scope_t b = leakscope_scope_open("b");
	void *q = keep(malloc(30));
	CHECK(leakscope_leaks_now(b) == tracked(30));
	CHECK(leakscope_leaks_now(a) == tracked(130));
	CHECK(leakscope_leaks_now(0) == tracked(130));
	free(p);
	CHECK(leakscope_leaks_now(a) == tracked(30));
	q = keep(realloc(q, 40)); /* LEAK:rest */
	CHECK(leakscope_leaks_now(b) == tracked(40));
	leakscope_scope_close(b);
	CHECK(leakscope_leaks_now(0) == tracked(40));
	leakscope_scope_close(a);
	CHECK(leakscope_leaks_now(0) == tracked(40));
	return 0;
}
