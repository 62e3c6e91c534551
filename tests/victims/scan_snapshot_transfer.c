/* SPDX-License-Identifier: MIT */
/*
 * Snapshots while threads write more than a pipe holds, and read from a socket with a
 * time limit: no write stops short, and no read is broken off, also where a thread was
 * about to begin it.
 *
 * variants: gcc:-O0,clang:-O2
 * libs: -lpthread
 * timeout: 240
 * expect: stdout="done\n"
 * expect: no-leak
 */
#include "scan.h"
#include <errno.h>
#include <fcntl.h>
#include <leakscope/leakscope.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

#define MUCH 200000

static volatile int over;
static char from[MUCH];

static void *drains(void *end)
{
	static __thread char to[4096];
	while (read((int)(intptr_t)end, to, sizeof(to)) > 0)
		;
	return NULL;
}

static void *writes(void *end)
{
	int fd = (int)(intptr_t)end;
	struct iovec parts[2] = {{from, 1000}, {from + 1000, MUCH - 1000}};
	while (!over) {
		CHECK(write(fd, from, MUCH) == MUCH);
		CHECK(writev(fd, parts, 2) == MUCH);
	}
	close(fd);
	return NULL;
}

static void *sends(void *end)
{
	int fd = (int)(intptr_t)end;
	while (!over)
		CHECK(send(fd, from, MUCH, 0) == MUCH);
	close(fd);
	return NULL;
}

static void *receives(void *end)
{
	int fd = (int)(intptr_t)end;
	struct timeval limit = {0, 2000};
	char byte;
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
	while (!over) {
		CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
		CHECK(read(fd, &byte, 1) == -1 && errno == EAGAIN);
	}
	return NULL;
}

int main(void)
{
	static pthread_t threads[6];
	int ends[2], sockets[2], quiet[2];
	CHECK(pipe(ends) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, quiet) == 0);
	CHECK(pthread_create(&threads[0], NULL, drains, (void *)(intptr_t)ends[0]) == 0);
	CHECK(pthread_create(&threads[1], NULL, drains, (void *)(intptr_t)sockets[0]) == 0);
	CHECK(pthread_create(&threads[2], NULL, writes, (void *)(intptr_t)ends[1]) == 0);
	CHECK(pthread_create(&threads[3], NULL, sends, (void *)(intptr_t)sockets[1]) == 0);
	CHECK(pthread_create(&threads[4], NULL, receives, (void *)(intptr_t)quiet[0]) == 0);
	CHECK(pthread_create(&threads[5], NULL, receives, (void *)(intptr_t)quiet[1]) == 0);
	/* as many as fit in some seconds: how long one takes depends much on the machine */
	const time_t begin = time(NULL);
	for (int i = 0; i < 500 && (i < 60 || time(NULL) - begin < 10); i++)
		leakscope_snapshot("transfer");
	over = 1;
	for (int i = 0; i < 6; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	puts("done");
	return 0;
}
