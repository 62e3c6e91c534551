/* SPDX-License-Identifier: MIT */
/*
 * Processor time of pairs of an allocation and its release by pattern, depth of the stack
 * and number of threads: what pair.c and gpu.c have in common.  Before it is included:
 * PROGRAM (its name), WINDOW (blocks), REPEAT, and `block`, the type of what is allocated.
 * After it: pairs(), which makes them, begin_thread() and give_back().
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
	block window[WINDOW];
};

static void pairs(struct job *j, long count);
static void begin_thread(void);
static void give_back(block b);

static uint64_t draw(struct job *j)
{
	j->random ^= j->random << 13;
	j->random ^= j->random >> 7;
	return j->random ^= j->random << 17;
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
	begin_thread();
	for (int i = 0; i < REPEAT; i++) {
		pthread_barrier_wait(&barrier);
		double from = thread_ns();
		descend(j, j->depth, 0);
		double ns = thread_ns() - from;
		if (ns < j->ns)
			j->ns = ns;
	}
	for (int i = 0; i < WINDOW; i++)
		give_back(j->window[i]);
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
			fprintf(stderr, PROGRAM ": %s: not a positive number\n", word);
			exit(2);
		}
	}
	return n;
}

#endif
