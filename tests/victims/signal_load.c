/* SPDX-License-Identifier: MIT */
/*
 * A timer interrupts code that does nothing but malloc and free. Its handler
 * frees one block and makes another (which libc does not promise to survive
 * while the interrupted thread is inside malloc; so the handler acts only when
 * the flag says that it is not). Nothing is counted twice or lost.
 *
 * expect: leak load bytes=200 blocks=1 frames=main:load
 * expect: leak ticks bytes=77 blocks=1 frames=handler:ticks
 * expect: totals live_blocks=2 live_bytes=277
 */
#include "victim.h"
#include <signal.h>
#include <sys/time.h>

static volatile sig_atomic_t count, inside;
static void *volatile block;

static void handler(int number)
{
	(void)number;
	if (inside)
		return;
	free(block);
	block = malloc(77); /* LEAK:ticks */
	count++;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct itimerval every = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
	while (count < 100) {
		inside = 1;
		void *p = keep(malloc(50));
		free(p);
		inside = 0;
		for (volatile int i = 0; i < 50; i++)
			;
	}
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	keep(malloc(200)); /* LEAK:load */
	return 0;
}
