/* SPDX-License-Identifier: MIT */
/*
 * Threads that compute with every kind of register, leaf functions and errno are stopped
 * two hundred times: the results are those of a run without.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread -lm
 * timeout: 120
 * expect: no-leak
 */
#include "scan.h"
#include <fenv.h>
#include <leakscope/leakscope.h>

static volatile int done;
static double sums[2];
static uint64_t words[2];

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t local[12];
	for (unsigned int i = 0; i < 12; i++)
		local[i] = a * (i + 1) ^ (b >> i);
	uint64_t sum = 0;
	for (unsigned int i = 0; i < 12; i++)
		sum = sum * 31 + local[i];
	return sum;
}

static void *computes(void *argument)
{
	int which = argument != NULL;
	double sum = 0;
	uint64_t word = 1;
	CHECK(fesetround(which ? FE_UPWARD : FE_TONEAREST) == 0);
	errno = 1000 + which;
	for (int i = 1; i <= 1500000; i++) {
		sum += 1.0 / i;
		word = mix(word, (uint64_t)i);
		if (i % 1000 == 0)
			CHECK(errno == 1000 + which);
	}
	CHECK(fegetround() == (which ? FE_UPWARD : FE_TONEAREST));
	sums[which] = sum;
	words[which] = word;
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, computes, i ? threads : NULL) == 0);
	for (int i = 0; i < 200 && done < 2; i++) {
		leakscope_snapshot("during");
		usleep(500);
	}
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	say("%a %a %llx %llx\n", sums[0], sums[1], (unsigned long long)words[0],
	    (unsigned long long)words[1]);
	return 0;
}
