/* SPDX-License-Identifier: MIT */
/*
 * A plugin, reached by dlsym, opens by name a library that only its own RUNPATH finds:
 * once through dlopen itself, once through a dlopen that the program has looked up.
 *
 * libs: -ldl
 * part: libopens.so from=plug_opens.c libs="-ldl -Wl,--enable-new-dtags,-rpath,{build}/deep"
 * part: deep/libplug_deep.so from=plug_a.c
 * run: {build}/libopens.so
 * expect: leak deep bytes=30 blocks=1 frames=plug_leak_a:plug_a,plug_entry:inner_a,plug_opens:opens,main:call
 */
#include "victim.h"
#include <dlfcn.h>

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *plugin = dlopen(argv[1], RTLD_NOW);
	if (!plugin)
		complain("%s\n", dlerror());
	int (*opens)(const char *, size_t) =
		(int (*)(const char *, size_t))dlsym(plugin, "plug_opens");
	void *(*open)(const char *, int) =
		(void *(*)(const char *, int))dlsym(RTLD_DEFAULT, "dlopen");
	CHECK(opens && open && !open("libplug_deep.so", RTLD_NOW) && dlerror());
	CHECK(opens("libplug_deep.so", 30) == 'a'); /* AT:call */
	/* it is loaded now, and is found by its name */
	CHECK(open("libplug_deep.so", RTLD_NOW));
	return 0;
}
