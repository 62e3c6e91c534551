/* SPDX-License-Identifier: MIT */
/*
 * A plugin leaks and is unloaded: its function and line are named all the same.
 *
 * libs: -ldl
 * part: libplug.so from=plug_a.c
 * run: {build}/libplug.so
 * expect: leak plugin bytes=100 blocks=1 frames=plug_leak_a:plug_a,plug_entry:inner_a,main:call
 * expect: leak after bytes=5 blocks=1 frames=main:after
 */
#include "victim.h"
#include <dlfcn.h>

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *plugin = dlopen(argv[1], RTLD_NOW);
	if (!plugin)
		complain("%s\n", dlerror());
	int (*entry)(size_t) = (int (*)(size_t))dlsym(plugin, "plug_entry");
	CHECK(entry && entry(100) == 'a'); /* AT:call */
	CHECK(dlclose(plugin) == 0);
	CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL);
	keep(malloc(5)); /* LEAK:after */
	return 0;
}
