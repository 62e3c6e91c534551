/* SPDX-License-Identifier: MIT */
/*
 * A vector of owners in a global: all that it owns is reachable. Of one of which only
 * a pointer to an element is left, all is possibly lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak buffer bytes=800 blocks=1 kind=reachable top=operator%new frames=build:buffer,main
 * expect: leak owned bytes=2400 blocks=100 kind=reachable entries>=1 top=operator%new frames=build:owned,main
 * expect: leak moved bytes=1600 blocks=1 kind=possible top=operator%new frames=build:moved,main
 * expect: leak inner bytes=4800 blocks=200 kind=possible entries>=1 top=operator%new frames=build:inner,main
 */
#include "scan.h"
#include <memory>
#include <vector>

struct thing {
	long values[3] = {0, 0, 0};
};
typedef std::vector<std::unique_ptr<thing>> vector;
alignas(vector) static char first[sizeof(vector)], other[sizeof(vector)];
static std::unique_ptr<thing> *volatile begin, *volatile element;

static NOINLINE void build()
{
	auto *owners = new (first) vector;
	owners->reserve(100); /* LEAK:buffer */
	for (int i = 0; i < 100; i++)
		owners->emplace_back(new thing); /* LEAK:owned */
	begin = owners->data();
	memset(first, 0, sizeof(first));
	owners = new (other) vector;
	owners->reserve(200); /* LEAK:moved */
	for (int i = 0; i < 200; i++)
		owners->emplace_back(new thing); /* LEAK:inner */
	element = owners->data() + 77;
	memset(other, 0, sizeof(other));
}

int main()
{
	build();
	wipe();
	return 0;
}
