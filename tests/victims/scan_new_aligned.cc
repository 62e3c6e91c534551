/* SPDX-License-Identifier: MIT */
/*
 * Arrays of a type that wants 16 and 64 bytes of alignment: the count lies that far
 * before the elements, and the pointer to them holds the block.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak sixteen bytes=176 blocks=1 kind=reachable top=operator%new.* frames=build:sixteen,main
 * expect: leak sixtyfour bytes=704 blocks=1 kind=reachable top=operator%new.* frames=build:sixtyfour,main
 */
#include "scan.h"

struct alignas(16) small {
	small() : value(nullptr) {}
	~small() { keep(value); }
	void *value;
};

struct alignas(64) large {
	large() : value(nullptr) {}
	~large() { keep(value); }
	void *value;
};

static small *volatile smalls;
static large *volatile larges;

static NOINLINE void build()
{
	smalls = new small[10]; /* LEAK:sixteen */
	larges = new large[10]; /* LEAK:sixtyfour */
}

int main()
{
	build();
	wipe();
	return 0;
}
