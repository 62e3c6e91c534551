/* SPDX-License-Identifier: MIT */
/*
 * Look-ups in a constructor before main, of a function's old version, of dlsym by
 * dlvsym, with and without errno and a message pending.
 *
 * libs: -ldl -L{build} -learly -Wl,-rpath,{build}
 * part: libearly.so from=early_sym.c libs=-ldl
 * expect: leak own bytes=8 blocks=1 frames=main:own
 */
#include "victim.h"
#include <dlfcn.h>

int early_found(void);

typedef void *look(void *, const char *);

int main(void)
{
	say("early %s\n", early_found() ? "right" : "wrong");
	/* as programs do that want libc's own, whatever stands before it */
	static const char *const versions[] = {"GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.34"};
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		look *old = (look *)dlvsym(RTLD_DEFAULT, "dlsym", versions[i]);
		if (old)
			CHECK(old(RTLD_DEFAULT, "strlen") == dlsym(RTLD_DEFAULT, "strlen") &&
			      !old(RTLD_DEFAULT, "cuMemAlloc_v2"));
	}
	CHECK(dlsym(RTLD_DEFAULT, "dlsym") == (void *)dlsym);
	/* a look-up that succeeds leaves errno; one that fails leaves its message till the next */
	errno = 77;
	CHECK(dlsym(RTLD_DEFAULT, "memcpy") && errno == 77);
	CHECK(!dlsym(RTLD_DEFAULT, "cuMemFree_v2"));
	const char *error = dlerror();
	CHECK(error && strstr(error, "cuMemFree_v2") && !dlerror());
	keep(malloc(8)); /* LEAK:own */
	return 0;
}
