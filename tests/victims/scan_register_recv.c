/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in recv from a socket with a time limit, which a
 * signal would break off: pointers that are only in its registers make blocks reachable
 * (x86-64; elsewhere they are on its stack).
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=240 blocks=6 entries>=1 kind=reachable frames=waiter:held
 */
#include "scan_registers.h"
#include <sys/socket.h>
#include <sys/time.h>

static int ends[2];

static void *waiter(void *argument)
{
	uint64_t hidden[REGISTERS];
	char byte;
	for (int i = 0; i < REGISTERS; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:held */
	wipe();
	started();
	hold_and_call(hidden, (any_function)recv, ends[0], (long)&byte, 1, 0);
	return argument;
}

int main(void)
{
	struct timeval limit = {100, 0};
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
	start(waiter);
	return 0;
}
