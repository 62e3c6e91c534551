/* SPDX-License-Identifier: MIT */
/*
 * A plugin is unloaded and another takes its place, most often at the very same
 * addresses, fifty times in turn: each leak stays with the plugin that made it.
 *
 * libs: -ldl
 * part: libplug_a.so from=plug_a.c
 * part: libplug_b.so from=plug_b.c
 * run: {build}/libplug_a.so {build}/libplug_b.so
 * expect: leak a bytes=2500 blocks=25 entries>=1 frames=plug_leak_a:plug_a,plug_entry:inner_a,use:call
 * expect: leak b bytes=5000 blocks=25 entries>=1 frames=plug_leak_b:plug_b,plug_entry:inner_b,use:call
 */
#include "victim.h"
#include <dlfcn.h>

static NOINLINE void use(const char *path, int letter, size_t size)
{
	void *plugin = dlopen(path, RTLD_NOW);
	if (!plugin)
		complain("%s\n", dlerror());
	int (*entry)(size_t) = (int (*)(size_t))dlsym(plugin, "plug_entry");
	CHECK(entry && entry(size) == letter); /* AT:call */
	CHECK(dlclose(plugin) == 0);
}

int main(int argc, char **argv)
{
	CHECK(argc == 3);
	for (int i = 0; i < 25; i++) {
		use(argv[1], 'a', 100);
		use(argv[2], 'b', 200);
	}
	return 0;
}
