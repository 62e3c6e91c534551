/* SPDX-License-Identifier: MIT */
/*
 * C: a plain function, static ones, inlined calls, a library's internal name
 * with its public alias, names mangled by Rust compilers.
 *
 * EXPECT plain: plain_function @plain
 * EXPECT static: static_function @static
 * EXPECT inlined: innermost @innermost <- middle @middle <- outer @outer
 * EXPECT twice1: once_more @once <- twice @twice1
 * EXPECT twice2: once_more @once <- twice @twice2
 * EXPECT block: in_block @block <- with_blocks @in_block
 * EXPECT public: public_name @public
 * EXPECT legacy: store::Queue<T>::push @legacy
 * EXPECT v0: mycrate::grow @v0
 * EXPECT main: main @main
 */
#include "probe.h"

NOINLINE void plain_function(void)
{
	probe("plain"); /* @plain */
	KEEP();
}

static NOINLINE void static_function(void)
{
	probe("static"); /* @static */
	KEEP();
}

static INLINE void innermost(void)
{
	probe("inlined"); /* @innermost */
	KEEP();
}

static INLINE void middle(void)
{
	KEEP();
	innermost(); /* @middle */
	KEEP();
}

NOINLINE void outer(void)
{
	KEEP();
	middle(); /* @outer */
	KEEP();
}

static INLINE void once_more(const char *name)
{
	probe(name); /* @once */
	KEEP();
}

NOINLINE void twice(void)
{
	once_more("twice1"); /* @twice1 */
	once_more("twice2"); /* @twice2 */
}

static INLINE void in_block(int n)
{
	if (n > 2) {
		int twice_n = 2 * n;

		__asm__ volatile("" ::"r"(twice_n));
		probe("block"); /* @block */
		KEEP();
	}
}

NOINLINE void with_blocks(volatile int *n)
{
	for (int i = 0; i < *n; i++) {
		int squared = i * i;

		if (squared == 9) {
			int left = squared - i;

			in_block(left); /* @in_block */
		}
	}
}

void __lib_public_name(void);
extern __typeof(__lib_public_name) public_name __attribute__((alias("__lib_public_name")));

NOINLINE void __lib_public_name(void)
{
	probe("public"); /* @public */
	KEEP();
}

void rust_legacy(void) __asm__("_ZN5store14Queue$LT$T$GT$4push17h0123456789abcdefE");
NOINLINE void rust_legacy(void)
{
	probe("legacy"); /* @legacy */
	KEEP();
}

void rust_v0(void) __asm__("_RNvC7mycrate4grow");
NOINLINE void rust_v0(void)
{
	probe("v0"); /* @v0 */
	KEEP();
}

int main(void)
{
	volatile int n = 4;

	plain_function();
	static_function();
	outer();
	twice();
	with_blocks(&n);
	public_name();
	rust_legacy();
	rust_v0();
	probe("main"); /* @main */
	KEEP();
	return 0;
}
