/* SPDX-License-Identifier: MIT */
/*
 * A thread that computes on a stack of its own making, of four kilobytes, and has an
 * alternate stack for signals: nothing writes below the small one.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=main:held
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <signal.h>
#include <ucontext.h>

static struct {
	unsigned char guard[16384];
	unsigned char stack[4096];
} __attribute__((aligned(64))) memory;
static char alternate[65536];
static ucontext_t outside, inside;
static volatile int done, turns;
static void *volatile held;

static void computes(void)
{
	while (!done)
		turns++;
}

static void *runs(void *argument)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	CHECK(sigaltstack(&stack, NULL) == 0);
	CHECK(getcontext(&inside) == 0);
	inside.uc_stack.ss_sp = memory.stack;
	inside.uc_stack.ss_size = sizeof(memory.stack);
	inside.uc_link = &outside;
	makecontext(&inside, computes, 0);
	started();
	CHECK(swapcontext(&outside, &inside) == 0);
	return argument;
}

int main(void)
{
	memset(memory.guard, 0xa5, sizeof(memory.guard));
	held = malloc(40); /* LEAK:held */
	pthread_t thread = start(runs);
	while (!turns)
		usleep(1000);
	for (int i = 0; i < 50; i++) {
		leakscope_snapshot("during");
		usleep(1000);
	}
	done = 1;
	CHECK(pthread_join(thread, NULL) == 0);
	for (size_t i = 0; i < sizeof(memory.guard); i++)
		CHECK(memory.guard[i] == 0xa5);
	return 0;
}
