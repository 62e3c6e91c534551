/* SPDX-License-Identifier: MIT */
/*
 * RTLD_DEEPBIND: the program works and its own blocks are exact;
 * what such a library allocates bypasses every preload, and a note says so.
 *
 * libs: -ldl
 * part: libplug_a.so from=plug_a.c
 * run: {build}/libplug_a.so
 * expect: leak own bytes=11 blocks=1 frames=main:own
 * expect: note~DEEPBIND
 */
#include "victim.h"
#include <dlfcn.h>

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (!plugin)
		complain("%s\n", dlerror());
	int (*entry)(size_t) = (int (*)(size_t))dlsym(plugin, "plug_entry");
	CHECK(entry && entry(10) == 'a');
	keep(malloc(11)); /* LEAK:own */
	return 0;
}
