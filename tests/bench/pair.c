/* SPDX-License-Identifier: MIT */
/*
 * Nanoseconds per malloc/free pair at a given stack depth, bare or under whatever
 * is preloaded: the price list of the hooks.
 *
 * usage: pair [-n PAIRS] [-d DEPTH,…] [-t THREADS,…] [-p PATTERN,…]
 *
 * Patterns: `same` allocates and frees at once, always from the same stack;
 * `window` replaces blocks of a window of 1024 live ones; `vary` does that from
 * stacks whose last three frames change each time; `deep` from stacks whose
 * lower half changes each time (a few hundred different ones).  Prints the best
 * of three repetitions, as processor time per pair: with more threads than one,
 * what is above the single-threaded figure is contention.
 */
#define PROGRAM "pair"
#define WINDOW 1024
#define REPEAT 3
typedef void *block;
#include "pairs.h"

#include <unistd.h>

static NOINLINE void pairs(struct job *j, long count)
{
	if (j->pattern == SAME) {
		for (long i = 0; i < count; i++) {
			void *volatile made = malloc(64);
			free(made);
		}
		return;
	}
	for (long i = 0; i < count; i++) {
		void **slot = &j->window[draw(j) % WINDOW];
		free(*slot);
		*slot = malloc(64);
	}
}

static void begin_thread(void) {}

static void give_back(block b)
{
	free(b);
}

int main(int argc, char **argv)
{
	int depths[16] = {5, 20, 60}, threads[16] = {1, 4}, depth_count = 3, thread_count = 2;
	const char *wanted = "same,window,vary,deep";
	long count = 200000;
	int option;

	while ((option = getopt(argc, argv, "n:d:t:p:")) != -1) {
		if (option == 'n')
			count = atol(optarg);
		else if (option == 'd')
			depth_count = numbers(optarg, depths, 16);
		else if (option == 't')
			thread_count = numbers(optarg, threads, 16);
		else if (option == 'p')
			wanted = optarg;
		else
			return 2;
	}
	if (count < 1 || optind < argc) {
		fprintf(stderr, "usage: pair [-n PAIRS] [-d DEPTH,...] [-t THREADS,...] "
				"[-p PATTERN,...]\n");
		return 2;
	}
	printf("%-8s %7s", "ns/pair", "threads");
	for (int d = 0; d < depth_count; d++)
		printf("  depth %-3d", depths[d]);
	printf("\n");
	for (int p = 0; p < PATTERNS; p++) {
		if (!strstr(wanted, pattern_names[p]))
			continue;
		for (int t = 0; t < thread_count; t++) {
			printf("%-8s %7d", pattern_names[p], threads[t]);
			for (int d = 0; d < depth_count; d++) {
				printf("  %9.1f",
				       measure((enum pattern)p, depths[d], threads[t], count));
				fflush(stdout);
			}
			printf("\n");
		}
	}
	return 0;
}
