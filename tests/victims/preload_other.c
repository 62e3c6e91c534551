/* SPDX-License-Identifier: MIT */
/*
 * Another preloaded library stays preloaded, in children too.
 *
 * part: libother.so from=other.c
 * env: LD_PRELOAD={build}/libother.so
 * children: 1
 * expect: leak own bytes=50 blocks=1 frames=main:own
 * expect@child: leak child bytes=60 blocks=1 frames=main:child
 * expect: stdout="other 42\nother 42\n"
 */
#include "victim.h"
#include <dlfcn.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	(void)argv;
	int status = 0;
	int (*other)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "other_value");
	say("other %d\n", other ? other() : -1);
	if (argc > 1) {
		keep(malloc(60)); /* LEAK:child */
		return 0;
	}
	keep(malloc(50)); /* LEAK:own */
	pid_t child = fork();
	if (child == 0) {
		execl("/proc/self/exe", "again", "again", (char *)NULL);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
