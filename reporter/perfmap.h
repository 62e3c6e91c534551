/* SPDX-License-Identifier: MIT */
/*
 * Perf maps: the text files in which JIT compilers name their code,
 * one "START SIZE NAME" a line with hexadecimal numbers.
 */
#ifndef LR_PERFMAP_H
#define LR_PERFMAP_H

#include <stdint.h>

struct lr_perfmap;

/* Read PATH; NULL if it cannot be read.  Lines that make no sense are skipped. */
struct lr_perfmap *lr_perfmap_load(const char *path);
/* The name at ADDRESS or NULL; of several, the one written last.  Owned by the map. */
const char *lr_perfmap_find(const struct lr_perfmap *map, uint64_t address);
void lr_perfmap_free(struct lr_perfmap *map);

#endif
