/* SPDX-License-Identifier: MIT */
/*
 * What the objects that are loaded define, read from their own tables: dlsym would
 * take the place of an error the program has yet to ask dlerror for, and counts
 * references.  Takes the loader's lock, so not for allocation hooks, and no lock of
 * the shim may be held.
 */
#ifndef LS_LOADED_H
#define LS_LOADED_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ls_loaded {
	uintptr_t bias, start, end;
	const char *name;   /* as the loader has it; "" for the program */
	const char *soname; /* NULL if it has none */
	bool ours;
	/* its tables, NULL or 0 if it has none */
	const ElfW(Sym) * symbols;
	const char *strings;
	const uint16_t *versions;
	const uint32_t *gnu_hash, *hash;
};

/*
 * VISIT each object in the loader's order: the program, what is preloaded, what the
 * program needs, what was opened since.  It returns true to end the walk.
 */
void ls_loaded_each(bool (*visit)(const struct ls_loaded *o, void *arg), void *arg);

/* The function NAME that O defines, in the version that is looked for by default; NULL: none. */
void *ls_loaded_function(const struct ls_loaded *o, const char *name);

/* By which name O exports the function at ADDRESS; NULL: it doesn't. */
const char *ls_loaded_name(const struct ls_loaded *o, uintptr_t address);

/* The first such function behind the shim, as RTLD_NEXT has it; objects opened later count too. */
void *ls_loaded_next(const char *name);

/* Is O called NAME, by its soname or by the last part of its path? */
bool ls_loaded_is(const struct ls_loaded *o, const char *name);

#endif
