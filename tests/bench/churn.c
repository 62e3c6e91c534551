/* SPDX-License-Identifier: MIT */
/*
 * Allocation churn for the benchmark: several threads, 20 frames deep, sizes 16
 * to 4096, and a known number of planted leaks.
 *
 * usage: churn [OPERATIONS [THREADS [LEAKS]]]
 *
 * It behaves like a server: each thread goes down a stable outer half of the
 * stack, and from there serves requests, each of which goes down one of 24 inner
 * routes to a leaf that replaces blocks of a window of live ones.  Frames come in
 * four sizes, and a route asks for four block sizes, as a program's structs would
 * (with sizes at random, heaptrack's interpreter alone needs a minute and a half,
 * and the comparison would say nothing).  All window blocks are freed at the end; THREADS x LEAKS blocks of
 * 40 bytes stay behind.  An operation is one malloc and one free.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WINDOW 512
#define OUTER 7     /* frames from the thread's function to the server loop */
#define INNER 8     /* from there to the leaf; with the leaf and main, 20 in all */
#define REQUESTS 64 /* served before the outer half changes */
#define BURST 5     /* operations in a leaf */
#define ROUTES 24

struct worker {
	uint64_t random;
	uint64_t route; /* of the request being served */
	long left;      /* operations */
	int leaks;
	pthread_t thread;
	void *window[WINDOW];
};

typedef unsigned frame(struct worker *w, unsigned depth, uint64_t route, int inner);
static frame tiny, small, medium, large;
static frame *const frames[4] = {tiny, small, medium, large};

static uint64_t draw(struct worker *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 16 to 4096, small ones more often. */
static size_t size_for(uint64_t r)
{
	unsigned shift = 4 + (unsigned)(r % 8);
	size_t size = ((size_t)1 << shift) + ((r >> 8) & (((size_t)1 << shift) - 1));
	return size > 4096 ? 4096 : size;
}

static __attribute__((noinline)) unsigned replace(struct worker *w)
{
	uint64_t r = draw(w);
	void **slot = &w->window[r % WINDOW];
	free(*slot);
	char *block = malloc(size_for((w->route + (r >> 40) % 4) * 0xd6e8feb86659fd93u >> 24));
	if (!block)
		abort();
	*(volatile char *)block = (char)r;
	*slot = block;
	w->left--;
	return (unsigned)r & 1;
}

static __attribute__((noinline)) unsigned leaf(struct worker *w)
{
	unsigned sum = 0;
	for (int i = 0; i < BURST; i++)
		sum += replace(w);
	return sum;
}

static __attribute__((noinline)) unsigned serve(struct worker *w)
{
	unsigned sum = 0;
	for (int i = 0; i < REQUESTS && w->left > 0; i++) {
		uint64_t route = (draw(w) % ROUTES + 1) * 0x9e3779b97f4a7c15u >> 13;
		w->route = route;
		sum += frames[route & 3](w, INNER - 1, route >> 2, 1);
	}
	return sum;
}

static inline unsigned next_frame(struct worker *w, unsigned depth, uint64_t route, int inner)
{
	if (depth)
		return frames[route & 3](w, depth - 1, route >> 2, inner);
	return inner ? leaf(w) : serve(w);
}

/* The write after the call keeps it from becoming a jump. */
#define FRAME(name, bytes)                                                                         \
	static __attribute__((noinline)) unsigned name(struct worker *w, unsigned depth,           \
						       uint64_t route, int inner)                  \
	{                                                                                          \
		volatile char pad[bytes];                                                          \
		pad[0] = (char)depth;                                                              \
		unsigned sum = next_frame(w, depth, route, inner);                                 \
		pad[(bytes)-1] = (char)sum;                                                        \
		return sum + (unsigned)pad[0];                                                     \
	}
FRAME(tiny, 8)
FRAME(small, 24)
FRAME(medium, 72)
FRAME(large, 200)

static __attribute__((noinline)) void forget(void)
{
	void *volatile block = malloc(40);
	block = NULL;
	(void)block;
}

static void *work(void *argument)
{
	struct worker *w = argument;
	unsigned sum = 0;
	while (w->left > 0) {
		uint64_t route = draw(w) % 12 * 0x2545f4914f6cdd1du >> 9;
		sum += frames[route & 3](w, OUTER - 1, route >> 2, 0);
	}
	for (int i = 0; i < w->leaks; i++)
		forget();
	for (int i = 0; i < WINDOW; i++)
		free(w->window[i]);
	w->random += sum; /* used, so that the calls are made */
	return NULL;
}

static long number(char **argv, int argc, int i, long fallback)
{
	return i < argc ? strtol(argv[i], NULL, 10) : fallback;
}

int main(int argc, char **argv)
{
	long operations = number(argv, argc, 1, 2000000);
	long threads = number(argv, argc, 2, 4), leaks = number(argv, argc, 3, 50);
	struct timespec from, to;
	struct worker *workers = calloc((size_t)threads, sizeof(*workers));

	if (threads < 1 || leaks < 0 || !workers)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (long i = 0; i < threads; i++) {
		workers[i].random = (uint64_t)i * 7919 + 1;
		workers[i].left = operations / threads;
		workers[i].leaks = (int)leaks;
		if (i && pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 2;
	}
	work(&workers[0]);
	for (long i = 1; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	clock_gettime(CLOCK_MONOTONIC, &to);
	free(workers);
	double seconds =
		(double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
	printf("seconds=%.4f operations=%ld planted=%ld\n", seconds, operations, threads * leaks);
	return 0;
}
