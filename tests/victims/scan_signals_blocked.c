/* SPDX-License-Identifier: MIT */
/*
 * A program that blocks every signal in all of its threads: threads that wait and one
 * that computes hold their blocks, and nobody is interrupted.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak waits bytes=40 blocks=1 kind=reachable frames=waits:waits
 * expect: leak computes bytes=50 blocks=1 kind=reachable frames=computes:computes
 * expect: leak main bytes=60 blocks=1 kind=reachable frames=main:main
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <poll.h>
#include <signal.h>

static void *volatile held;
static volatile int never;

static void *waits(void *argument)
{
	void *volatile mine = malloc(40); /* LEAK:waits */
	started();
	poll(NULL, 0, -1);
	complain("poll has returned\n");
	keep(mine);
	return argument;
}

static void *computes(void *argument)
{
	void *volatile mine = malloc(50); /* LEAK:computes */
	started();
	while (!never)
		;
	keep(mine);
	return argument;
}

int main(void)
{
	sigset_t all, set;
	sigfillset(&all);
	CHECK(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
	CHECK(pthread_sigmask(SIG_SETMASK, NULL, &set) == 0);
	held = malloc(60); /* LEAK:main */
	start(waits);
	start(computes);
	for (int i = 0; i < 3; i++)
		leakscope_snapshot("blocked");
	CHECK(pthread_sigmask(SIG_SETMASK, NULL, &all) == 0);
	for (int number = 1; number <= 64; number++)
		CHECK(sigismember(&all, number) == sigismember(&set, number));
	return 0;
}
