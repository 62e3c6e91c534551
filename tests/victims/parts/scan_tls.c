/* SPDX-License-Identifier: MIT */
/* A library that keeps a block in thread-local storage; for scan_tls_dynamic. */
#include "../victim.h"

static __thread struct {
	char before[3000];
	void *volatile held;
} own;

void tls_fill(size_t size);
__attribute__((visibility("default"))) void tls_fill(size_t size)
{
	own.held = malloc(size); /* LEAK:tls */
}
