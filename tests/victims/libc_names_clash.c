/* SPDX-License-Identifier: MIT */
/*
 * A program that defines functions with the names of common libc ones (as some
 * do): the shim calls its own or raw system calls, never these.
 *
 * cflags: -rdynamic -fno-builtin -Wno-nonnull
 * variants: gcc:-O0
 * expect: leak kept bytes=64 blocks=1 frames=main:kept
 */
#include "victim.h"
#include <sys/mman.h>
#include <sys/stat.h>

static volatile int watching;

#define TRAP(name)                                                                                 \
	do {                                                                                       \
		if (watching)                                                                      \
			complain("somebody called " #name "\n");                                   \
	} while (0)

int fstat(int fd, struct stat *st);
int fstat(int fd, struct stat *st)
{
	(void)fd, (void)st;
	TRAP(fstat);
	errno = ENOSYS;
	return -1;
}

pid_t gettid(void)
{
	TRAP(gettid);
	return -1;
}

int usleep(useconds_t n)
{
	(void)n;
	TRAP(usleep);
	return 0;
}

int sched_yield(void)
{
	TRAP(sched_yield);
	return 0;
}

int main(void)
{
	watching = 1;
	keep(malloc(64)); /* LEAK:kept */
	for (int i = 0; i < 5000; i++)
		free(keep(malloc(64)));
	watching = 0;
	return 0;
}
