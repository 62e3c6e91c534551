/* SPDX-License-Identifier: MIT */
/*
 * RTLD_DEEPBIND and dlmopen: the program works, and what such a library allocates
 * is either recorded or a note says that it is not.
 *
 * libs: -ldl
 * part: libplug_a.so from=plug_a.c
 * run: {build}/libplug_a.so
 * expect: leak deep bytes=10 blocks=1 frames=plug_leak_a:plug_a,plug_entry:inner_a,main:deep
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
	CHECK(entry && entry(10) == 'a'); /* AT:deep */
	return 0;
}
