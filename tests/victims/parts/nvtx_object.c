/* SPDX-License-Identifier: MIT */
/* A library with NVTX code of its own; OBJECT is the prefix of its functions. */
#include "../victim.h"
#include "../nvtx.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)
#define API __attribute__((visibility("default")))

API void JOIN(OBJECT, _push)(void);
API void JOIN(OBJECT, _pop)(void);
API void JOIN(OBJECT, _leak)(size_t n);

static nvtxDomainHandle_t domain;

API void JOIN(OBJECT, _push)(void)
{
	if (!domain)
		domain = nvtxDomainCreateA("object");
	nvtxEventAttributes_t a = nvtx_ascii(TEXT(OBJECT));
	nvtxDomainRangePushEx(domain, &a);
}

API void JOIN(OBJECT, _pop)(void)
{
	nvtxDomainRangePop(domain);
}

API NOINLINE void JOIN(OBJECT, _leak)(size_t n)
{
	JOIN(OBJECT, _push)();
	keep(malloc(n)); /* LEAK:object */
	JOIN(OBJECT, _pop)();
}
