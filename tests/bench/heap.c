/* SPDX-License-Identifier: MIT */
/*
 * A heap of blocks that hold each other, half of them in a list and half in a tree,
 * and snapshots of it: what a scan for leaks costs by the size of the heap.
 *
 * usage: heap [-k SNAPSHOTS] [-t THREADS] BLOCKS SIZE
 *
 * THREADS more threads stand by in a call.  Prints a line per snapshot: how long the
 * call took, how long until its process was done (leakscope scans in one of its own)
 * and what this process has in memory; and what there was before the first and after
 * the last.  Built for LeakSanitizer (HEAP_LSAN=1) it asks that for its check instead.
 */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#ifndef HEAP_LSAN
#define HEAP_LSAN 0
#endif
#if HEAP_LSAN
#include <sanitizer/lsan_interface.h>
#else
#include <leakscope/leakscope.h>
#endif

struct node {
	struct node *left, *right;
};
static struct node *volatile list, *volatile tree; /* written, never read */
static pthread_barrier_t ready;

static struct node *make(size_t size)
{
	struct node *n = malloc(size);
	if (!n) {
		fprintf(stderr, "heap: no memory\n");
		exit(2);
	}
	memset(n, 0x5a, size);
	n->left = n->right = NULL;
	return n;
}

static void fill(size_t count, size_t size)
{
	size_t in_tree = count / 2;
	struct node **nodes = malloc((in_tree + 1) * sizeof(*nodes)); /* until it is built */
	if (!nodes)
		exit(2);
	for (size_t i = 0; i < count; i++) {
		struct node *n = make(size);
		if (i % 2 == 0 || i / 2 >= in_tree) {
			n->left = list;
			list = n;
			continue;
		}
		size_t k = i / 2;
		struct node *up = k ? nodes[(k - 1) / 2] : NULL;
		nodes[k] = n;
		if (!up)
			tree = n;
		else if (k % 2)
			up->left = n;
		else
			up->right = n;
	}
	free(nodes);
}

static void *stand_by(void *arg)
{
	pthread_barrier_wait(&ready);
	for (;;)
		poll(NULL, 0, -1);
	return arg;
}

static void start_threads(unsigned count)
{
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 128 << 10);
	pthread_barrier_init(&ready, NULL, count + 1);
	for (unsigned i = 0; i < count; i++) {
		pthread_t t;
		if (pthread_create(&t, &small, stand_by, NULL)) {
			fprintf(stderr, "heap: cannot start %u threads\n", count);
			exit(2);
		}
	}
	pthread_barrier_wait(&ready);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* KEY's value in a file of /proc, in its own unit. */
static long figure(const char *path, const char *key)
{
	char line[256];
	long value = -1;
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			value = atol(line + strlen(key));
	if (f)
		fclose(f);
	return value;
}

static unsigned files(void)
{
	unsigned count = 0;
	DIR *d = opendir("/proc/self/fd");
	while (d && readdir(d))
		count++;
	if (d)
		closedir(d);
	return count;
}

/* Children of any kind, those that wait() does not see included. */
static unsigned children(void)
{
	char path[64];
	unsigned count = 0;
	long pid;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	FILE *f = fopen(path, "re");
	while (f && fscanf(f, "%ld", &pid) == 1)
		count++;
	if (f)
		fclose(f);
	return count;
}

static void tell_state(const char *when)
{
	printf("%s rss_kib=%ld peak_kib=%ld files=%u children=%u\n", when,
	       figure("/proc/self/smaps_rollup", "Rss:"), figure("/proc/self/status", "VmHWM:"),
	       files(), children());
}

static void look(void)
{
#if HEAP_LSAN
	if (__lsan_do_recoverable_leak_check())
		printf("leaks\n"); /* there are none */
#else
	leakscope_snapshot("heap");
#endif
}

/* Until the process that works on it is gone and has been collected: at most 20 s. */
static void wait_for_end(long faults)
{
	struct rusage usage;
	for (int i = 0; i < 20000 && !HEAP_LSAN; i++) {
		getrusage(RUSAGE_CHILDREN, &usage);
		if (usage.ru_minflt != faults)
			return;
		poll(NULL, 0, 1);
	}
}

int main(int argc, char **argv)
{
	int snapshots = 3, threads = 0, option;
	while ((option = getopt(argc, argv, "k:t:")) != -1) {
		if (option == 'k')
			snapshots = atoi(optarg);
		else if (option == 't')
			threads = atoi(optarg);
		else
			return 2;
	}
	long count = argc - optind == 2 ? atol(argv[optind]) : 0;
	long size = argc - optind == 2 ? atol(argv[optind + 1]) : 0;
	if (count < 1 || size < (long)sizeof(struct node) || snapshots < 1 || threads < 0) {
		fprintf(stderr, "usage: heap [-k SNAPSHOTS] [-t THREADS] BLOCKS SIZE\n");
		return 2;
	}
	fill((size_t)count, (size_t)size);
	start_threads((unsigned)threads);
	tell_state("before");
	for (int i = 0; i < snapshots; i++) {
		struct rusage from;
		getrusage(RUSAGE_CHILDREN, &from);
		double began = now();
		look();
		double returned = now();
		wait_for_end(from.ru_minflt);
		printf("snapshot call_s=%.6f done_s=%.6f rss_kib=%ld\n", returned - began,
		       now() - began, figure("/proc/self/smaps_rollup", "Rss:"));
	}
	tell_state("after");
	return 0;
}
