/* SPDX-License-Identifier: MIT */
/*
 * setlocale, setenv and tsearch: libc's own blocks carry the caller's line; a
 * tree of three nodes is three blocks.
 *
 * expect: leak node bytes=72 blocks=3 entries>=1 top=(__)?tsearch frames=insert:node,main:loop
 * expect: leak keys bytes=12 blocks=3 entries>=1 frames=main:keys
 * expect: leak environment bytes>=16 blocks>=1 entries>=1 top=.* frames=main:env
 */
#include "victim.h"
#include <locale.h>
#include <search.h>

static int compare(const void *a, const void *b)
{
	return (a > b) - (a < b);
}

static NOINLINE void insert(void **root, void *key)
{
	CHECK(tsearch(key, root, compare)); /* LEAK:node */
}

int main(void)
{
	static void *root;
	CHECK(setlocale(LC_ALL, "C"));
	for (int i = 0; i < 3; i++) {
		void *key = keep(malloc(4)); /* LEAK:keys */
		insert(&root, key);          /* AT:loop */
	}
	CHECK(setenv("VICTIM_OWN", "a value", 1) == 0); /* AT:env */
	return 0;
}
