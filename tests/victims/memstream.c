/* SPDX-License-Identifier: MIT */
/*
 * open_memstream: the buffer stays after fclose, and is the caller's.
 *
 * expect: leak text bytes=21 blocks=1 top=.* frames=make:close,main
 * expect: totals live_blocks=1
 */
#include "victim.h"

static NOINLINE void make(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	CHECK(stream);
	CHECK(fprintf(stream, "%020d", 7) == 20);
	CHECK(fclose(stream) == 0); /* AT:close */
	CHECK(size == 20 && strlen(text) == 20);
	keep(text);
}

int main(void)
{
	make();
	return 0;
}
