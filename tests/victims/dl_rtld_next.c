/* SPDX-License-Identifier: MIT */
/*
 * A wrapper library that finds the real function by RTLD_NEXT: no recursion into
 * itself; and one that finds malloc by dlsym: its block is counted once.
 *
 * part: libwrap.so from=wrap.c libs=-ldl
 * libs: -L{build} -lwrap -Wl,-rpath,{build} -ldl
 * expect: leak kept bytes=70 blocks=1 frames=wrap_malloc:wrap,main:kept
 * expect: totals live_blocks=1 live_bytes=70
 * expect: stdout="pid 1, calls 3\n"
 */
#include "victim.h"

int wrap_calls(void);
void *wrap_malloc(size_t size);

int main(void)
{
	int same = getpid() == getpid();
	getpid();
	keep(wrap_malloc(70)); /* AT:kept */
	say("pid %d, calls %d\n", same, wrap_calls());
	return 0;
}
