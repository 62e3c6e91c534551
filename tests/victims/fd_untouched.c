/* SPDX-License-Identifier: MIT */
/*
 * The program's file numbers are its own: the first free one is the same as
 * bare before and after allocations and cold unwinds, and closefrom(3) followed
 * by a socketpair shows no byte that nobody sent.
 *
 * expect: leak deep bytes=640 blocks=40 entries=40 frames=deep:deep
 */
#include "victim.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

static NOINLINE void deep(int depth)
{
	keep(malloc(16)); /* LEAK:deep */
	if (depth > 1)
		deep(depth - 1);
	NO_TAIL();
}

static int first_free(void)
{
	int fd = dup(1);
	close(fd);
	return fd;
}

static void quiet(int fd)
{
	char byte;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	CHECK(poll(&p, 1, 0) == 0);
	CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

int main(void)
{
	int ends[2];
	say("first %d\n", first_free());
	free(keep(malloc(1)));
	say("after malloc %d\n", first_free());
	closefrom(3);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	say("pair %d %d\n", ends[0], ends[1]);
	deep(40);
	quiet(ends[0]);
	quiet(ends[1]);
	CHECK(write(ends[0], "x", 1) == 1);
	char byte;
	CHECK(read(ends[1], &byte, 1) == 1 && byte == 'x');
	quiet(ends[0]);
	quiet(ends[1]);
	say("last %d\n", first_free());
	return 0;
}
