/* SPDX-License-Identifier: MIT */
/*
 * Another tool was to be injected: it sees the same calls, in the same order and with
 * the same handles, and the program gets its answers, as without us (the bare run
 * prints the same); the ranges are scopes all the same.
 *
 * part: libtool.so from=nvtx_tool.c
 * part: libone.so from=nvtx_object.c cflags="-DOBJECT=one" libs=-ldl
 * libs: {build}/libone.so -Wl,-rpath,{build} -ldl
 * env: NVTX_INJECTION64_PATH={build}/libtool.so
 * expect: leak outer bytes=1 blocks=1 scope=/outer frames=main:outer
 * expect: leak domain bytes=2 blocks=1 scope=/outer/lib:inner frames=main:domain
 * expect: leak wide bytes=4 blocks=1 scope=/outer/wide frames=main:wide
 * expect: leak started bytes=8 blocks=1 scope=/outer/started frames=main:started
 * expect: leak other bytes=16 blocks=1 scope=/outer/lib:started frames=main:other
 * expect: leak object bytes=32 blocks=1 scope=/outer/object:one frames=one_leak:object
 * expect: leak after bytes=64 blocks=1 scope=/ frames=main:after
 */
#include "victim.h"
#include "nvtx.h"
#include <dlfcn.h>

void one_leak(size_t n);

int main(void)
{
	nvtxDomainHandle_t lib = nvtxDomainCreateA("lib"), other = nvtxDomainCreateW(L"other");
	nvtxStringHandle_t inner = nvtxDomainRegisterStringA(lib, "inner");
	nvtxEventAttributes_t a = nvtx_string(inner), b = nvtx_ascii("started");
	say("domains %p %p string %p\n", (void *)lib, (void *)other, (void *)inner);
	say("level %d\n", nvtxRangePushA("outer"));
	keep(malloc(1)); /* LEAK:outer */
	say("level %d\n", nvtxDomainRangePushEx(lib, &a));
	keep(malloc(2)); /* LEAK:domain */
	say("level %d\n", nvtxDomainRangePop(lib));
	say("level %d\n", nvtxRangePushW(L"wide"));
	keep(malloc(4)); /* LEAK:wide */
	say("level %d\n", nvtxRangePop());
	nvtxRangeId_t one = nvtxRangeStartEx(&b);
	keep(malloc(8)); /* LEAK:started */
	nvtxRangeId_t two = nvtxDomainRangeStartEx(lib, &b);
	keep(malloc(16)); /* LEAK:other */
	say("ids %d %d\n", (int)one, (int)two);
	nvtxDomainRangeEnd(lib, two);
	nvtxRangeEnd(one);
	nvtxMarkA("mark");
	nvtxNameOsThreadA(1, "thread");
	one_leak(32);
	say("level %d\n", nvtxRangePop());
	nvtxDomainDestroy(other);

	/* what NVTX's extensions do, which have an entry point of their own */
	void *library = dlopen(getenv("NVTX_INJECTION64_PATH"), RTLD_LAZY);
	int (*extension)(const char *) = NULL;
	CHECK(library);
	*(void **)&extension = dlsym(library, "InitializeInjectionNvtxExtension");
	say("extension %d\n", extension("payload"));
	keep(malloc(64)); /* LEAK:after */
	return 0;
}
