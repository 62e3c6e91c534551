/* SPDX-License-Identifier: MIT */
/*
 * A program without CUDA that asks for the driver's names finds none of them, and the
 * driver is not loaded for it, though it could be.
 *
 * cuda: dlsym
 * variants: gcc:-O0
 * expect: no-leak
 * expect: stdout="0 names, not loaded\n"
 * expect: totals.device allocations=0
 * expect: no-note~CUDA
 */
#define WAY_BY_HAND
#include "cuda_way.h"

int main(void)
{
	char line[4096];
	int names = 0, loaded = 0;
	for (size_t i = 0; i < WAY_EXPORTS; i++) {
		if (dlsym(RTLD_DEFAULT, way_exports[i].name) ||
		    dlsym(RTLD_NEXT, way_exports[i].name))
			names++;
	}
	void *self = dlopen(NULL, RTLD_NOW);
	CHECK(self);
	if (dlsym(self, "cuMemAlloc_v2") || dlsym(self, "cuInit") ||
	    dlsym(self, "cuGetProcAddress"))
		names++;
	if (dlvsym(RTLD_DEFAULT, "cuMemAlloc_v2", "GLIBC_2.2.5"))
		names++;
	CHECK(dlclose(self) == 0);
	CHECK(dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD) == NULL);
	FILE *maps = fopen("/proc/self/maps", "r");
	CHECK(maps);
	while (fgets(line, sizeof(line), maps))
		loaded |= strstr(line, "libcuda.so") != NULL;
	fclose(maps);
	say("%d names, %s\n", names, loaded ? "loaded" : "not loaded");
	return 0;
}
