/* SPDX-License-Identifier: MIT */
/*
 * One plugin takes another's place again and again: the same addresses are then those of
 * functions with other frames, and no rule for them may outlive its plugin.  Both call
 * back, while another thread allocates too.
 *
 * libs: -ldl
 * cflags: -pthread
 * variants: gcc:-O2,clang:-O2,gcc:-O0
 * part: libframe_a.so from=frame.c cflags="-O2 -DFRAME=16"
 * part: libframe_b.so from=frame.c cflags="-O2 -DFRAME=400"
 * run: {build}/libframe_a.so {build}/libframe_b.so
 * options: verify_unwind=1
 * expect: no-leak
 * expect: note~^0 backtraces of the fast unwinder differ from libunwind's, of [0-9]{3,} compared$
 */
#include "victim.h"
#include <dlfcn.h>
#include <pthread.h>

static volatile int over;
static void *places[2];
static int same;

static NOINLINE void called_back(void)
{
	free(keep(malloc(10)));
	NO_TAIL();
}

static NOINLINE void use(const char *path, int which)
{
	void *plugin = dlopen(path, RTLD_NOW);
	if (!plugin)
		complain("%s\n", dlerror());
	int (*frame)(void (*)(void), int) = (int (*)(void (*)(void), int))dlsym(plugin, "frame");
	CHECK(frame);
	places[which] = (void *)frame;
	same += places[0] == places[1];
	for (int i = 0; i < 10; i++)
		CHECK(frame(called_back, i % 3) >= 0);
	CHECK(dlclose(plugin) == 0);
}

static void *beside(void *unused)
{
	(void)unused;
	while (!over) {
		called_back();
		usleep(20);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	CHECK(argc == 3);
	CHECK(pthread_create(&thread, NULL, beside, NULL) == 0);
	for (int i = 0; i < 60; i++)
		use(argv[1 + i % 2], i % 2);
	over = 1;
	pthread_join(thread, NULL);
	CHECK(same > 0); /* else this shows nothing */
	return 0;
}
