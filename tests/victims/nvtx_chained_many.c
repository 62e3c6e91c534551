/* SPDX-License-Identifier: MIT */
/*
 * Forty libraries with NVTX code, each of which the tool that was to be injected is
 * attached to: it sees the same calls as without us, and the ranges are scopes.
 *
 * variants: gcc:-O0
 * part: libtool.so from=nvtx_tool.c
 * part: libone.so from=nvtx_object.c cflags="-DOBJECT=one" libs=-ldl
 * libs: -ldl
 * run: {build}/libone.so
 * env: NVTX_INJECTION64_PATH={build}/libtool.so
 * expect: leak object bytes=400 blocks=40 scope=/main/object:one entries=40 frames=one_leak:object
 * expect: scope /main/object:one instances=40 open_instances=0 outlived_blocks=40
 */
#include "victim.h"
#include "nvtx.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

/* The loader knows libraries by their files: copies are others. */
static void *open_copy(const char *from, int number)
{
	char name[32];
	struct stat st;
	snprintf(name, sizeof(name), "./lib%d.so", number);
	int in = open(from, O_RDONLY), out = open(name, O_WRONLY | O_CREAT, 0700);
	CHECK(in >= 0 && out >= 0 && fstat(in, &st) == 0);
	CHECK(sendfile(out, in, NULL, (size_t)st.st_size) == st.st_size);
	close(in);
	close(out);
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	CHECK(library);
	return library;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	nvtxRangePushA("main");
	for (int i = 0; i < 40; i++) {
		void (*leak)(size_t) = (void (*)(size_t))dlsym(open_copy(argv[1], i), "one_leak");
		CHECK(leak);
		leak(10);
	}
	nvtxRangePop();
	return 0;
}
