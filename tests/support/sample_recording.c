/* SPDX-License-Identifier: MIT */
/*
 * sample-recording [--scanned] FILE: write the sample recording of make_recording.h, or
 * the scanned one, its frames and a variable in this very program, so that a reporter
 * has functions, lines and names to find.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "make_recording.h"

/* Where this program is loaded, by the linker. */
extern const char __executable_start;

#ifdef __clang__
#define SAMPLE_FUNCTION __attribute__((noinline))
#else
#define SAMPLE_FUNCTION __attribute__((noinline, noclone))
#endif

/* Holds a block, as the scanned recording has it. */
static struct sample_table {
	void *entries[8];
} sample_table;

SAMPLE_FUNCTION static void *train_step(size_t size)
{
	float *gradient = malloc(size);

	__asm__ volatile("" ::"r"(gradient) : "memory");
	return gradient;
}

SAMPLE_FUNCTION static void *run_epoch(size_t size)
{
	void *step = train_step(size);

	__asm__ volatile("" ::"r"(step) : "memory");
	return step;
}

int main(int argc, char **argv)
{
	void *block = run_epoch(64);
	char exe[4096];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
	uint64_t base = (uint64_t)(uintptr_t)&__executable_start, code[3];
	int scanned = argc == 3 && strcmp(argv[1], "--scanned") == 0;
	struct mr *mr;
	int status;

	free(block);
	__asm__ volatile("" ::"r"(&sample_table) : "memory");
	if (argc != 2 + scanned || length < 0) {
		fprintf(stderr, "usage: sample-recording [--scanned] FILE\n");
		return 2;
	}
	exe[length] = '\0';
	code[0] = (uint64_t)(uintptr_t)train_step - base + 8;
	code[1] = (uint64_t)(uintptr_t)run_epoch - base + 8;
	code[2] = (uint64_t)(uintptr_t)main - base + 8;
	if (scanned)
		mr = mr_scanned_recording(exe, code, 3, (uint64_t)(uintptr_t)&sample_table - base);
	else
		mr = mr_sample_recording(exe, code, 3);
	status = mr_write(mr, argv[argc - 1]);
	mr_free(mr);
	if (status) {
		fprintf(stderr, "sample-recording: %s: %s\n", argv[argc - 1], strerror(-status));
		return 2;
	}
	return 0;
}
