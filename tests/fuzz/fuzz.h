/* SPDX-License-Identifier: MIT */
/* What fuzz targets, their mutator and the replay driver share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* A target; libFuzzer and replay.c call it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* libFuzzer's own mutation; replay.c has a simple one. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/*
 * Change a few fields of a recording in place: of its header, its directory or a
 * record, to values that lie near limits or to each other's.  Returns the new size,
 * which is never larger.
 */
size_t fuzz_mutate_recording(uint8_t *data, size_t size, unsigned int seed);

#endif
