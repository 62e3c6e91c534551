/* SPDX-License-Identifier: MIT */
/*
 * __lsan_register_root_region: part of a lost block is declared a root; what that
 * part points to is reachable, what the rest points to comes with the leak. A region that
 * is taken back is none.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak holder bytes=1000 blocks=1 kind=definite frames=build:holder,main
 * expect: leak inside bytes=50 blocks=1 kind=reachable frames=build:inside,main
 * expect: leak outside bytes=60 blocks=1 kind=indirect frames=build:outside,main
 * expect: leak back bytes=70 blocks=1 kind=indirect frames=build:back,main
 */
#include "scan_lsan.h"

static NOINLINE void build(void)
{
	void **holder = calloc(125, sizeof(void *)); /* LEAK:holder */
	holder[10] = malloc(50);                     /* LEAK:inside */
	holder[50] = malloc(60);                     /* LEAK:outside */
	holder[90] = malloc(70);                     /* LEAK:back */
	LSAN(__lsan_register_root_region, holder + 8, 8 * sizeof(void *));
	LSAN(__lsan_register_root_region, holder + 80, 20 * sizeof(void *));
	LSAN(__lsan_unregister_root_region, holder + 80, 20 * sizeof(void *));
	keep(holder);
}

int main(void)
{
	build();
	wipe();
	return 0;
}
