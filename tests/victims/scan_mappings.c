/* SPDX-License-Identifier: MIT */
/*
 * Pointers that are only in memory the program has mapped itself: private, shared,
 * of a memfd, of a file, of System V, and one that it has made read-only.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak private bytes=11 blocks=1 kind=reachable frames=fill:private,main
 * expect: leak shared bytes=22 blocks=1 kind=reachable frames=fill:shared,main
 * expect: leak memfd bytes=33 blocks=1 kind=reachable frames=fill:memfd,main
 * expect: leak file bytes=44 blocks=1 kind=reachable frames=fill:file,main
 * expect: leak segment bytes=66 blocks=1 kind=reachable frames=fill:segment,main
 * expect: leak sealed bytes=55 blocks=1 kind=reachable frames=fill:sealed,main
 */
#include "scan.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/shm.h>

#define SIZE 65536

static NOINLINE void **map(int flags, int fd)
{
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
	CHECK(memory != MAP_FAILED);
	return (void **)(memory + SIZE / 2);
}

static NOINLINE void fill(void)
{
	*map(MAP_PRIVATE | MAP_ANONYMOUS, -1) = malloc(11); /* LEAK:private */
	*map(MAP_SHARED | MAP_ANONYMOUS, -1) = malloc(22);  /* LEAK:shared */
	int fd = memfd_create("victim", 0);
	CHECK(fd >= 0 && ftruncate(fd, SIZE) == 0);
	*map(MAP_SHARED, fd) = malloc(33); /* LEAK:memfd */
	close(fd);
	fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && ftruncate(fd, SIZE) == 0);
	*map(MAP_PRIVATE, fd) = malloc(44); /* LEAK:file */
	close(fd);
	int segment = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
	CHECK(segment >= 0);
	void **attached = shmat(segment, NULL, 0);
	CHECK(attached != (void *)-1 && shmctl(segment, IPC_RMID, NULL) == 0);
	attached[100] = malloc(66); /* LEAK:segment */
	void **sealed = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	*sealed = malloc(55); /* LEAK:sealed */
	CHECK(mprotect((char *)sealed - SIZE / 2, SIZE, PROT_READ) == 0);
}

int main(void)
{
	fill();
	wipe();
	return 0;
}
