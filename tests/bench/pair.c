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
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 1024
#define REPEAT 3
#define NOINLINE __attribute__((noinline))

enum pattern { SAME, WINDOWED, VARY, DEEP, PATTERNS };
static const char *const pattern_names[PATTERNS] = {"same", "window", "vary", "deep"};

struct job {
	enum pattern pattern;
	int depth;
	long pairs;
	uint64_t random;
	double ns; /* the best repetition */
	pthread_t thread;
	void *window[WINDOW];
};

static uint64_t draw(struct job *j)
{
	j->random ^= j->random << 13;
	j->random ^= j->random >> 7;
	return j->random ^= j->random << 17;
}

static NOINLINE void pairs(struct job *j, long count)
{
	if (j->pattern == SAME) {
		for (long i = 0; i < count; i++) {
			void *volatile block = malloc(64);
			free(block);
		}
		return;
	}
	for (long i = 0; i < count; i++) {
		void **slot = &j->window[draw(j) % WINDOW];
		free(*slot);
		*slot = malloc(64);
	}
}

typedef int step(struct job *j, int left, uint64_t route);
static step left_step, right_step;

/* Go down DEPTH frames; the last LOOP of them are gone down anew for each pair. */
static int descend(struct job *j, int left, uint64_t route)
{
	int loop = j->pattern == VARY ? 3 : j->pattern == DEEP ? j->depth / 2 : 0;
	if (left == 0) {
		pairs(j, loop ? 1 : j->pairs);
		return 1;
	}
	if (loop && left == loop) {
		int sum = 0;
		for (long i = 0; i < j->pairs; i++) {
			uint64_t r = draw(j);
			sum += (r & 1 ? left_step : right_step)(j, left - 1, r >> 1);
		}
		return sum;
	}
	return (route & 1 ? left_step : right_step)(j, left - 1, route >> 1) + 1;
}

static NOINLINE int left_step(struct job *j, int left, uint64_t route)
{
	volatile char pad[24] = {0};
	return descend(j, left, route) + pad[0];
}

static NOINLINE int right_step(struct job *j, int left, uint64_t route)
{
	volatile char pad[88] = {0};
	/* the mask bounds the number of different stacks */
	return descend(j, left, route & 15) + pad[0];
}

static pthread_barrier_t barrier;

static double thread_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *work(void *argument)
{
	struct job *j = argument;
	j->ns = 1e18;
	for (int i = 0; i < REPEAT; i++) {
		pthread_barrier_wait(&barrier);
		double from = thread_ns();
		descend(j, j->depth, 0);
		double ns = thread_ns() - from;
		if (ns < j->ns)
			j->ns = ns;
	}
	for (int i = 0; i < WINDOW; i++)
		free(j->window[i]);
	return NULL;
}

/*
 * Processor time that a pair takes while THREADS threads are at it: other
 * programs disturb it less than wall time, and spinning shows in it.
 */
static double measure(enum pattern pattern, int depth, int threads, long count)
{
	struct job *jobs = calloc((size_t)threads, sizeof(*jobs));
	double sum = 0;

	if (!jobs || pthread_barrier_init(&barrier, NULL, (unsigned)threads))
		exit(2);
	for (int i = 0; i < threads; i++) {
		jobs[i].pattern = pattern;
		jobs[i].depth = depth;
		jobs[i].pairs = count;
		jobs[i].random = 88172645463325252u + (uint64_t)i;
		if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]))
			exit(2);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(jobs[i].thread, NULL);
		sum += jobs[i].ns;
	}
	pthread_barrier_destroy(&barrier);
	free(jobs);
	return sum / ((double)count * threads);
}

/* The numbers of a list such as 5,20,60. */
static int numbers(char *text, int *to, int room)
{
	int n = 0;
	char *save = NULL;
	for (char *word = strtok_r(text, ",", &save); word && n < room;
	     word = strtok_r(NULL, ",", &save)) {
		to[n] = atoi(word);
		if (to[n++] < 1) {
			fprintf(stderr, "pair: %s: not a positive number\n", word);
			exit(2);
		}
	}
	return n;
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
