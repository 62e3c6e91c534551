/* SPDX-License-Identifier: MIT */
/*
 * A command line of a hundred thousand bytes.
 *
 * images: any
 * expect: leak own bytes=50 blocks=1 frames=main:own
 * expect: process cmdline~argument-number-0
 */
#include "victim.h"

int main(int argc, char **argv)
{
	static char texts[2000][64];
	char *arguments[2002] = {argv[0]};
	if (argc == 1) {
		for (int i = 0; i < 2000; i++) {
			snprintf(texts[i], sizeof(texts[i]), "argument-number-%d-%030d", i, i);
			arguments[i + 1] = texts[i];
		}
		execv("/proc/self/exe", arguments);
		return 1;
	}
	CHECK(argc == 2001);
	keep(malloc(50)); /* LEAK:own */
	return 0;
}
