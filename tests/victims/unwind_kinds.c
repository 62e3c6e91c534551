/* SPDX-License-Identifier: MIT */
/*
 * Twenty thousand stacks of functions of every kind of frame, drawn at random, up to far
 * beyond the depth that is kept: the fast unwinder and libunwind agree on each.
 *
 * cflags: -Wno-infinite-recursion -Wno-alloca
 * variants: gcc:-O0,gcc:-O2,gcc:-O2+-fno-omit-frame-pointer,gcc:-O3+-fno-pie+-no-pie,clang:-O0,clang:-O2
 * options: verify_unwind=1
 * expect: no-leak
 * expect: note~^0 backtraces of the fast unwinder differ from libunwind's, of [0-9]{5,} compared$
 */
#include "victim.h"
#include <alloca.h>

static uint64_t seed = 88172645463325252u;

static unsigned draw(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static int down(int left);

static NOINLINE void leaf(void)
{
	free(keep(malloc(draw(100) + 1)));
	NO_TAIL();
}

static NOINLINE int plain(int left)
{
	return down(left) + 1;
}

static NOINLINE int roomy(int left)
{
	volatile char pad[200] = {0};
	return down(left) + pad[draw(200)];
}

static NOINLINE int huge(int left)
{
	volatile char pad[9000];
	pad[draw(9000)] = 1;
	return down(left) + pad[0];
}

static NOINLINE int with_alloca(int left)
{
	char *pad = alloca(draw(300) + 1);
	keep(pad);
	pad[0] = 1;
	return down(left) + pad[0];
}

static NOINLINE int aligned(int left)
{
	_Alignas(64) char pad[64];
	keep(pad);
	pad[0] = 1;
	return down(left) + pad[0];
}

/* Aligned and of a size that isn't known: no register and offset say where its frame ends. */
static NOINLINE int realigned(int left)
{
	_Alignas(64) char pad[64];
	char *more = alloca(draw(300) + 1);
	keep(pad);
	keep(more);
	pad[0] = more[0] = 1;
	return down(left) + pad[0];
}

/* Needs all registers that a called function keeps: the frame pointer is one of them. */
static NOINLINE int busy(int left)
{
	long a = draw(9), b = draw(9), c = draw(9), d = draw(9), e = draw(9), f = draw(9);
	int sum = down(left);
	__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	leaf();
	return sum + (int)(a + b * c + d * e * f);
}

static NOINLINE int many_arguments(int left, long a, long b, long c, long d, long e, long f, long g,
				   long h)
{
	return down(left) + (int)(a + b + c + d + e + f + g + h);
}

static NOINLINE int with_arguments(int left)
{
	return many_arguments(left, draw(9), 2, 3, 4, 5, draw(9), draw(9), 8);
}

static int compared_left;
static NOINLINE int compare(const void *a, const void *b)
{
	if (compared_left > 0) {
		int left = compared_left;
		compared_left = 0;
		down(left);
	}
	return *(const int *)a - *(const int *)b;
}

static NOINLINE int through_libc(int left)
{
	int word[3] = {3, 1, 2};
	compared_left = left;
	qsort(word, 3, sizeof(word[0]), compare);
	return word[0];
}

static NOINLINE int twice(int left)
{
	int half = left / 2;
	leaf();
	return down(half) + down(half);
}

static NOINLINE int early_return(int left)
{
	if (draw(4) == 0) {
		leaf();
		return 0;
	}
	char pad[64];
	keep(pad);
	return down(left) + pad[0];
}

static NOINLINE int down(int left)
{
	static int (*const kind[])(int) = {
		plain,          roomy, huge,         with_alloca,  aligned, realigned, busy,
		with_arguments, twice, through_libc, early_return, plain,   busy,      roomy};
	if (left <= 0) {
		leaf();
		return 0;
	}
	/* mostly without the frames that only libunwind can step through */
	unsigned i = draw(sizeof(kind) / sizeof(kind[0]));
	if (kind[i] == realigned && draw(8))
		i = 0;
	int sum = kind[i](left - 1);
	if (draw(2))
		leaf();
	return sum + 1;
}

int main(void)
{
	for (int i = 0; i < 2000; i++)
		down((int)draw(i % 10 == 0 ? 150 : 25));
	return 0;
}
