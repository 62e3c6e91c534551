/* SPDX-License-Identifier: MIT */
/*
 * A program whose own functions carry the names of libunwind, of backtrace and
 * of what liblzma and libc's loader helpers export: its own are called by itself
 * only, and stacks are right.
 *
 * cflags: -rdynamic
 * expect: leak kept bytes=64 blocks=1 frames=unw_backtrace:kept,main:call
 * expect: stdout="calls 5\n"
 */
#include "victim.h"

static int calls;

int backtrace(void **buffer, int size);
int backtrace(void **buffer, int size)
{
	(void)buffer;
	calls++;
	return size;
}

int unw_backtrace(void **buffer, int size);
NOINLINE int unw_backtrace(void **buffer, int size)
{
	calls++;
	keep(malloc(64)); /* LEAK:kept */
	return backtrace(buffer, size);
}

int _ULx86_64_step(void *cursor);
int _ULx86_64_step(void *cursor)
{
	(void)cursor;
	calls++;
	return -1;
}

int _Ux86_64_getcontext(void *context);
int _Ux86_64_getcontext(void *context)
{
	(void)context;
	calls++;
	return -1;
}

int lzma_stream_decoder(void *stream);
int lzma_stream_decoder(void *stream)
{
	(void)stream;
	calls++;
	return 11;
}

int lzma_index_buffer_decode(void);
int lzma_index_buffer_decode(void)
{
	complain("somebody else called lzma_index_buffer_decode\n");
	return 0;
}

int main(void)
{
	CHECK(unw_backtrace(NULL, 7) == 7); /* AT:call */
	CHECK(_ULx86_64_step(NULL) == -1);
	CHECK(_Ux86_64_getcontext(NULL) == -1);
	CHECK(lzma_stream_decoder(NULL) == 11);
	say("calls %d\n", calls);
	return 0;
}
