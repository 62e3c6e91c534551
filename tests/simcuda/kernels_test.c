/* SPDX-License-Identifier: MIT */
/* Kernels' twins for the tests of the simulated driver. */
#include "simcuda.h"

/* p[i] = p[i] * factor + index of the block, for i < n */
static void scale(const struct simcuda_launch *l)
{
	float *p = *(float **)l->params[0], factor = *(float *)l->params[1];
	unsigned n = *(unsigned *)l->params[2];
	for (unsigned b = 0; b < l->grid[0]; b++) {
		for (unsigned t = 0; t < l->block[0]; t++) {
			unsigned i = b * l->block[0] + t;
			if (i < n)
				p[i] = p[i] * factor + (float)b;
		}
	}
}

static void nothing(const struct simcuda_launch *l)
{
	(void)l;
}

__attribute__((visibility("default"))) int ticks; /* for the test to look at */

static void tick(const struct simcuda_launch *l)
{
	(void)l;
	ticks++;
}

const struct simcuda_kernel simcuda_kernels[] = {{"scale", scale},
						 {"_Z5scalePffj", scale},
						 {"not_in_the_text", nothing},
						 {"tick", tick},
						 {NULL, NULL}};
