/* SPDX-License-Identifier: MIT */
/*
 * The same by the limit on processes, as a user that it holds for (root is none: then
 * this says no more than that the limit is kept).
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: note~could not grow
 * expect: leak held bytes=10 blocks=1 kind=reachable frames=main:held
 * expect: leak lost bytes=20 blocks=1 kind=definite frames=lose:lost,main
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void *volatile held;

static NOINLINE void lose(void)
{
	keep(malloc(20)); /* LEAK:lost */
}

int main(void)
{
	struct rlimit none = {0, 0};
	held = malloc(10); /* LEAK:held */
	lose();
	CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	/* Not libc's setuid: it would tell every thread, and the recorder's. */
	if (geteuid() == 0)
		CHECK(syscall(SYS_setresuid, 65534, 65534, 65534) == 0);
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	CHECK(child == -1 && errno == EAGAIN);
	leakscope_snapshot("once");
	wipe();
	return 0;
}
