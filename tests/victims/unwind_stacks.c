/* SPDX-License-Identifier: MIT */
/*
 * Allocations on stacks of all sorts, in turn: coroutines whose stacks are unmapped and
 * come back smaller at the same place, signal handlers on the thread's stack and on
 * another, jumps out of both, threads, forks and vforks in the middle.  The fast
 * unwinder and libunwind agree everywhere.
 *
 * cflags: -pthread
 * variants: gcc:-O0,gcc:-O2,clang:-O2
 * options: verify_unwind=1
 * children: 1
 * expect@child: leak child bytes=200 blocks=1 frames=in_child:child,processes
 * expect: note~^0 backtraces of the fast unwinder differ from libunwind's, of [0-9]{4,} compared$
 * expect@child: note~^0 backtraces of the fast unwinder differ from libunwind's, of [0-9]+ compared$
 */
#include "victim.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>

static NOINLINE void leaf(void)
{
	free(keep(malloc(24)));
	NO_TAIL();
}

static NOINLINE int dig(int depth)
{
	volatile char pad[40] = {0};
	leaf();
	int sum = depth > 0 ? dig(depth - 1) : 0;
	leaf();
	return sum + pad[0];
}

/* ---- coroutines ---- */

static ucontext_t outside, inside[4];

static void routine(int which)
{
	for (int i = 0; i < 20; i++) {
		dig(which + 2);
		CHECK(swapcontext(&inside[which], &outside) == 0);
	}
}

static NOINLINE void coroutines(size_t size)
{
	char *stack[4];
	for (int i = 0; i < 4; i++) {
		/* the last ones right behind each other, the first by itself */
		stack[i] = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);
		CHECK(stack[i] != MAP_FAILED);
		CHECK(getcontext(&inside[i]) == 0);
		inside[i].uc_stack.ss_sp = stack[i];
		inside[i].uc_stack.ss_size = size;
		inside[i].uc_link = &outside;
		makecontext(&inside[i], (void (*)(void))routine, 1, i);
	}
	for (int round = 0; round < 20; round++)
		for (int i = 0; i < 4; i++) {
			CHECK(swapcontext(&outside, &inside[i]) == 0);
			leaf();
		}
	for (int i = 0; i < 4; i++)
		munmap(stack[i], size);
}

/* ---- signals ---- */

static sigjmp_buf out;
static volatile int jump;

static void handler(int number)
{
	dig(number % 4 + 1);
	if (jump)
		siglongjmp(out, 1);
}

static NOINLINE int signalled(int depth)
{
	if (depth > 0)
		return signalled(depth - 1) + 1;
	leaf();
	raise(SIGUSR1);
	leaf();
	raise(SIGUSR2);
	return 0;
}

static NOINLINE void signals(void)
{
	static char other[65536];
	stack_t alternate = {.ss_sp = other, .ss_size = sizeof(other)};
	struct sigaction a = {.sa_handler = handler};
	CHECK(sigaltstack(&alternate, NULL) == 0);
	CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
	a.sa_flags = SA_ONSTACK;
	CHECK(sigaction(SIGUSR2, &a, NULL) == 0);
	for (volatile int i = 0; i < 40; i++) {
		jump = i % 2;
		if (sigsetjmp(out, 1) == 0)
			signalled(i % 7);
		leaf();
	}
	alternate.ss_flags = SS_DISABLE;
	CHECK(sigaltstack(&alternate, NULL) == 0);
}

/* ---- threads and processes ---- */

static void *thread(void *argument)
{
	for (int i = 0; i < 50; i++)
		dig((int)(intptr_t)argument + i % 3);
	return NULL;
}

static NOINLINE void threads(void)
{
	pthread_t id[4];
	for (intptr_t i = 0; i < 4; i++)
		CHECK(pthread_create(&id[i], NULL, thread, (void *)i) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
}

static NOINLINE void in_child(void)
{
	dig(5);
	keep(malloc(200)); /* LEAK:child */
}

static NOINLINE void processes(int depth)
{
	int status;
	if (depth > 0) {
		processes(depth - 1);
		NO_TAIL();
		return;
	}
	leaf();
	pid_t child = fork();
	if (child == 0) {
		in_child();
		dig(3);
		exit(7);
	}
	dig(2);
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
	child = vfork();
	if (child == 0)
		_exit(8);
	leaf();
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 8);
}

int main(void)
{
	for (int i = 0; i < 6; i++) {
		coroutines(i % 2 ? 65536 : 32768);
		signals();
		threads();
		dig(30);
	}
	processes(3);
	dig(100);
	return 0;
}
