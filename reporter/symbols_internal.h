/* SPDX-License-Identifier: MIT */
/*
 * What the files behind symbols.h share: safe opening of files, a range index,
 * and one opened ELF module with its units, functions and symbols.
 * Not thread-safe.  Only symbols_*.c include this.
 */
#ifndef LR_SYMBOLS_INTERNAL_H
#define LR_SYMBOLS_INTERNAL_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "symbols.h"

/* Deepest chain of inlined calls that is followed. */
enum { LR_INLINE_MAX = 64 };

/* --- symbols_ranges.c: address ranges, nearest and smallest first --- */

struct lr_range {
	uint64_t low, high; /* high is exclusive */
	uint64_t reach;     /* largest high of this and all earlier ranges */
	uint32_t item;
};

struct lr_ranges {
	struct lr_range *list;
	size_t count, room;
};

/* Add [LOW, HIGH) for ITEM; empty ranges are dropped.  0 or -1 (no memory). */
int lr_ranges_add(struct lr_ranges *r, uint64_t low, uint64_t high, uint32_t item);
/* To be called once, after the last add and before the first look-up. */
void lr_ranges_sort(struct lr_ranges *r);
/*
 * The ranges that hold ADDRESS, the one that starts nearest to it first: start
 * with *CURSOR = SIZE_MAX and call until NULL.
 */
const struct lr_range *lr_ranges_next(const struct lr_ranges *r, uint64_t address, size_t *cursor);
void lr_ranges_free(struct lr_ranges *r);

/* --- symbols_table.c: the ELF symbol table --- */

struct lr_elf_symbol {
	uint64_t address, size;
	const char *name; /* in the ELF file's memory */
	uint32_t section; /* index into the executable sections */
	bool local;
};

struct lr_elf_symbols {
	struct lr_elf_symbol *list;
	size_t count, room;
	struct lr_ranges sized; /* item: index into list */
	struct {
		uint64_t low, high;
	} * sections; /* executable ones */
	size_t section_count;
};

int lr_elf_symbols_load(struct lr_elf_symbols *t, Dwfl_Module *module);
/* Name of the function that holds ADDRESS, or NULL where no symbol clearly does. */
const char *lr_elf_symbols_find(const struct lr_elf_symbols *t, uint64_t address);
/* Symbols that start at ADDRESS: *COUNT of them from the returned one on; the best name first. */
const struct lr_elf_symbol *lr_elf_symbols_at(const struct lr_elf_symbols *t, uint64_t address,
					      size_t *count);
void lr_elf_symbols_free(struct lr_elf_symbols *t);

/* --- symbols_data.c: variables --- */

struct lr_elf_data {
	const char **names; /* in the ELF file's memory */
	size_t count, room;
	struct lr_ranges ranges; /* item: index into names */
};

int lr_elf_data_load(struct lr_elf_data *t, Dwfl_Module *module);
/* Name and start of the variable that holds ADDRESS, or NULL. */
const char *lr_elf_data_find(const struct lr_elf_data *t, uint64_t address, uint64_t *start);
void lr_elf_data_free(struct lr_elf_data *t);

/* --- symbols_dwarf.c: units, functions, inlined calls, lines --- */

struct lr_unit {
	Dwarf_Die die;   /* the unit with the line table */
	Dwarf_Die scope; /* the unit with the functions: differs with split DWARF */
	bool indexed;
	struct lr_ranges functions; /* item: index into dies */
	Dwarf_Die *dies;
	size_t die_count, die_room;
};

struct lr_dwarf {
	Dwarf *dwarf;
	uint64_t bias; /* DWARF address = ELF address - bias */
	struct lr_unit *units;
	size_t unit_count, unit_room;
	struct lr_ranges ranges; /* item: index into units */
};

