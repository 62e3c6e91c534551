/* SPDX-License-Identifier: MIT */
/*
 * What the scans of a recording have cost: one line for each, in nanoseconds and
 * bytes, in the order they were made.  Reads the file by the format header alone.
 *
 * usage: scans RECORDING
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/ls_format.h"

#define MOST 4096u
static const unsigned char *file;
static uint64_t file_size;
static const struct ls_scan *scans[MOST];
static unsigned count;

/* A directory: LS_DIR_ENTRIES entries, of which some may name more directories. */
static void walk(const struct ls_chunk *directory)
{
	for (unsigned i = 0; i < LS_DIR_ENTRIES; i++) {
		const struct ls_chunk *c = &directory[i];
		if ((c->section != LS_SEC_SCANS && c->section != LS_SEC_DIRECTORY) || c->place ||
		    c->offset > file_size || c->length > file_size - c->offset)
			continue;
		if (c->section == LS_SEC_DIRECTORY) {
			walk((const void *)(file + c->offset));
			continue;
		}
		const struct ls_scan *s = (const void *)(file + c->offset);
		for (uint64_t k = 0; k < c->length / sizeof(*s) && count < MOST; k++)
			if (s[k].state != LS_SCAN_NONE)
				scans[count++] = &s[k];
	}
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = (*(const struct ls_scan *const *)a)->number;
	uint32_t y = (*(const struct ls_scan *const *)b)->number;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct stat st;
	if (argc != 2) {
		fprintf(stderr, "usage: scans RECORDING\n");
		return 2;
	}
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		fprintf(stderr, "scans: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	file_size = (uint64_t)st.st_size;
	if (file_size < LS_HEADER_SIZE) {
		fprintf(stderr, "scans: %s: too short to be a recording\n", argv[1]);
		return 2;
	}
	file = mmap(NULL, file_size, PROT_READ, MAP_SHARED, fd, 0);
	const struct ls_header *h = (const void *)file;
	if (file == MAP_FAILED || memcmp(h->magic, LS_MAGIC, 8) || h->version != LS_VERSION) {
		fprintf(stderr, "scans: %s: not a recording of version %u\n", argv[1], LS_VERSION);
		return 2;
	}
	walk(h->directory);
	qsort(scans, count, sizeof(*scans), by_number);
	for (unsigned i = 0; i < count; i++) {
		const struct ls_scan *s = scans[i];
		printf("state=%" PRIu32 " at_exit=%d apart=%d dominators=%d blocks=%" PRIu32
		       " threads=%" PRIu32 " unseen=%" PRIu32 " pause=%" PRIu64 " stop=%" PRIu64
		       " copy=%" PRIu64 " clone=%" PRIu64 " scan=%" PRIu64 " memory=%" PRIu64
		       " scanned=%" PRIu64 " roots=%" PRIu64 " reachable=%" PRIu64 "\n",
		       s->state, (s->flags & LS_SCAN_AT_EXIT) != 0,
		       (s->flags & LS_SCAN_IN_PROCESS) == 0, (s->flags & LS_SCAN_DOMINATORS) != 0,
		       s->count, s->threads, s->threads_unseen, s->pause_ns, s->stop_ns, s->copy_ns,
		       s->clone_ns, s->scan_ns, s->memory_bytes, s->scanned_bytes, s->root_bytes,
		       s->kinds[LS_KIND_REACHABLE].blocks);
	}
	return close(fd);
}
