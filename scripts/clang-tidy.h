/* SPDX-License-Identifier: MIT */
/*
 * Included before each file that clang-tidy reads, never by a compiler.  The
 * analyzer cannot follow uthash's links: it believes that an element which was
 * deleted from a table and freed is still in it.  An unknown function in the
 * place of HASH_DEL says no more than it knows.
 */
#include <uthash.h>

void analyzer_hash_del(void *table, void *element);

#undef HASH_DEL
#define HASH_DEL(head, element) analyzer_hash_del(&(head), (element))
