/* SPDX-License-Identifier: MIT */
/*
 * Two objects that own each other by shared_ptr: the cycle is one leak, and a copy in
 * one global keeps all of such a cycle.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak kept_a bytes=72 blocks=2 entries=2 kind=reachable top=operator%new frames=pair:a,build:kept
 * expect: leak kept_b bytes=72 blocks=2 entries=2 kind=reachable top=operator%new frames=pair:b,build:kept
 * expect: summary definite.blocks=1 indirect.blocks=3 reachable.blocks>=4 possible.blocks=0
 * expect: leak all_a bytes=144 blocks=4 entries=4 top=operator%new frames=pair:a,build
 * expect: leak all_b bytes=144 blocks=4 entries=4 top=operator%new frames=pair:b,build
 */
#include "scan.h"
#include <memory>

struct node {
	std::shared_ptr<node> other;
	long rest[4] = {0, 0, 0, 0};
};
static std::shared_ptr<node> *volatile kept;

static NOINLINE std::shared_ptr<node> pair()
{
	std::shared_ptr<node> a(new node); /* LEAK:a */
	std::shared_ptr<node> b(new node); /* LEAK:b */
	a->other = b;
	b->other = a;
	return a;
}

static NOINLINE void build()
{
	pair();
	static char place[sizeof(*kept)] __attribute__((aligned(16)));
	kept = new (place) std::shared_ptr<node>(pair()); /* AT:kept */
}

int main()
{
	build();
	wipe();
	return 0;
}
