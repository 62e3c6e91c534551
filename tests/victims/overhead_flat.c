/* SPDX-License-Identifier: MIT */
/*
 * What the shim itself takes does not grow with what the program does: two
 * million allocations, three thousand threads one after the other and twenty
 * thousand scopes later it is what it was, and it says so.
 *
 * variants: gcc:-O2
 * expect: overhead shim_bytes<=1000000 recording_bytes<=400000 lost_events=0 unwind_failures=0
 * expect: overhead unwinds>=2000000 unwind_cache_hits>=1999000
 * expect: recording bytes<=400000
 * expect: leak kept bytes=77 blocks=1 frames=main:kept
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <pthread.h>

static NOINLINE void churn(int rounds)
{
	void *window[256] = {0};
	unsigned x = 1;
	for (int i = 0; i < rounds; i++) {
		x = x * 1664525u + 1013904223u;
		void **slot = &window[x >> 24];
		free(*slot);
		*slot = keep(malloc(16 + (x >> 8) % 2000));
	}
	for (int i = 0; i < 256; i++)
		free(window[i]);
}

static void *request(void *arg)
{
	churn(100);
	return arg;
}

int main(void)
{
	churn(1700000);
	for (int i = 0; i < 3000; i++) {
		pthread_t t;
		CHECK(pthread_create(&t, NULL, request, NULL) == 0);
		CHECK(pthread_join(t, NULL) == 0);
	}
	for (int i = 0; i < 20000; i++) {
		LEAKSCOPE_SCOPE("request") {
			free(keep(malloc(10)));
		}
	}
	keep(malloc(77)); /* LEAK:kept */
	return 0;
}
