/* SPDX-License-Identifier: MIT */
/*
 * No driver: look-ups of its functions are answered as they are without the shim, the
 * messages included, by every kind of handle; and nothing of it is loaded, or started.
 *
 * libs: -ldl
 * expect: leak own bytes=9 blocks=1 frames=main:own
 */
#include "victim.h"
#include <dirent.h>
#include <dlfcn.h>

static void try(void *handle, const char *what, const char *name)
{
	void *found = dlsym(handle, name);
	const char *error = dlerror();
	/* a message begins with the program's path, whatever that is */
	const char *end = error ? strstr(error, ": ") : NULL;
	say("%s %s: %s, %s\n", what, name, found ? "found" : "not found", end ? end : "no error");
	CHECK(!dlerror());
	found = dlvsym(handle, name, "LEAKSCOPE_NONE");
	error = dlerror();
	end = error ? strstr(error, ": ") : NULL;
	say("  %s, %s\n", found ? "found" : "not found", end ? end : "no error");
}

static int count_in(const char *directory)
{
	int n = 0;
	DIR *d = opendir(directory);
	CHECK(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

int main(void)
{
	static const char *const names[] = {"cuInit",
					    "cuMemAlloc",
					    "cuMemAlloc_v2",
					    "cuMemFree",
					    "cuGetProcAddress",
					    "cuGetProcAddress_v2",
					    "cuNothing",
					    "cu",
					    "cuA",
					    "cuMemAlloz",
					    "curious",
					    ""};
	char line[512];
	void *self = dlopen(NULL, RTLD_NOW), *libc = dlopen("libc.so.6", RTLD_NOW);
	CHECK(self && libc);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		try(RTLD_DEFAULT, "default", names[i]);
		try(RTLD_NEXT, "next", names[i]);
		try(self, "program", names[i]);
		try(libc, "libc", names[i]);
	}
	CHECK(count_in("/proc/self/task") == 3); /* . and .. and this one */
	FILE *maps = fopen("/proc/self/maps", "r");
	CHECK(maps);
	while (fgets(line, sizeof(line), maps))
		CHECK(!strstr(line, "libcuda"));
	fclose(maps);
	dlclose(libc);
	dlclose(self);
	keep(malloc(9)); /* LEAK:own */
	return 0;
}
