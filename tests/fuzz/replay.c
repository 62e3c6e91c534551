/* SPDX-License-Identifier: MIT */
/*
 * replay TARGET-NAME MUTANTS FILE|FOLDER…: give a fuzz target every file of a
 * corpus, and so many mutants of each, the same ones every time.  The ordinary
 * test of what the fuzzer has found; it ends by the target's own abort or a
 * sanitizer's.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned long runs, files;
static unsigned mutants;

/* libFuzzer's stand-in: a few bytes changed, or a piece cut out. */
static size_t mutate_bytes(uint8_t *data, size_t size, unsigned seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ull + 7;
	unsigned changes, i;
	size_t at, length;

	if (!size)
		return 0;
	changes = 1 + seed % 4;
	for (i = 0; i < changes; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		data[(state >> 33) % size] = (uint8_t)(state >> 56);
	}
	if (seed % 5 == 0) {
		at = (state >> 20) % size;
		length = (state >> 40) % (size - at);
		memmove(data + at, data + at + length, size - at - length);
		size -= length;
	}
	return size;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	static unsigned seed;

	(void)max_size;
	return mutate_bytes(data, size, ++seed);
}

/* Targets without a mutator of their own get the plain one. */
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
						     unsigned int seed)
{
	(void)max_size;
	return mutate_bytes(data, size, seed);
}

static void run(const uint8_t *data, size_t size)
{
	/* a copy of just that size, so that a sanitizer sees any byte beyond it */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL, *mutant;
	size_t size = 0, room = 0, n;
	unsigned i;

	if (!f) {
		perror(path);
		exit(2);
	}
	do {
		if (room - size < 65536) {
			uint8_t *more = realloc(data, room += 1 << 20);

			if (!more)
				abort();
			data = more;
		}
		n = fread(data + size, 1, room - size, f);
		size += n;
	} while (n);
	fclose(f);
	files++;
	run(data, size);
	mutant = malloc(size + 1);
	if (!mutant)
		abort();
	for (i = 1; i <= mutants; i++) {
		memcpy(mutant, data, size);
		run(mutant, LLVMFuzzerCustomMutator(mutant, size, size, i));
	}
	free(mutant);
	free(data);
}

static void replay(const char *path)
{
	struct dirent **names;
	struct stat st;
	char child[4096];
	int count, i;

	if (stat(path, &st) != 0) {
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	count = scandir(path, &names, NULL, alphasort);
	for (i = 0; i < count; i++) {
		if (names[i]->d_name[0] != '.') {
			snprintf(child, sizeof child, "%s/%s", path, names[i]->d_name);
			replay(child);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 4) {
		fprintf(stderr, "usage: replay TARGET-NAME MUTANTS FILE|FOLDER...\n");
		return 2;
	}
	mutants = (unsigned)strtoul(argv[2], NULL, 10);
	if (getenv("LEAKSCOPE_TEST_LONG")) /* scripts/test --long */
		mutants *= 50;
	for (i = 3; i < argc; i++)
		replay(argv[i]);
	printf("1..1\n%s 1 - %s: %lu files, %lu runs\n", files ? "ok" : "not ok", argv[1], files,
	       runs);
	return files ? 0 : 1;
}
