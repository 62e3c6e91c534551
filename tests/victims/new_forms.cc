/* SPDX-License-Identifier: MIT */
/*
 * nothrow, aligned and sized forms of new and delete.
 *
 * cflags: -fsized-deallocation
 * expect: leak nothrow bytes=12 blocks=1 top=operator%new.* frames=main:nothrow
 * expect: leak aligned bytes=256 blocks=1 top=operator%new frames=main:aligned
 */
#include "victim.h"
#include <new>

struct alignas(128) wide {
	char bytes[256];
};

int main()
{
	keep(new (std::nothrow) char[12]); /* LEAK:nothrow */
	void *p = keep(new wide);          /* LEAK:aligned */
	CHECK((reinterpret_cast<uintptr_t>(p) & 127) == 0);
	delete static_cast<wide *>(keep(new wide));
	::operator delete(keep(::operator new(48)), static_cast<size_t>(48));
	::operator delete[](keep(::operator new[](64, std::align_val_t(64))), std::align_val_t(64));
	::operator delete(keep(::operator new(20, std::nothrow)), std::nothrow);
	return 0;
}
