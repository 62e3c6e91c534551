/* SPDX-License-Identifier: MIT */
/* Numbers that are the same in every run (xorshift64), for tests against a model. */
#ifndef LS_TEST_RANDOM_H
#define LS_TEST_RANDOM_H

#include <stdint.h>

static uint64_t random_state = 88172645463325252ull;

static inline uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* 0 … N - 1 */
static inline uint64_t below(uint64_t n)
{
	return (next_random() >> 11) % n;
}

static inline int one_in(uint64_t n)
{
	return below(n) == 0;
}

#endif
