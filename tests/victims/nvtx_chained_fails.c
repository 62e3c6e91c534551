/* SPDX-License-Identifier: MIT */
/*
 * The tool that was to be injected says no after it has attached: it is never called,
 * and the ranges are scopes.
 *
 * part: libtool.so from=nvtx_tool.c cflags=-DTOOL_FAILS
 * libs: -ldl
 * env: NVTX_INJECTION64_PATH={build}/libtool.so
 * expect: stdout="tool: attached\n"
 * expect: leak range bytes=10 blocks=1 scope=/range frames=main:range
 */
#include "victim.h"
#include "nvtx.h"

int main(void)
{
	nvtxRangePushA("range");
	nvtxMarkA("mark");
	keep(malloc(10)); /* LEAK:range */
	nvtxRangePop();
	nvtxNameOsThreadA(1, "thread");
	return 0;
}
