/* SPDX-License-Identifier: MIT */
/*
 * The C++ form, an object that disables in its constructor and enables again in its
 * destructor, around a singleton that is never destroyed.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak lost bytes=30 blocks=1 kind=definite top=operator%new.* frames=build:lost,main
 * expect: summary definite.blocks=1 indirect.blocks=0 possible.blocks=0
 */
#include "scan_lsan.h"
#include <vector>

struct disabler {
	disabler() { LSAN(__lsan_disable); }
	~disabler() { LSAN(__lsan_enable); }
};

static NOINLINE void build()
{
	{
		disabler here;
		keep(new std::vector<long>(100));
	}
	keep(new char[30]); /* LEAK:lost */
}

int main()
{
	build();
	wipe();
	return 0;
}
