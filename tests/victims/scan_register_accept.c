/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in accept on a socket that nobody connects to:
 * pointers that are only in its registers make blocks reachable (x86-64; elsewhere
 * they are on its stack).
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=240 blocks=6 entries>=1 kind=reachable frames=waiter:held
 */
#include "scan_registers.h"
#include <sys/socket.h>
#include <sys/un.h>

static void *waiter(void *argument)
{
	uint64_t hidden[REGISTERS];
	struct sockaddr_un any = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(listener, (struct sockaddr *)&any, sizeof(sa_family_t)) == 0);
	CHECK(listen(listener, 1) == 0);
	for (int i = 0; i < REGISTERS; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:held */
	wipe();
	started();
	hold_and_call(hidden, (any_function)accept, listener, 0, 0, 0);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
