/* SPDX-License-Identifier: MIT */
/*
 * Two threads that live on leak each and hold each: who is who does not get mixed up.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak lost bytes=3000 blocks=200 kind=definite entries>=1 threads=2 frames=work:lost
 * expect: leak held bytes=400 blocks=2 kind=reachable threads=2 frames=work:held
 */
#include "scan.h"

static void *work(void *argument)
{
	void *volatile held = malloc(200); /* LEAK:held */
	for (int i = 0; i < 100; i++)
		keep(malloc(15)); /* LEAK:lost */
	wipe();
	started();
	for (;;)
		pause();
	keep(held);
	return argument;
}

int main(void)
{
	start(work);
	start(work);
	return 0;
}
