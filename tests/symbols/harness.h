/* SPDX-License-Identifier: MIT */
/*
 * What the symbol tests share: probes of victims, resolving, scratch files.
 */
#ifndef SYMBOLS_HARNESS_H
#define SYMBOLS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "symbols.h"
#include "symbols_internal.h"

extern const char *source_dir, *victim_dir; /* absolute */
extern char scratch_dir[];                  /* empty at the start of each group, gone at the end */

struct probe {
	char name[64], build_id[136];
	uint64_t address;
};

/* Run victim NAME and read its probes; fails the test if there are none. */
size_t run_victim(const char *name, struct probe *list, size_t room);
const struct probe *probe_named(const struct probe *list, size_t count, const char *name);

/* The probe's build-id, NULL if its module has none. */
const char *build_id_of(const struct probe *p);

/* DIRECTORY/NAME in static memory (a few at a time). */
const char *in(const char *directory, const char *name);
void copy_file(const char *from, const char *to);
void write_file(const char *path, const void *data, size_t size);

/* The first function at ADDRESS of PATH by a new lr_symbols, or "" for none; its note goes to
 * NOTE if that is not NULL. Static memory. */
const char *function_at(const char *path, const char *build_id, uint64_t address, char *note,
			size_t note_size);

int make_scratch(void **state);
int remove_scratch(void **state);

int run_victim_tests(void);
int run_file_tests(void);
int run_debuginfod_tests(void); /* wants DEBUGINFOD_URLS */
int run_part_tests(void);

#endif
