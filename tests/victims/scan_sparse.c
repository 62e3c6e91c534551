/* SPDX-License-Identifier: MIT */
/*
 * A block of 3 GiB that was never touched but for one word, a mapping of 64 GiB and a file
 * of 4 GiB with one word each: the scan reads what is there, neither fills the memory
 * nor takes long.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak block bytes=3221225472 blocks=1 kind=reachable frames=build:block,main
 * expect: leak deep bytes=11 blocks=1 kind=reachable frames=build:deep,main
 * expect: leak mapped bytes=22 blocks=1 kind=reachable frames=build:mapped,main
 * expect: leak file bytes=33 blocks=1 kind=reachable frames=build:file,main
 * expect: overhead scan_pause_s<=0.5
 */
#include "scan.h"
#include <fcntl.h>
#include <leakscope/leakscope.h>
#include <sys/mman.h>

static void **volatile block;

static NOINLINE void build(void)
{
	size_t gib = (size_t)1 << 30;
	block = calloc(3, gib); /* LEAK:block */
	CHECK(block);
	block[200000000] = malloc(11); /* LEAK:deep */
	void **memory = mmap(NULL, 64 * gib, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(memory != MAP_FAILED);
	memory[5000000000] = malloc(22); /* LEAK:mapped */
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && ftruncate(fd, (off_t)(4 * gib)) == 0);
	memory = mmap(NULL, 4 * gib, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
	CHECK(memory != MAP_FAILED);
	memory[300000000] = malloc(33); /* LEAK:file */
	CHECK(unlink("file") == 0);
	close(fd);
}

int main(void)
{
	build();
	wipe();
	leakscope_snapshot("once");
	leakscope_snapshot("twice");
	return 0;
}
