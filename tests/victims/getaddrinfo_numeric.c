/* SPDX-License-Identifier: MIT */
/*
 * An address list that was not given back.
 *
 * expect: leak list bytes>=48 blocks=1 top=.* frames=main:list
 */
#include "victim.h"
#include <netdb.h>
#include <sys/socket.h>

int main(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM,
				 .ai_family = AF_INET};
	struct addrinfo *list = NULL, *other = NULL;
	CHECK(getaddrinfo("127.0.0.1", "80", &hints, &list) == 0); /* AT:list */
	CHECK(getaddrinfo("127.0.0.1", "81", &hints, &other) == 0);
	freeaddrinfo(other);
	keep(list);
	return 0;
}
