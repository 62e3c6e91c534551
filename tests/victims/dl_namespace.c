/* SPDX-License-Identifier: MIT */
/*
 * dlmopen loads a second libc that no preload reaches: a note says so, the
 * program's own blocks are exact.
 *
 * libs: -ldl
 * part: libplug_a.so from=plug_a.c
 * run: {build}/libplug_a.so
 * expect: leak own bytes=12 blocks=1 frames=main:own
 * expect: note~(?i)(dlmopen|namespace)
 */
#include "victim.h"
#include <dlfcn.h>

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *plugin = dlmopen(LM_ID_NEWLM, argv[1], RTLD_NOW);
	if (!plugin)
		complain("%s\n", dlerror());
	int (*entry)(size_t) = (int (*)(size_t))dlsym(plugin, "plug_entry");
	CHECK(entry && entry(10) == 'a');
	keep(malloc(12)); /* LEAK:own */
	return 0;
}
