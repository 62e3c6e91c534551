/* SPDX-License-Identifier: MIT */
/*
 * exit() in a thread while main waits in pthread_join and four more allocate in a loop:
 * what live functions of all of them hold is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * racy: 8
 * gate: fail
 * expect: exit=7
 * expect: leak main bytes=50 blocks=1 kind=reachable frames=main:main
 * expect: leak leaver bytes=60 blocks=1 kind=reachable frames=leaver:leaver
 * expect: leak lost bytes=70 blocks=1 kind=definite frames=lose:lost,leaver
 * expect: leak slots bytes=any blocks>=200 kind=reachable entries=any frames=churn:churn
 * expect: leak all bytes=any blocks<=264 entries=any frames=churn:churn
 */
#include "scan.h"

static void (*volatile leave)(int) = exit;

static NOINLINE void lose(void)
{
	keep(malloc(70)); /* LEAK:lost */
}

static void *churn(void *argument)
{
	void *volatile slots[64] = {0};
	started();
	for (unsigned int i = 0;; i++) {
		free(slots[i % 64]);
		slots[i % 64] = malloc(i % 512 + 1); /* LEAK:churn */
	}
	return argument;
}

static void *leaver(void *argument)
{
	void *volatile held = malloc(60); /* LEAK:leaver */
	lose();
	wipe();
	usleep(20000);
	leave(7);
	keep(held);
	return argument;
}

int main(void)
{
	void *volatile held = malloc(50); /* LEAK:main */
	pthread_t thread;
	for (int i = 0; i < 4; i++)
		start(churn);
	CHECK(pthread_create(&thread, NULL, leaver, NULL) == 0);
	pthread_join(thread, NULL);
	keep(held);
	return 0;
}
