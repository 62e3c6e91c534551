/* SPDX-License-Identifier: MIT */
/*
 * nvtx=no: no scopes, and the program finds no injection library.
 *
 * libs: -ldl
 * flags: --nvtx no
 * expect: leak plain bytes=10 blocks=1 scope=/ frames=main:plain
 * expect: no-scope /range
 * expect: stdout="-2 0 -2\n"
 */
#include "victim.h"
#include "nvtx.h"

int main(void)
{
	CHECK(getenv("NVTX_INJECTION64_PATH") == NULL);
	int level = nvtxRangePushA("range");
	nvtxRangeId_t id = nvtxRangeStartA("range");
	keep(malloc(10)); /* LEAK:plain */
	nvtxRangeEnd(id);
	say("%d %d %d\n", level, (int)id, nvtxRangePop());
	return 0;
}
