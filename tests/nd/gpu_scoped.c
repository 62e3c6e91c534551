/* SPDX-License-Identifier: MIT */
/*
 * Run under leakscope by gpu_scopes.py: managers on a GPU.  "leak": each of three
 * batches leaves one array to the epoch, and the epoch is never closed.
 */
#include <leakscope/nd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) != ND_OK) {                                                             \
			printf("%s: %s\n", #call, nd_last_error());                                \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static void run_batch(nd_manager *epoch, bool leak)
{
	nd_manager *batch;
	nd_array *x, *y, *kept;

	MUST(nd_manager_new_sub(epoch, "batch", &batch));
	MUST(nd_arange(batch, ND_F32, 0, 1000, 1, &x));
	MUST(nd_square(x, &y));
	MUST(nd_sqrt(y, &kept)); /* the leak */
	if (leak)
		MUST(nd_manager_ret(kept));
	MUST(nd_manager_close(batch));
}

int main(int argc, char **argv)
{
	bool leak = argc > 1 && !strcmp(argv[1], "leak");
	nd_manager *base, *epoch;

	MUST(nd_manager_new_base("train", &base));
	MUST(nd_manager_new_sub_on(base, "epoch", nd_gpu(0), &epoch));
	for (int i = 0; i < 3; i++)
		run_batch(epoch, leak);
	if (!leak)
		MUST(nd_manager_close(base));
	return 0;
}
