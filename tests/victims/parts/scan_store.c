/* SPDX-License-Identifier: MIT */
/* A library with a container that its destructor empties; for scan_library_leak. */
#include "../victim.h"

static struct node {
	struct node *next;
} *volatile first;
static void *volatile early;

void store_lose(size_t size);
__attribute__((visibility("default"))) void store_lose(size_t size)
{
	keep(malloc(size)); /* LEAK:lost */
}

void store_add(size_t size);
__attribute__((visibility("default"))) void store_add(size_t size)
{
	struct node *node = malloc(size);
	CHECK(node);
	node->next = first;
	first = node;
}

__attribute__((constructor)) static void store_begin(void)
{
	early = malloc(33); /* LEAK:early */
}

__attribute__((destructor)) static void store_end(void)
{
	while (first) {
		struct node *node = first;
		first = node->next;
		free(node);
	}
}
