/* SPDX-License-Identifier: MIT */
/*
 * Destructors of thread_local objects and of thread keys run after the thread's
 * own function and may allocate, free and leak.
 *
 * libs: -lpthread
 * expect: leak local bytes=70 blocks=2 entries>=1 frames=local::~local:local
 * expect: leak key bytes=180 blocks=2 entries>=1 frames=key_gone:key
 */
#include "victim.h"
#include <pthread.h>
#include <string>

struct local {
	local() : text(200, 'x') {}
	~local() { keep(malloc(35)); /* LEAK:local */ }
	std::string text;
};

static thread_local local object;
static pthread_key_t key;

static void key_gone(void *block)
{
	free(block);
	keep(malloc(90)); /* LEAK:key */
}

static void *work(void *argument)
{
	keep(&object.text[0]);
	CHECK(pthread_setspecific(key, malloc(500)) == 0);
	return argument;
}

int main()
{
	CHECK(pthread_key_create(&key, key_gone) == 0);
	for (int i = 0; i < 2; i++) {
		pthread_t thread;
		CHECK(pthread_create(&thread, nullptr, work, nullptr) == 0);
		CHECK(pthread_join(thread, nullptr) == 0);
	}
	return 0;
}
