/* SPDX-License-Identifier: MIT */
/*
 * Ranges of a domain are named DOMAIN:NAME; push and pop count for each domain by
 * itself, and one that is popped while another domain's is open ends alone: the
 * other goes on, and keeps its path.  Registered strings are the same names.
 *
 * libs: -ldl
 * bare: differs
 * expect: stdout="0 0 1 1 0 0\n"
 * expect: leak default bytes=1 blocks=1 scope=/plain frames=main:default
 * expect: leak domain bytes=2 blocks=1 scope=/plain/lib:fill frames=main:domain
 * expect: leak second bytes=4 blocks=1 scope=/plain/lib:fill/lib:copy%2F2 frames=main:second
 * expect: leak alone bytes=8 blocks=1 scope=/plain/lib:fill frames=main:alone
 * expect: leak after bytes=16 blocks=1 scope=/ frames=main:after
 * expect: leak wide bytes=32 blocks=1 scope=/größe:maß frames=main:wide
 * expect: leak string bytes=64 blocks=1 scope=/registered frames=main:string
 * expect: leak nameless bytes=128 blocks=1 scope=/lib:unnamed frames=main:nameless
 * expect: leak destroyed bytes=256 blocks=1 scope=/lib:late frames=main:destroyed
 * expect: scope /plain instances=1 open_instances=0 outlived_bytes=1
 * expect: scope /plain/lib:fill instances=1 open_instances=0 outlived_blocks=2 outlived_bytes=10
 */
#include "victim.h"
#include "nvtx.h"

int main(void)
{
	nvtxDomainHandle_t lib = nvtxDomainCreateA("lib"), wide = nvtxDomainCreateW(L"größe");
	nvtxStringHandle_t copy = nvtxDomainRegisterStringA(lib, "copy/2");
	nvtxEventAttributes_t fill = nvtx_ascii("fill"), string = nvtx_string(copy);
	CHECK(copy == nvtxDomainRegisterStringA(lib, "copy/2"));

	int plain = nvtxRangePushA("plain");
	keep(malloc(1)); /* LEAK:default */
	int first = nvtxDomainRangePushEx(lib, &fill);
	keep(malloc(2)); /* LEAK:domain */
	int second = nvtxDomainRangePushEx(lib, &string);
	keep(malloc(4)); /* LEAK:second */
	int popped = nvtxDomainRangePop(lib);
	int outer = nvtxRangePop(); /* before the inner one */
	keep(malloc(8));            /* LEAK:alone */
	say("%d %d %d %d %d %d\n", plain, first, second, popped, outer, nvtxDomainRangePop(lib));
	keep(malloc(16)); /* LEAK:after */

	nvtxEventAttributes_t a = nvtx_string(nvtxDomainRegisterStringW(wide, L"maß"));
	nvtxDomainRangePushEx(wide, &a);
	keep(malloc(32)); /* LEAK:wide */
	nvtxDomainRangePop(wide);
	a = nvtx_string(nvtxDomainRegisterStringA(NULL, "registered"));
	nvtxDomainRangePushEx(NULL, &a);
	keep(malloc(64)); /* LEAK:string */
	nvtxRangePop();   /* the default domain is none */
	a = nvtx_string((nvtxStringHandle_t)0x1234);
	nvtxDomainRangePushEx(lib, &a);
	keep(malloc(128)); /* LEAK:nameless */
	nvtxDomainRangePop(lib);
	nvtxDomainDestroy(wide);
	nvtxDomainDestroy(lib);
	lib = nvtxDomainCreateA("lib");
	fill.message.ascii = "late";
	nvtxDomainRangePushEx(lib, &fill);
	keep(malloc(256)); /* LEAK:destroyed */
	nvtxDomainRangePop(lib);
	return 0;
}
