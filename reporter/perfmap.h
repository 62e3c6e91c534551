/* SPDX-License-Identifier: MIT */
/*
 * Perf maps: the text files in which JIT compilers name their code,
 * one "START SIZE NAME" a line with hexadecimal numbers.
 */
#ifndef LR_PERFMAP_H
#define LR_PERFMAP_H

#include <stdbool.h>
#include <stdint.h>

struct lr_perfmap;

/* Read PATH; NULL if it cannot be read.  Lines that make no sense are skipped. */
struct lr_perfmap *lr_perfmap_load(const char *path);
/* The name at ADDRESS or NULL; of several, the one written last.  Owned by the map. */
const char *lr_perfmap_find(const struct lr_perfmap *map, uint64_t address);
/*
 * Take apart what engines put into NAME: "JS:*run /app/a.js:12:5" (V8) is
 * function "run" in line 12 of /app/a.js, "py::run:/app/a.py" (CPython) is "run"
 * in /app/a.py.  V8's mark of how far the code is optimised is left out: it
 * changes from run to run.  Returns false, OUT untouched, for names of other forms.
 */
struct lr_perfmap_name {
	char function[512], file[512]; /* file: "" = unknown */
	unsigned line;                 /* 0 = unknown */
};
bool lr_perfmap_split(const char *name, struct lr_perfmap_name *out);
void lr_perfmap_free(struct lr_perfmap *map);

#endif
