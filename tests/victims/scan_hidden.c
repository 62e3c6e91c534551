/* SPDX-License-Identifier: MIT */
/*
 * Pointers that are no pointers any more: masked, cut in halves, overwritten, not
 * aligned, or lost by realloc.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak masked bytes=11 blocks=1 kind=definite frames=lose:masked,main
 * expect: leak halves bytes=22 blocks=1 kind=definite frames=lose:halves,main
 * expect: leak overwritten bytes=33 blocks=1 kind=definite frames=lose:overwritten,main
 * expect: leak kept bytes=34 blocks=1 kind=reachable frames=lose:kept,main
 * expect: leak crooked bytes=44 blocks=1 kind=definite frames=lose:crooked,main
 * expect: leak grown bytes=5000 blocks=1 kind=definite frames=lose:grown,main
 */
#include "scan.h"

static volatile uint64_t masked;
static volatile struct {
	uint32_t low, one, high, two;
} halves;
static void *volatile held;
static struct {
	char before;
	char bytes[sizeof(void *)];
} __attribute__((packed, aligned(16))) crooked;

static NOINLINE void lose(void)
{
	masked = HIDE(malloc(11));          /* LEAK:masked */
	uint64_t p = (uintptr_t)malloc(22); /* LEAK:halves */
	halves.low = (uint32_t)p;
	halves.one = halves.two = UINT32_MAX;
	halves.high = (uint32_t)(p >> 32);
	held = malloc(33);    /* LEAK:overwritten */
	held = malloc(34);    /* LEAK:kept */
	void *c = malloc(44); /* LEAK:crooked */
	memcpy(crooked.bytes, &c, sizeof(c));
	keep(&crooked);
	void *small = malloc(10);
	keep(realloc(small, 5000)); /* LEAK:grown */
}

int main(void)
{
	lose();
	wipe();
	return 0;
}
