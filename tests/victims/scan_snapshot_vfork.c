/* SPDX-License-Identifier: MIT */
/*
 * A thread has called vfork and cannot be interrupted until its child ends, much later
 * than now. A snapshot does not wait for it as long, nor does the child notice.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * cflags: -Wno-deprecated-declarations
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=forks:held
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <sys/wait.h>
#include <time.h>

static volatile int begun, over;

static void *forks(void *argument)
{
	int status = 0;
	void *volatile held = malloc(40); /* LEAK:held */
	begun = 1;
	pid_t child = vfork();
	if (child == 0) {
		struct timespec time = {1, 0};
		_exit(nanosleep(&time, NULL) == 0 ? 6 : 1);
	}
	over = 1;
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 6);
	started();
	for (;;)
		pause();
	keep(held);
	return argument;
}

int main(void)
{
	pthread_t thread;
	CHECK(pthread_create(&thread, NULL, forks, NULL) == 0);
	while (!begun)
		usleep(1000);
	usleep(100000);
	leakscope_snapshot("during");
	CHECK(!over);
	while (!scan_started)
		usleep(1000);
	usleep(20000);
	return 0;
}
