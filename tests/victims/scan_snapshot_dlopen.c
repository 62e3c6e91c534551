/* SPDX-License-Identifier: MIT */
/*
 * One thread loads and unloads a library, one starts and joins threads, and all the time
 * main takes snapshots: nobody waits for ever.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread -ldl
 * part: libholder.so from=scan_holder.c
 * run: {build}/libholder.so
 * timeout: 120
 * expect: no-leak
 */
#include "scan.h"
#include <dlfcn.h>
#include <leakscope/leakscope.h>

static const char *path;
static volatile int done, loads, threads;

static void *loads_it(void *argument)
{
	while (!done || loads < 10) {
		void *library = dlopen(path, RTLD_NOW);
		CHECK(library);
		CHECK(dlclose(library) == 0);
		loads++;
	}
	return argument;
}

static void *nothing(void *argument)
{
	return argument;
}

static void *starts(void *argument)
{
	while (!done || threads < 10) {
		pthread_t thread;
		CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
		threads++;
	}
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t a, b;
	CHECK(argc == 2);
	path = argv[1];
	CHECK(pthread_create(&a, NULL, loads_it, NULL) == 0);
	CHECK(pthread_create(&b, NULL, starts, NULL) == 0);
	for (int i = 0; i < 200; i++)
		leakscope_snapshot("during");
	done = 1;
	CHECK(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
	return 0;
}
