/* SPDX-License-Identifier: MIT */
/*
 * Addresses to functions, files and lines, by elfutils; the only files that
 * know libdw are symbols_*.c.  Inlined frames are expanded, C++ and Rust names
 * demangled, separate debug files found by build-id and .gnu_debuglink, JIT
 * code by perf maps.  A module that changed on disk since it was recorded
 * (build-id differs) is never used: its frames keep module and offset only.
 *
 * Not thread-safe.  Hostile modules may be named by a hostile recording: every
 * failure is "unknown", never a crash.
 */
#ifndef LR_SYMBOLS_H
#define LR_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

struct lr_symbols;

struct lr_symbols_options {
	bool debuginfod;          /* ask debuginfod where the environment configures it */
	bool progress;            /* show progress on stderr (the caller checks isatty) */
	const char *perf_map;     /* path of a perf map for JIT code, or NULL */
	const char *strip_prefix; /* removed from the front of file names, or NULL */
};

/* One module as the recording describes it.  PATH and BUILD_ID_HEX may be NULL. */
struct lr_symbols_module {
	const char *path;
	const char *build_id_hex;
	uint64_t bias; /* address - bias = ELF virtual address */
	bool unnamed;  /* nobody has the names of all its functions: not worth a note */
};

struct lr_symbol {
	const char *function; /* demangled, NULL = unknown; owned by the lr_symbols */
	const char *file;     /* NULL = unknown */
	unsigned line;        /* 0 = unknown */
	bool inlined;         /* inlined into the next one */
};

struct lr_symbols *lr_symbols_new(const struct lr_symbols_options *options); /* NULL: no memory */
void lr_symbols_free(struct lr_symbols *s);

/*
 * Resolve ELF virtual address ADDRESS (already one less than a return address,
 * so that it lies in the call) of MODULE; MODULE == NULL: ADDRESS is absolute and looked
 * up in the perf map.  Writes up to CAPACITY symbols, innermost inline first,
 * and returns how many (0 = nothing known).
 */
size_t lr_symbols_resolve(struct lr_symbols *s, const struct lr_symbols_module *module,
			  uint64_t address, struct lr_symbol *out, size_t capacity);

/* A variable of a module. */
struct lr_data_symbol {
	const char *name; /* demangled; owned by the lr_symbols */
	uint64_t address; /* ELF virtual address of its start */
};

/* The variable of MODULE that holds ELF virtual address ADDRESS; false = none is known. */
bool lr_symbols_data(struct lr_symbols *s, const struct lr_symbols_module *module, uint64_t address,
		     struct lr_data_symbol *out);

/* Notes for the report, one a module: changed on disk, no symbols, debug file missing. */
size_t lr_symbols_note_count(const struct lr_symbols *s);
const char *lr_symbols_note(const struct lr_symbols *s, size_t index);

/* One source line, without leading white space and newline, or NULL. Owned by the lr_symbols. */
const char *lr_symbols_source_line(struct lr_symbols *s, const char *file, unsigned line);

/* Tell the progress display how much there is to do. */
void lr_symbols_progress(struct lr_symbols *s, size_t done, size_t total);

#endif
