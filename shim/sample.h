/* SPDX-License-Identifier: MIT */
/*
 * Poisson sampling by bytes: each byte allocated is a sample point with
 * probability 1/R, so a block of S bytes is recorded with probability
 * 1 - exp(-S/R), and stands for 1 / (1 - exp(-S/R)) blocks like it.
 */
#ifndef LS_SAMPLE_H
#define LS_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "thread.h"

/* True if this allocation of SIZE bytes is to be recorded. */
bool ls_sample_take(struct ls_thread_state *t, uint64_t size);
/* What a recorded block of SIZE bytes stands for. */
void ls_sample_weight(uint64_t size, uint64_t *blocks, uint64_t *bytes);

#endif
