/* SPDX-License-Identifier: MIT */
/* A program with one leak that ends with status 4; started by other victims. */
#include "../victim.h"

static NOINLINE void leaky_leak(void)
{
	keep(malloc(111)); /* LEAK:leaky */
}

int main(int argc, char **argv)
{
	leaky_leak();
	if (argc > 1)
		say("%s\n", argv[1]);
	return 4;
}
