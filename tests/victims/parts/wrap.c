/* SPDX-License-Identifier: MIT */
/* A library that wraps getpid through RTLD_NEXT and finds malloc by dlsym. */
#include "../victim.h"
#include <dlfcn.h>

static int calls;

int wrap_calls(void);
int wrap_calls(void)
{
	return calls;
}

pid_t getpid(void)
{
	pid_t (*real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "getpid");
	CHECK(real && real != getpid);
	calls++;
	return real();
}

void *wrap_malloc(size_t size);
void *wrap_malloc(size_t size)
{
	void *(*real)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "malloc");
	CHECK(real);
	void *p = keep(real(size)); /* LEAK:wrap */
	return p;
}
