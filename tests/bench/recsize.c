/* SPDX-License-Identifier: MIT */
/*
 * What a recording takes, by section: for the bound of 64 bytes per live block
 * beyond the distinct stacks.
 *
 * usage: recsize RECORDING
 *
 * Prints one line, `disk=BYTES stacks=BYTES live=BLOCKS`, and one per section.
 * Reads the file by the format header alone, as a check on both writer and
 * reporter.  Disk is what the file system has allocated.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/ls_format.h"

static const char *const section_names[LS_SEC_COUNT] = {
	"none",   "directory", "strings", "modules", "threads", "stacks",   "paths",
	"scopes", "contexts",  "sites",   "live",    "closes",  "timeline", "snapshots",
	"notes",  "verdicts",  "scans",   "roots",   "devices", "resources"};

static const unsigned char *file;
static uint64_t file_size;
static uint64_t lengths[LS_SEC_COUNT], chunks[LS_SEC_COUNT], blocks, slots;

static void count_live(const struct ls_chunk *c)
{
	uint64_t n = (uint64_t)c->aux * LS_BUCKET_SLOTS;
	if (c->place || c->offset > file_size || n * sizeof(struct ls_live) > file_size - c->offset)
		return;
	const struct ls_live *e = (const void *)(file + c->offset);
	slots += n;
	for (uint64_t i = 0; i < n; i++)
		blocks += (e[i].word & LS_LIVE_STATE) >= LS_LIVE_BLOCK;
}

/* A directory: LS_DIR_ENTRIES entries, of which some may name more directories. */
static void walk(const struct ls_chunk *directory)
{
	for (unsigned i = 0; i < LS_DIR_ENTRIES; i++) {
		const struct ls_chunk *c = &directory[i];
		if (c->section == LS_SEC_NONE || c->section >= LS_SEC_COUNT)
			continue;
		lengths[c->section] += c->length;
		chunks[c->section]++;
		if (c->section == LS_SEC_LIVE)
			count_live(c);
		else if (c->section == LS_SEC_DIRECTORY && !c->place &&
			 c->offset + LS_DIR_ENTRIES * sizeof(*c) <= file_size)
			walk((const void *)(file + c->offset));
	}
}

int main(int argc, char **argv)
{
	struct stat st;
	if (argc != 2) {
		fprintf(stderr, "usage: recsize RECORDING\n");
		return 2;
	}
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		fprintf(stderr, "recsize: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	file_size = (uint64_t)st.st_size;
	if (file_size < LS_HEADER_SIZE) {
		fprintf(stderr, "recsize: %s: too short to be a recording\n", argv[1]);
		return 2;
	}
	file = mmap(NULL, file_size, PROT_READ, MAP_SHARED, fd, 0);
	const struct ls_header *h = (const void *)file;
	if (file == MAP_FAILED || memcmp(h->magic, LS_MAGIC, 8) || h->version != LS_VERSION) {
		fprintf(stderr, "recsize: %s: not a recording of version %u\n", argv[1],
			LS_VERSION);
		return 2;
	}
	walk(h->directory);
	printf("disk=%" PRIu64 " stacks=%" PRIu64 " live=%" PRIu64 "\n",
	       (uint64_t)st.st_blocks * 512, lengths[LS_SEC_STACKS], blocks);
	for (int i = 1; i < LS_SEC_COUNT; i++)
		if (chunks[i])
			printf("  %-10s %12" PRIu64 " bytes in %" PRIu64 " chunks, %" PRIu64
			       " handed out\n",
			       section_names[i], lengths[i], chunks[i],
			       i < (int)LS_USED_COUNT ? h->used[i] : 0);
	printf("  live slots %" PRIu64 "\n", slots);
	return close(fd);
}
