/* SPDX-License-Identifier: MIT */
/*
 * The threads of a block, one after the other, or (with barriers) by turns on
 * stacks of their own: each runs to its next barrier, then the next one does.
 * They are entered by makecontext and switched by _setjmp and _longjmp, which
 * ask nothing of the kernel.
 */
#include "twin.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#define STACK ((size_t)64 << 10)
#define MOST 1024 /* threads of a block */

thread_local twin_index threadIdx, blockIdx, blockDim, gridDim;

struct fiber {
	jmp_buf at;
	ucontext_t first;
	bool started, done;
};

struct block {
	fiber *fibers;
	char *stacks;
	jmp_buf turns; /* where the turns are given */
	unsigned current;
	void (*body)(const void *);
	const void *context;
};

static thread_local block running;

static void begin()
{
	running.body(running.context);
	running.fibers[running.current].done = true;
	_longjmp(running.turns, 1);
}

void __syncthreads()
{
	if (!_setjmp(running.fibers[running.current].at))
		_longjmp(running.turns, 1);
}

static twin_index index_of(unsigned i, const unsigned size[3])
{
	return {i % size[0], i / size[0] % size[1], i / size[0] / size[1]};
}

/* The turn of fiber I, until its next barrier or its end; a frame of its own, to be jumped back to. */
__attribute__((noinline)) static void turn(unsigned i, const unsigned size[3])
{
	fiber &f = running.fibers[i];

	running.current = i;
	threadIdx = index_of(i, size);
	if (_setjmp(running.turns))
		return;
	if (f.started)
		_longjmp(f.at, 1);
	f.started = true;
	setcontext(&f.first);
}

static void prepare(fiber &f, char *stack)
{
	f.started = f.done = false;
	getcontext(&f.first);
	f.first.uc_stack.ss_sp = stack;
	f.first.uc_stack.ss_size = STACK;
	f.first.uc_link = nullptr;
	makecontext(&f.first, begin, 0);
}

static void run_by_turns(const unsigned size[3], unsigned count)
{
	unsigned left = count;

	for (unsigned i = 0; i < count; i++)
		prepare(running.fibers[i], running.stacks + i * STACK);
	while (left) {
		for (unsigned i = 0; i < count; i++) {
			if (running.fibers[i].done)
				continue;
			turn(i, size);
			left -= running.fibers[i].done;
		}
	}
}

void twin_run(const struct simcuda_launch *launch, bool synchronises, void (*body)(const void *),
	      const void *context)
{
	const unsigned *grid = launch->grid, *size = launch->block;
	unsigned blocks = grid[0] * grid[1] * grid[2], count = size[0] * size[1] * size[2];

	if (count > MOST) {
		fprintf(stderr, "twins: a block of %u threads\n", count);
		abort();
	}
	gridDim = {grid[0], grid[1], grid[2]};
	blockDim = {size[0], size[1], size[2]};
	if (synchronises) {
		void *stacks = mmap(nullptr, count * STACK, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		running.fibers = (fiber *)calloc(count, sizeof(fiber));
		if (!running.fibers || stacks == MAP_FAILED) {
			fprintf(stderr, "twins: no memory for %u threads\n", count);
			abort();
		}
		running.stacks = (char *)stacks;
		running.body = body;
		running.context = context;
	}
	for (unsigned b = 0; b < blocks; b++) {
		blockIdx = index_of(b, grid);
		if (synchronises) {
			run_by_turns(size, count);
			continue;
		}
		for (unsigned i = 0; i < count; i++) {
			threadIdx = index_of(i, size);
			body(context);
		}
	}
	if (synchronises) {
		munmap(running.stacks, count * STACK);
		free(running.fibers);
	}
}
