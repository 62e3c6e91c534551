/* SPDX-License-Identifier: MIT */
/* A library that loads plugins by its own RUNPATH; for dl_runpath. */
#include "../victim.h"
#include <dlfcn.h>

int loader_use(const char *name, size_t size);
int loader_use(const char *name, size_t size)
{
	void *plugin = dlopen(name, RTLD_NOW);
	if (!plugin)
		return -1;
	int (*entry)(size_t) = (int (*)(size_t))dlsym(plugin, "plug_entry");
	int result = entry(size); /* AT:loader */
	NO_TAIL();
	return result;
}
