/* SPDX-License-Identifier: MIT */
/* A library that keeps blocks in its data; for the scan_ victims. */
#include "../victim.h"

/* Static: libraries that are loaded twice each have their own. */
static void *volatile in_data = (void *)1;
static void *volatile in_bss;

void holder_fill(size_t size);
__attribute__((visibility("default"))) void holder_fill(size_t size)
{
	for (int i = 0; i < 2; i++) {
		void *block = malloc(size); /* LEAK:holder */
		if (i)
			in_data = block;
		else
			in_bss = block;
	}
}
