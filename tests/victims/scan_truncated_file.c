/* SPDX-License-Identifier: MIT */
/*
 * A file that became shorter than the memory it is mapped into: reading there would be
 * SIGBUS. The scan survives it, and so does the program.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak private bytes=11 blocks=1 kind=reachable frames=build:private,main
 * expect: leak shared bytes=22 blocks=1 kind=reachable frames=build:shared,main
 */
#include "scan.h"
#include <fcntl.h>
#include <leakscope/leakscope.h>
#include <sys/mman.h>

#define SIZE 1048576

static NOINLINE void build(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && ftruncate(fd, SIZE) == 0);
	char *private = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	char *shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(private != MAP_FAILED && shared != MAP_FAILED);
	((void **)private)[1] = malloc(11); /* LEAK:private */
	((void **)shared)[2] = malloc(22);  /* LEAK:shared */
	memset(shared + SIZE / 2, 1, SIZE / 2);
	CHECK(ftruncate(fd, 4096) == 0);
	close(fd);
}

int main(void)
{
	build();
	wipe();
	leakscope_snapshot("once");
	return 0;
}
