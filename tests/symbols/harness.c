/* SPDX-License-Identifier: MIT */
/*
 * Shared by the symbol tests; the main program that runs one group of them.
 */
#include "harness.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *source_dir, *victim_dir;
char scratch_dir[] = "/tmp/leakscope-symbols-XXXXXX";

size_t run_victim(const char *name, struct probe *list, size_t room)
{
	char command[PATH_MAX + 16];
	size_t n = 0;

	snprintf(command, sizeof(command), "'%s/%s'", victim_dir, name);

	FILE *out = popen(command, "re");

	assert_non_null(out);
	while (n < room &&
	       fscanf(out, "%63s %lx %135s", list[n].name, &list[n].address, list[n].build_id) == 3)
		n++;
	assert_int_equal(pclose(out), 0);
	assert_true(n > 0);
	return n;
}

const struct probe *probe_named(const struct probe *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	fail_msg("no probe %s", name);
	return NULL;
}

const char *build_id_of(const struct probe *p)
{
	return strcmp(p->build_id, "-") == 0 ? NULL : p->build_id;
}

const char *in(const char *directory, const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

void write_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

void copy_file(const char *from, const char *to)
{
	size_t length;
	char *data = lr_read_regular(from, 0, &length);

	assert_non_null(data);
	write_file(to, data, length);
	free(data);
}

const char *function_at(const char *path, const char *build_id, uint64_t address, char *note,
			size_t note_size)
{
	static char name[256];
	struct lr_symbols_options options = {.debuginfod = false};
	struct lr_symbols_module module = {.path = path, .build_id_hex = build_id};
	struct lr_symbols *s = lr_symbols_new(&options);
	struct lr_symbol symbols[8];

	assert_non_null(s);

	size_t n = lr_symbols_resolve(s, &module, address, symbols, 8);

	snprintf(name, sizeof(name), "%s", n && symbols[0].function ? symbols[0].function : "");
	if (note) {
		assert_true(lr_symbols_note_count(s) <= 1);
		snprintf(note, note_size, "%s",
			 lr_symbols_note_count(s) ? lr_symbols_note(s, 0) : "");
	}
	lr_symbols_free(s);
	return name;
}

int make_scratch(void **state)
{
	strcpy(scratch_dir + strlen(scratch_dir) - 6, "XXXXXX");
	return mkdtemp(scratch_dir) ? 0 : -1;
}

int remove_scratch(void **state)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf '%s'", scratch_dir);
	return system(command);
}

int main(int argc, char **argv)
{
	if (argc != 4 || argv[2][0] != '/' || argv[3][0] != '/') {
		fprintf(stderr,
			"usage: symbols-test victims|files|debuginfod|parts /SOURCE-DIR /VICTIM-DIR\n");
		return 2;
	}
	source_dir = argv[2];
	victim_dir = argv[3];
	/* One group a run: a TAP stream has one plan. */
	if (strcmp(argv[1], "victims") == 0)
		return run_victim_tests();
	if (strcmp(argv[1], "files") == 0)
		return run_file_tests();
	if (strcmp(argv[1], "debuginfod") == 0)
		return run_debuginfod_tests();
	return run_part_tests();
}
