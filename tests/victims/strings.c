/* SPDX-License-Identifier: MIT */
/*
 * libc's string makers: the block's first frame is the maker, then the caller.
 *
 * expect: leak strdup bytes=6 blocks=1 top=(__)?strdup frames=strings:strdup,main:call
 * expect: leak strndup bytes=4 blocks=1 top=(__)?strndup frames=strings:strndup,main:call
 * expect: leak wcsdup bytes=12 blocks=1 top=wcsdup frames=strings:wcsdup,main:call
 * expect: totals allocations=6 frees=3
 */
#include "victim.h"
#include <wchar.h>

static const char *volatile text = "hello";
static const wchar_t *volatile wide = L"hi";

static NOINLINE void strings(void)
{
	keep(strdup(text));     /* LEAK:strdup */
	keep(strndup(text, 3)); /* LEAK:strndup */
	keep(wcsdup(wide));     /* LEAK:wcsdup */
	free(keep(strdup(text)));
	free(keep(strndup(text, 100)));
	free(keep(wcsdup(wide)));
}

int main(void)
{
	strings(); /* AT:call */
	NO_TAIL();
	return 0;
}
