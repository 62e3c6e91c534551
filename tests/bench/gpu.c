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
 * change each time.  Prints a line PATTERN THREADS DEPTH NS for each, the best of
 * many short repetitions, as processor time per pair: it is the driver's lock, and other
 * programs, that make the others longer.
 */
#define PROGRAM "gpu"
#define WINDOW 256
#define REPEAT 25
typedef unsigned long long block;
#include "pairs.h"

#include <dlfcn.h>
#include <unistd.h>

static int (*cu_alloc)(block *, size_t);
static int (*cu_free)(block);
static int (*cu_set_current)(void *);
static void *context;

static void die(const char *what)
{
	fprintf(stderr, "gpu: %s\n", what);
	exit(2);
}

static NOINLINE void pairs(struct job *j, long count)
{
	if (j->pattern == SAME) {
		for (long i = 0; i < count; i++) {
			block p;
			if (cu_alloc(&p, 4096) || cu_free(p))
				die("a call of the driver failed");
		}
		return;
	}
	for (long i = 0; i < count; i++) {
		block *slot = &j->window[draw(j) % WINDOW];
		if ((*slot && cu_free(*slot)) || cu_alloc(slot, 4096))
			die("a call of the driver failed");
	}
}

static void begin_thread(void)
{
	if (cu_set_current(context))
		die("cuCtxSetCurrent failed");
}

static void give_back(block b)
{
	if (b)
		cu_free(b);
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
	long count = 4000;
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
