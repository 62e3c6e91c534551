/* SPDX-License-Identifier: MIT */
/*
 * What dlopen, dlsym and dlvsym refuse, and what dlerror says of it, is as bare.
 *
 * libs: -ldl
 * expect: leak own bytes=1 blocks=1 frames=main:own
 */
#include "victim.h"
#include <dlfcn.h>

int main(void)
{
	CHECK(dlopen("/nonexistent/lib.so", RTLD_NOW) == NULL);
	say("%s\n", dlerror());
	CHECK(dlopen("/etc/passwd", RTLD_NOW) == NULL);
	say("%s\n", dlerror());
	CHECK(dlsym(RTLD_DEFAULT, "there_is_no_such_symbol") == NULL);
	say("%s\n", strstr(dlerror(), "there_is_no_such_symbol") ? "named" : "not named");
	CHECK(dlvsym(RTLD_DEFAULT, "printf", "GLIBC_2.2.5") != NULL);
	CHECK(dlvsym(RTLD_DEFAULT, "printf", "GLIBC_9.9") == NULL);
	CHECK(dlerror() != NULL && dlerror() == NULL);
	void *self = dlopen(NULL, RTLD_NOW);
	CHECK(self && dlsym(self, "malloc") && dlclose(self) == 0);
	keep(malloc(1)); /* LEAK:own */
	return 0;
}
