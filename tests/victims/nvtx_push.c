/* SPDX-License-Identifier: MIT */
/*
 * NVTX ranges that are pushed and popped are scopes: nested, one instance for each
 * push, with what is left when they are popped; in all three forms of a message.
 *
 * libs: -ldl
 * bare: differs
 * expect: stdout="0 1 1 0\n"
 * expect: leak outer bytes=11 blocks=1 scope=/outer frames=main:outer
 * expect: leak inner bytes=60 blocks=3 scope=/outer/inner entries>=1 frames=step:inner,main
 * expect: leak wide bytes=5 blocks=1 scope~^/wide.é.€.😀$ frames=main:wide
 * expect: leak attributes bytes=6 blocks=1 scope=/attributes/unnamed frames=main:attributes
 * expect: leak after bytes=7 blocks=1 scope=/ frames=main:after
 * expect: scope / kind=process
 * expect: scope /outer kind=nvtx parent=/ instances=1 open_instances=0 outlived_blocks=1 outlived_bytes=11
 * expect: scope /outer/inner kind=nvtx instances=3 open_instances=0 allocations=6 outlived_blocks=3
 */
#include "victim.h"
#include "nvtx.h"

static NOINLINE void step(void)
{
	nvtxRangePushA("inner");
	free(keep(malloc(100)));
	keep(malloc(20)); /* LEAK:inner */
	nvtxRangePop();
}

int main(void)
{
	int first = nvtxRangePushA("outer");
	keep(malloc(11)); /* LEAK:outer */
	for (int i = 0; i < 3; i++)
		step();
	int second = nvtxRangePushA("empty"), third = nvtxRangePop();
	say("%d %d %d %d\n", first, second, third, nvtxRangePop());

	nvtxRangePushW(L"wide \u00e9 \u20ac \U0001F600");
	keep(malloc(5)); /* LEAK:wide */
	nvtxRangePop();

	nvtxEventAttributes_t a = nvtx_ascii("attributes"), none = nvtx_ascii(NULL);
	nvtxRangePushEx(&a);
	nvtxRangePushEx(&none);
	keep(malloc(6)); /* LEAK:attributes */
	nvtxRangePop();
	nvtxRangePop();
	keep(malloc(7)); /* LEAK:after */
	return 0;
}