/* One frame as DWARF tells it; the strings live as long as the module, file in FILE_BUFFER. */
struct lr_dwarf_frame {
	const char *linkage;          /* as linked: mangled, or NULL */
	const char *name;             /* as written in the source, or NULL */
	const char *file, *directory; /* file as in the line table; directory for relative ones */
	unsigned line;
	uint64_t entry; /* where the function starts, 0 = unknown or inlined */
};

/* DWARF may be NULL (no debug information): then nothing will be found. */
int lr_dwarf_load(struct lr_dwarf *d, Dwarf *dwarf, uint64_t bias);
/* Frames at ADDRESS, innermost first; 0 if no unit holds it. */
size_t lr_dwarf_find(struct lr_dwarf *d, uint64_t address, struct lr_dwarf_frame *out,
		     size_t capacity);
void lr_dwarf_free(struct lr_dwarf *d);

/* --- symbols_elf.c, symbols_debugfile.c: one ELF file and its debug file --- */

enum lr_elf_state {
	LR_ELF_OK,
	LR_ELF_DEBUG_ONLY_CHANGED, /* changed on disk, but its debug file was found by build-id */
	LR_ELF_DEBUG_ONLY_MISSING, /* gone, but its debug file was found by build-id */
	LR_ELF_MISSING,
	LR_ELF_NO_RIGHT, /* there, but it may not be read */
	LR_ELF_NOT_FILE, /* a directory, device, FIFO... */
	LR_ELF_BAD,      /* not an ELF program or library */
	LR_ELF_CHANGED,
	LR_ELF_NO_MEMORY
};

struct lr_elf {
	Dwfl *dwfl;
	Dwfl_Module *module;
	struct lr_dwarf dwarf;
	struct lr_elf_symbols symbols;
	struct lr_elf_data data;
	bool dwarf_loaded, symbols_loaded, data_loaded;
	bool debuginfod;
	char debug_link[256]; /* name of a debug file that was wanted and not found, or "" */
};

/* Open PATH if its build-id is BUILD_ID_HEX (NULL: any).  E is to be closed when 0 (LR_ELF_OK)
 * or LR_ELF_DEBUG_ONLY_* is returned. */
enum lr_elf_state lr_elf_open(struct lr_elf *e, const char *path, const char *build_id_hex,
			      bool debuginfod);
void lr_elf_close(struct lr_elf *e);
/* Loaded on first use; an empty table where there is nothing to load. */
struct lr_dwarf *lr_elf_dwarf(struct lr_elf *e);
struct lr_elf_symbols *lr_elf_symbols(struct lr_elf *e);
struct lr_elf_data *lr_elf_data(struct lr_elf *e);

/* libdwfl's callback; its userdata points to the struct lr_elf. */
int lr_find_debug_file(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		       const char *file, const char *link, GElf_Word link_crc, char **found);
/* Open the debug file of that build-id; its path goes to PATH.  -1 if there is none. */
int lr_open_by_build_id(const char *hex, char *path, size_t path_size);
/* Where separate debug files are installed: /usr/lib/debug (a test may move it). */
extern const char *lr_debug_root;

/* --- symbols_file.c --- */

/*
 * Open PATH for reading if it is a regular file of at most LIMIT bytes (0: any);
 * never blocks.  Returns the descriptor, or -1 with errno (ENOTSUP: not a
 * regular file, EFBIG: too large).  ST is filled on success and for ENOTSUP, EFBIG.
 */
int lr_open_regular(const char *path, off_t limit, struct stat *st);
/* Read all of PATH with a NUL behind it; NULL with errno.  The caller frees it. */
char *lr_read_regular(const char *path, off_t limit, size_t *length);
/* DIRECTORY + NAME, "." and ".." and double slashes removed by their text alone.
 * Returns false if it does not fit. */
bool lr_path_join(char *out, size_t size, const char *directory, const char *name);
/* Copy TEXT with control characters replaced by '?'. */
void lr_plain_text(char *out, size_t size, const char *text);

#endif
