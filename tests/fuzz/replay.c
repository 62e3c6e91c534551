/* SPDX-License-Identifier: MIT */
/*
 * replay DIRECTORY: run a fuzz target over the files of its corpus, one TAP line a
 * file.  A file that makes it crash ends the program, and with it the test.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int compare(const struct dirent **a, const struct dirent **b)
{
	return alphasort(a, b);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static uint8_t *read_file(const char *path, size_t *size)
{
	size_t capacity = 1 << 16, got;
	uint8_t *data = malloc(capacity);
	FILE *in = fopen(path, "rb");

	*size = 0;
	if (!in || !data)
		return NULL;
	while ((got = fread(data + *size, 1, capacity - *size, in)) > 0) {
		*size += got;
		if (*size == capacity) {
			capacity *= 2;
			data = realloc(data, capacity);
			if (!data)
				return NULL;
		}
	}
	fclose(in);
	return data;
}

int main(int argc, char **argv)
{
	struct dirent **list;
	char path[4096];
	int count = argc == 2 ? scandir(argv[1], &list, is_input, compare) : -1;

	if (count <= 0) {
		fprintf(stderr, "usage: replay DIRECTORY, with files in it\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		size_t size;
		uint8_t *data;

		snprintf(path, sizeof(path), "%s/%s", argv[1], list[i]->d_name);
		data = read_file(path, &size);
		if (!data) {
			printf("not ok %d - %s: cannot read\n", i + 1, list[i]->d_name);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, size);
		printf("ok %d - %s\n", i + 1, list[i]->d_name);
		free(data);
		free(list[i]);
	}
	free(list);
	return 0;
}
