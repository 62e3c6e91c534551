/* SPDX-License-Identifier: MIT */
/*
 * exit() from a signal handler: what the interrupted functions hold on their stack and
 * in the registers that the kernel has saved is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: exit=9
 * expect: leak main bytes=50 blocks=1 kind=reachable frames=main:main
 * expect: leak handler bytes=60 blocks=1 kind=reachable frames=handler:handler
 * expect: leak registers bytes=240 blocks=6 entries>=1 kind=reachable frames=main:registers
 */
#include "scan_registers.h"
#include <signal.h>

static void (*volatile leave)(int) = exit;

static void handler(int number)
{
	void *volatile held = malloc(60); /* LEAK:handler */
	leave(number == SIGUSR1 ? 9 : 1);
	keep(held);
}

int main(void)
{
	uint64_t hidden[REGISTERS];
	struct sigaction action = {.sa_handler = handler};
	void *volatile held = malloc(50); /* LEAK:main */
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	for (int i = 0; i < REGISTERS; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:registers */
	wipe();
	hold_and_call(hidden, (any_function)raise, SIGUSR1, 0, 0, 0);
	keep(held);
	return 0;
}
