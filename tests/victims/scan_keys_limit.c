/* SPDX-License-Identifier: MIT */
/*
 * pthread_key_create until it fails: as many keys, with the same numbers, with and
 * without a recorder.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * expect: no-leak
 */
#include "scan.h"
#include <leakscope/leakscope.h>

int main(void)
{
	pthread_key_t keys[2000];
	int count = 0, result = 0;
	free(keep(malloc(10)));
	leakscope_snapshot("before");
	while (count < 2000 && (result = pthread_key_create(&keys[count], NULL)) == 0)
		count++;
	CHECK(result == EAGAIN);
	say("%d keys, %u to %u\n", count, keys[0], keys[count - 1]);
	leakscope_snapshot("after");
	for (int i = 0; i < count; i++)
		CHECK(pthread_key_delete(keys[i]) == 0);
	return 0;
}
