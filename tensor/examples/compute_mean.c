/* SPDX-License-Identifier: MIT */
/*
 * A step of a service that lives long: the mean of the dot products of a few
 * vectors.  It opens a manager for its work, and then creates its arrays in the
 * caller's manager all the same; so they stay until the service ends.  Every
 * call leaves some more, which leakscope reports by manager, function and line.
 *
 *     compute_mean [--mended] [CALLS]        (100 calls by default)
 *
 * --mended creates them in the manager that the step closes.  Prints the memory
 * after each tenth of the calls.
 */
#include <leakscope/nd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(call)                                                                                \
	do {                                                                                       \
		if ((call) != ND_OK) {                                                             \
			fprintf(stderr, "compute_mean: %s\n", nd_last_error());                    \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

enum { LENGTH = 1024 };

/* The mean over LENGTH elements of x * y + 1. */
static double compute_mean(nd_manager *base, bool mended)
{
	nd_manager *step, *target;
	nd_array *x, *y, *product, *sum, *mean;
	double value;

	CHECK(nd_manager_new_sub(base, "compute_mean", &step));
	/* The fault: a manager is open for these, and they go to its parent. */
	target = mended ? step : base;
	CHECK(nd_arange(target, ND_F32, 0, LENGTH, 1, &x));
	CHECK(nd_ones(target, ND_F32, ND_SHAPE(LENGTH), &y));
	CHECK(nd_mul(x, y, &product));
	CHECK(nd_add_scalar(product, 1, &sum));
	CHECK(nd_mean(sum, ND_ALL_AXES, false, &mean));
	CHECK(nd_array_item_f64(mean, &value));
	CHECK(nd_manager_close(step));
	return value;
}

int main(int argc, char **argv)
{
	bool mended = false;
	int calls = 100, i;
	double value = 0, baseline = 0, heap = 0;
	nd_manager *base;
	nd_metrics *metrics;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--mended")) {
			mended = true;
		} else if (argv[i][0] == '-' || (calls = atoi(argv[i])) <= 0) {
			fprintf(stderr, "usage: compute_mean [--mended] [CALLS]\n");
			return 2;
		}
	}
	nd_memory_set_collect(true);
	CHECK(nd_metrics_new(&metrics));
	CHECK(nd_manager_new_base("service", &base));
	for (i = 0; i < calls; i++) {
		value = compute_mean(base, mended);
		if (i % (calls < 10 ? 1 : calls / 10))
			continue;
		CHECK(nd_memory_collect(metrics));
		if (i == 0)
			CHECK(nd_metrics_latest(metrics, "Heap", &baseline));
		printf("call %d: mean %g, ", i + 1, value);
		CHECK(nd_collect_metric(metrics, baseline, "Heap"));
	}
	CHECK(nd_memory_collect(metrics));
	CHECK(nd_metrics_latest(metrics, "Heap", &heap));
	if (calls > 1)
		printf("%d calls: %.0f KB a call\n", calls, (heap - baseline) / 1024 / (calls - 1));
	nd_metrics_free(metrics);
	/* A service's manager stays open for as long as the service runs. */
	return 0;
}
