/* SPDX-License-Identifier: MIT */
/*
 * Nanoseconds per cuMemAlloc/cuMemFree pair at a given stack depth, bare or under
 * whatever is preloaded.  The driver is the libcuda.so.1 that the loader finds; the
 * functions are looked up as libcudart does it.
 *
 * usage: gpu [-n PAIRS] [-d DEPTH,…] [-t THREADS,…] [-p PATTERN,…]
 *
 * Patterns: `same` allocates and frees at once from one stack, `window` replaces blocks
 * of a window of 256 live ones, `vary` does that from stacks whose last three frames
 * change each time.  Prints a line PATTERN THREADS DEPTH NS for each, the best of five
 * repetitions, as processor time per pair.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 256
#define REPEAT 5
#define NOINLINE __attribute__((noinline))

enum pattern { SAME, WINDOWED, VARY, PATTERNS };
static const char *const pattern_names[PATTERNS] = {"same", "window", "vary"};

typedef unsigned long long address;
static int (*cu_alloc)(address *, size_t);
static int (*cu_free)(address);
static int (*cu_set_current)(void *);
static void *context;

struct job {
	enum pattern pattern;
	int depth;
	long pairs;
	uint64_t random;
	double ns; /* the best repetition */
	pthread_t thread;
	address window[WINDOW];
};

static void die(const char *what)
{
	fprintf(stderr, "gpu: %s\n", what);
	exit(2);
}

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
			address p;
			if (cu_alloc(&p, 4096) || cu_free(p))
				die("a call of the driver failed");
		}
		return;
	}
	for (long i = 0; i < count; i++) {
		address *slot = &j->window[draw(j) % WINDOW];
		if ((*slot && cu_free(*slot)) || cu_alloc(slot, 4096))
			die("a call of the driver failed");
	}
}

typedef int step(struct job *j, int left, uint64_t route);
static step left_step, right_step;

/* Go down DEPTH frames; with `vary` the last three are gone down anew for each pair. */
static int descend(struct job *j, int left, uint64_t route)
{
	int loop = j->pattern == VARY ? 3 : 0;
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
	if (cu_set_current(context))
		die("cuCtxSetCurrent failed");
	for (int i = 0; i < REPEAT; i++) {
		pthread_barrier_wait(&barrier);
		double from = thread_ns();
		descend(j, j->depth, 0);
		double ns = thread_ns() - from;
		if (ns < j->ns)
			j->ns = ns;
	}
	for (int i = 0; i < WINDOW; i++)
		if (j->window[i])
			cu_free(j->window[i]);
	return NULL;
}

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

static int numbers(char *text, int *to, int room)
{
	int n = 0;
	char *save = NULL;
	for (char *word = strtok_r(text, ",", &save); word && n < room;
	     word = strtok_r(NULL, ",", &save)) {
		to[n] = atoi(word);
		if (to[n++] < 1)
			die("a depth or a number of threads is not positive");
	}
	return n;
}

static void start(void)
{
	void *cuda = dlopen("libcuda.so.1", RTLD_NOW);
	if (!cuda)
		die(dlerror());
	int (*find)(const char *, void **, int, uint64_t, int *);
	int (*init)(unsigned) = NULL;
	int (*create)(void **, void *, unsigned, int) = NULL;
	*(void **)&find = dlsym(cuda, "cuGetProcAddress_v2");
	if (!find || find("cuInit", (void **)&init, 2000, 0, NULL) ||
	    find("cuCtxCreate", (void **)&create, 12050, 0, NULL) ||
	    find("cuMemAlloc", (void **)&cu_alloc, 3020, 0, NULL) ||
	    find("cuMemFree", (void **)&cu_free, 3020, 0, NULL) ||
	    find("cuCtxSetCurrent", (void **)&cu_set_current, 4000, 0, NULL))
		die("the driver lacks a function");
	if (init(0) || create(&context, NULL, 0, 0))
		die("no context");
}

int main(int argc, char **argv)
{
	int depths[16] = {10, 5, 20, 60}, threads[16] = {1, 4}, depth_count = 4, thread_count = 2;
	const char *wanted = "same,window,vary";
	long count = 20000;
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
		fprintf(stderr, "usage: gpu [-n PAIRS] [-d DEPTH,...] [-t THREADS,...] "
				"[-p PATTERN,...]\n");
		return 2;
	}
	start();
	for (int p = 0; p < PATTERNS; p++) {
		if (!strstr(wanted, pattern_names[p]))
			continue;
		for (int t = 0; t < thread_count; t++)
			for (int d = 0; d < depth_count; d++)
				printf("%s %d %d %.1f\n", pattern_names[p], threads[t], depths[d],
				       measure((enum pattern)p, depths[d], threads[t], count));
	}
	return 0;
}
