/* SPDX-License-Identifier: MIT */
/*
 * Four threads allocate and free the blocks of a list of their own, and all the time main
 * takes snapshots: the lists survive, and at the end everything is where it belongs.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * timeout: 120
 * gate: fail
 * expect: leak lists bytes=128000 blocks=4000 kind=reachable entries>=1 frames=add:node
 * expect: leak lost bytes=44 blocks=4 kind=definite frames=lose:lost,worker
 * expect: totals live_blocks>=4004
 */
#include "scan.h"
#include <leakscope/leakscope.h>

struct node {
	struct node *next;
	long value[3];
};
static struct node *volatile lists[4];
static volatile int done;

static NOINLINE void add(int which, long value)
{
	struct node *node = calloc(1, sizeof(*node)); /* LEAK:node */
	node->value[1] = value;
	node->next = lists[which];
	lists[which] = node;
}

static NOINLINE void lose(void)
{
	keep(malloc(11)); /* LEAK:lost */
}

static void *worker(void *argument)
{
	int which = (int)(intptr_t)argument;
	lose();
	for (long i = 0; i < 1000; i++)
		add(which, i);
	while (!done) {
		/* Half of them go, as many come, and the order stays checkable. */
		for (long i = 999; i >= 500; i--) {
			struct node *first = lists[which];
			CHECK(first->value[1] == i);
			lists[which] = first->next;
			free(first);
		}
		for (long i = 500; i < 1000; i++)
			add(which, i);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, worker, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < 100; i++) {
		leakscope_snapshot("during");
		usleep(1000);
	}
	done = 1;
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	for (int i = 0; i < 4; i++) {
		int count = 0;
		for (struct node *node = lists[i]; node; node = node->next)
			count++;
		CHECK(count == 1000);
	}
	return 0;
}
