/* SPDX-License-Identifier: MIT */
/*
 * NVTX ranges and scopes of the API in one program: each lies under what is active;
 * a scope that is open when its range is popped goes on, a range goes with its scope.
 *
 * libs: -ldl
 * expect: leak scope bytes=1 blocks=1 scope=/range/scope frames=main:scope
 * expect: leak goes bytes=2 blocks=1 scope=/range/scope frames=main:goes
 * expect: leak inner bytes=4 blocks=1 scope=/outer/inner frames=main:inner
 * expect: leak gone bytes=8 blocks=1 scope=/ frames=main:gone
 * expect: scope /range kind=nvtx instances=1 open_instances=0 outlived_blocks=0
 * expect: scope /range/scope kind=user parent=/range instances=1 open_instances=0 outlived_blocks=2
 * expect: scope /outer kind=user open_instances=0
 * expect: scope /outer/inner kind=nvtx open_instances=0 outlived_blocks=1
 */
#include "victim.h"
#include "nvtx.h"
#include <leakscope/leakscope.h>

int main(void)
{
	nvtxRangePushA("range");
	leakscope_scope_t scope = leakscope_scope_open("scope");
	keep(malloc(1)); /* LEAK:scope */
	nvtxRangePop();
	keep(malloc(2)); /* LEAK:goes */
	leakscope_scope_close(scope);

	leakscope_scope_t outer = leakscope_scope_open("outer");
	nvtxRangePushA("inner");
	keep(malloc(4)); /* LEAK:inner */
	leakscope_scope_close(outer);
	keep(malloc(8)); /* LEAK:gone */
	nvtxRangePop();
	nvtxRangePop();
	return 0;
}
