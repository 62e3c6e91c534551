/* SPDX-License-Identifier: MIT */
/*
 * A plugin that only the caller's RUNPATH finds: dlopen sees the true caller,
 * from the program and from a library that has another RUNPATH.
 *
 * libs: -ldl -L{build} -lloader -Wl,--enable-new-dtags,-rpath,{build}:{build}/one
 * part: libloader.so from=loader.c libs="-ldl -Wl,--enable-new-dtags,-rpath,{build}/two"
 * part: one/libplug_one.so from=plug_a.c
 * part: two/libplug_two.so from=plug_b.c
 * expect: leak a bytes=10 blocks=1 frames=plug_leak_a:plug_a,plug_entry:inner_a,main:own
 * expect: leak b bytes=20 blocks=1 frames=plug_leak_b:plug_b,plug_entry:inner_b,loader_use:loader
 */
#include "victim.h"
#include <dlfcn.h>

int loader_use(const char *name, size_t size);

int main(void)
{
	CHECK(dlopen("libplug_two.so", RTLD_NOW) == NULL);
	CHECK(dlerror() != NULL);
	CHECK(loader_use("libplug_one.so", 1) == -1);
	void *plugin = dlopen("libplug_one.so", RTLD_NOW);
	if (!plugin)
		complain("%s\n", dlerror());
	int (*entry)(size_t) = (int (*)(size_t))dlsym(plugin, "plug_entry");
	CHECK(entry && entry(10) == 'a'); /* AT:own */
	CHECK(loader_use("libplug_two.so", 20) == 'b');
	return 0;
}
