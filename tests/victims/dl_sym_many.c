/* SPDX-License-Identifier: MIT */
/*
 * A program that looks up a great deal: no memory of the shim's, no system call of its
 * own, and the same answers; from several threads at once.
 *
 * libs: -ldl -lpthread
 * expect: leak own bytes=5 blocks=1 frames=main:own
 * expect: overhead shim_bytes<=4194304
 * expect: stdout="found 400000\n"
 */
#include "victim.h"
#include <dlfcn.h>
#include <pthread.h>

static void *look(void *count)
{
	static const char *const names[] = {"strlen", "malloc", "printf", "cosine_that_is_not",
					    "custom", "c",      "cu",     "cuCtxNone"};
	for (int i = 0; i < 200000; i++) {
		void *found = dlsym(RTLD_DEFAULT, names[i % 8]);
		CHECK((i % 8 < 3) == (found != NULL));
		if (i % 8 < 4)
			++*(int *)count;
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	int counts[4] = {0}, sum = 0;
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, look, &counts[i]) == 0);
	for (int i = 0; i < 4; i++) {
		CHECK(pthread_join(threads[i], NULL) == 0);
		sum += counts[i];
	}
	say("found %d\n", sum);
	keep(malloc(5)); /* LEAK:own */
	return 0;
}
