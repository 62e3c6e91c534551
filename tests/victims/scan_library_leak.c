/* SPDX-License-Identifier: MIT */
/*
 * A library leaks, a constructor keeps, and a library's destructor, which runs after the
 * program's, frees what was held until then: that is no leak.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -L{build} -lstore -Wl,-rpath,{build}
 * part: libstore.so from=scan_store.c
 * gate: fail
 * expect: leak lost bytes=44 blocks=1 kind=definite frames=store_lose:lost,main
 * expect: leak early bytes=33 blocks=1 kind=reachable frames=store_begin:early
 * expect: totals live_blocks=2 live_bytes=77
 */
#include "scan.h"

void store_lose(size_t size);
void store_add(size_t size);

int main(void)
{
	store_lose(44);
	NO_TAIL();
	for (int i = 0; i < 100; i++)
		store_add(20);
	wipe();
	return 0;
}
