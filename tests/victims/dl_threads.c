/* SPDX-License-Identifier: MIT */
/*
 * Threads that load and unload, throw-free, while others take stacks: no
 * deadlock between the loader's lock and the unwinder.
 *
 * libs: -ldl -lpthread
 * part: libplug_a.so from=plug_a.c
 * part: libplug_b.so from=plug_b.c
 * run: {build}/libplug_a.so {build}/libplug_b.so
 * expect: leak a bytes=1000 blocks=100 entries>=1 frames=plug_leak_a:plug_a,plug_entry:inner_a,loader:call
 * expect: leak b bytes=1000 blocks=100 entries>=1 frames=plug_leak_b:plug_b,plug_entry:inner_b,loader:call
 */
#include "victim.h"
#include <dlfcn.h>
#include <pthread.h>

static volatile int stop;

static void *loader(void *path)
{
	for (int i = 0; i < 100; i++) {
		void *plugin = dlopen(path, RTLD_NOW);
		CHECK(plugin);
		int (*entry)(size_t) = (int (*)(size_t))dlsym(plugin, "plug_entry");
		CHECK(entry && entry(10)); /* AT:call */
		CHECK(dlclose(plugin) == 0);
	}
	return NULL;
}

static NOINLINE void deep(int depth)
{
	if (depth > 0)
		deep(depth - 1);
	else
		free(keep(malloc(20)));
	NO_TAIL();
}

static void *churn(void *argument)
{
	for (int i = 0; !stop; i++)
		deep(i % 40);
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t threads[4];
	CHECK(argc == 3);
	for (int i = 0; i < 2; i++) {
		CHECK(pthread_create(&threads[i], NULL, loader, argv[i + 1]) == 0);
		CHECK(pthread_create(&threads[i + 2], NULL, churn, NULL) == 0);
	}
	CHECK(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
	stop = 1;
	CHECK(pthread_join(threads[2], NULL) == 0 && pthread_join(threads[3], NULL) == 0);
	return 0;
}
