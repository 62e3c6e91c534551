/* SPDX-License-Identifier: MIT */
/*
 * The injection library that the environment names is not there, and the environment
 * is what the user has made it, for the program and for what it starts.
 *
 * libs: -ldl
 * env: NVTX_INJECTION64_PATH=/nowhere/libtool.so
 * children: any
 * expect: stdout="NVTX_INJECTION64_PATH=/nowhere/libtool.so\nNVTX_INJECTION64_PATH=/nowhere/libtool.so\n"
 * expect: leak range bytes=10 blocks=1 scope=/range frames=main:range
 * expect: note~cannot be used: /nowhere/libtool.so
 */
#include "victim.h"
#include "nvtx.h"
#include <dlfcn.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int status = 0;
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "NVTX_", 5) == 0)
			say("%s\n", *e);
	if (argc > 1)
		return 0;
	nvtxRangePushA("range");
	dlerror();
	dlerror();        /* what is kept for the one before is freed */
	keep(malloc(10)); /* LEAK:range */
	nvtxRangePop();
	pid_t child = fork();
	if (child == 0) {
		execl(argv[0], argv[0], "again", (char *)NULL);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
