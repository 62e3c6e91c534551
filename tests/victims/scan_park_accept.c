/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in accept on a socket that nobody connects to:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <sys/socket.h>
#include <sys/un.h>

static void *waiter(void *argument)
{
	struct sockaddr_un any = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(listener, (struct sockaddr *)&any, sizeof(sa_family_t)) == 0);
	CHECK(listen(listener, 1) == 0);
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	accept(listener, NULL, NULL);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
