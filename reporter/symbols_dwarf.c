/* SPDX-License-Identifier: MIT */
/*
 * Functions, inlined calls and lines from DWARF.  Units are found by an index
 * of their ranges instead of .debug_aranges, which clang does not write; each
 * unit's functions are indexed the first time an address falls into it.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "symbols_internal.h"

enum { DEPTH_MAX = 200, RANGES_MAX = 1 << 24 };

/* Add the code ranges of DIE; 0 or -1 (no memory). */
static int add_ranges(struct lr_ranges *r, Dwarf_Die *die, uint32_t item)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t offset = 0;

	while (r->count < RANGES_MAX &&
	       (offset = dwarf_ranges(die, offset, &base, &low, &high)) > 0) {
		/* The linker leaves code that it has dropped at address 0 (or 1). */
		if (low > 1 && lr_ranges_add(r, low, high, item) != 0)
			return -1;
	}
	return 0;
}

/* libdw opens the file that a skeleton unit names; only let it if that is a file. */
static bool split_file_is_safe(Dwarf_Die *skeleton)
{
	Dwarf_Attribute attribute;
	const char *name, *directory;
	char path[PATH_MAX];
	struct stat st;

	name = dwarf_formstring(dwarf_attr(skeleton, DW_AT_dwo_name, &attribute));
	if (!name)
		name = dwarf_formstring(dwarf_attr(skeleton, DW_AT_GNU_dwo_name, &attribute));
	directory = dwarf_formstring(dwarf_attr(skeleton, DW_AT_comp_dir, &attribute));
	return name && lr_path_join(path, sizeof(path), directory, name) && path[0] == '/' &&
	       stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int add_unit(struct lr_dwarf *d, Dwarf_Die *die)
{
	if (d->unit_count == d->unit_room) {
		size_t room = d->unit_room ? d->unit_room * 2 : 64;
		struct lr_unit *units = reallocarray(d->units, room, sizeof(*units));

		if (!units)
			return -1;
		d->units = units;
		d->unit_room = room;
	}

	struct lr_unit *unit = &d->units[d->unit_count];

	*unit = (struct lr_unit){.die = *die, .scope = *die};
	if (add_ranges(&d->ranges, die, (uint32_t)d->unit_count) != 0)
		return -1;
	d->unit_count++;
	return 0;
}

int lr_dwarf_load(struct lr_dwarf *d, Dwarf *dwarf, uint64_t bias)
{
	Dwarf_CU *cu = NULL;
	uint8_t type;
	Dwarf_Die die;

	*d = (struct lr_dwarf){.dwarf = dwarf, .bias = bias};
	while (dwarf && dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		if (d->ranges.count >= RANGES_MAX || d->unit_count >= UINT32_MAX - 1)
			break;
		if (add_unit(d, &die) != 0) {
			lr_dwarf_free(d);
			return -1;
		}
	}
	lr_ranges_sort(&d->ranges);
	return 0;
}

static int add_function(struct lr_unit *unit, Dwarf_Die *die)
{
	size_t before = unit->functions.count;

	if (unit->die_count >= UINT32_MAX - 1)
		return 0;
	if (add_ranges(&unit->functions, die, (uint32_t)unit->die_count) != 0)
		return -1;
	if (unit->functions.count == before)
		return 0; /* a declaration or an abstract instance */
	if (unit->die_count == unit->die_room) {
		size_t room = unit->die_room ? unit->die_room * 2 : 32;
		Dwarf_Die *dies = reallocarray(unit->dies, room, sizeof(*dies));

		if (!dies)
			return -1;
		unit->dies = dies;
		unit->die_room = room;
	}
	unit->dies[unit->die_count++] = *die;
	return 0;
}

/*
 * The next sibling of DIE in place; false at the end.  Siblings must move
 * forward: a damaged file could send us around for ever.
 */
static bool next_sibling(Dwarf_Die *die)
{
	Dwarf_Off at = dwarf_dieoffset(die);

	return dwarf_siblingof(die, die) == 0 && dwarf_dieoffset(die) > at;
}

/* Functions can be nested in name spaces, types, blocks and other functions. */
static int index_functions(struct lr_unit *unit, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;

	if (depth > DEPTH_MAX || dwarf_child(parent, &die) != 0)
		return 0;
	do {
		switch (dwarf_tag(&die)) {
		case DW_TAG_subprogram:
			if (add_function(unit, &die) != 0)
				return -1;
			/* fall through */
		case DW_TAG_namespace:
		case DW_TAG_module:
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
		case DW_TAG_union_type:
		case DW_TAG_lexical_block:
			if (index_functions(unit, &die, depth + 1) != 0)
				return -1;
			break;
		default: break;
		}
	} while (next_sibling(&die));
	return 0;
}

static void index_unit(struct lr_unit *unit)
{
	Dwarf_Half version;
	uint8_t type;

	unit->indexed = true;
	if (dwarf_cu_info(unit->die.cu, &version, &type, NULL, NULL, NULL, NULL, NULL) == 0 &&
	    type == DW_UT_skeleton && split_file_is_safe(&unit->die)) {
		Dwarf_Die split;

		if (dwarf_cu_info(unit->die.cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) == 0 &&
		    dwarf_tag(&split) == DW_TAG_compile_unit)
			unit->scope = split;
	}
	/* Out of memory: what has been found so far is still good. */
	(void)index_functions(unit, &unit->scope, 0);
	lr_ranges_sort(&unit->functions);
}

struct chain {
	Dwarf_Die dies[LR_INLINE_MAX + 1]; /* the function, then ever deeper inlined calls */
	size_t count;
};

/* Follow the inlined calls at ADDRESS below PARENT; true if one was found. */
static bool follow_inlined(struct chain *chain, Dwarf_Die *parent, uint64_t address, unsigned depth)
{
	Dwarf_Die die;

	if (depth > DEPTH_MAX || dwarf_child(parent, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);
		int has;

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block &&
		    tag != DW_TAG_try_block && tag != DW_TAG_catch_block)
			continue;
		has = dwarf_haspc(&die, address);
		if (tag == DW_TAG_inlined_subroutine) {
			if (has <= 0)
				continue;
			if (chain->count <= LR_INLINE_MAX)
				chain->dies[chain->count++] = die;
			(void)follow_inlined(chain, &die, address, depth + 1);
			return true;
		}
		/* A block that lost its own range may still hold calls. */
		if (has > 0 ||
		    (!dwarf_hasattr(&die, DW_AT_low_pc) && !dwarf_hasattr(&die, DW_AT_ranges))) {
			if (follow_inlined(chain, &die, address, depth + 1))
				return true;
		}
	} while (next_sibling(&die));
	return false;
}

static void name_frame(struct lr_dwarf_frame *frame, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;

	frame->linkage =
		dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
	if (!frame->linkage)
		frame->linkage = dwarf_formstring(
			dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute));
	frame->name = dwarf_diename(die);
}

/* Where the inlined CALL was made from. */
static void locate_call(struct lr_dwarf_frame *frame, struct lr_unit *unit, Dwarf_Die *call)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_line, &attribute), &value) == 0 &&
	    value <= UINT_MAX)
		frame->line = (unsigned)value;
	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_file, &attribute), &value) == 0 &&
	    dwarf_getsrcfiles(&unit->scope, &files, &count) == 0 && value < count) {
		frame->file = dwarf_filesrc(files, value, NULL, NULL);
		if (frame->file && strcmp(frame->file, "???") == 0)
			frame->file = NULL;
	}
}

static void locate_address(struct lr_dwarf_frame *frame, struct lr_unit *unit, uint64_t address)
{
	Dwarf_Line *row = dwarf_getsrc_die(&unit->die, address);
	int line;

	if (!row)
		return;
	frame->file = dwarf_linesrc(row, NULL, NULL);
	if (frame->file && dwarf_lineno(row, &line) == 0 && line > 0)
		frame->line = (unsigned)line;
}

static size_t find_in_unit(struct lr_unit *unit, uint64_t address, struct lr_dwarf_frame *out,
			   size_t capacity)
{
	struct chain chain = {.count = 0};
	const struct lr_range *range, *best = NULL;
	size_t cursor = SIZE_MAX, n = 0;
	Dwarf_Attribute attribute;
	const char *directory;

	if (!unit->indexed)
		index_unit(unit);
	while ((range = lr_ranges_next(&unit->functions, address, &cursor)) != NULL) {
		if (!best || range->high - range->low < best->high - best->low)
			best = range;
	}
	if (best) {
		chain.dies[chain.count++] = unit->dies[best->item];
		(void)follow_inlined(&chain, &chain.dies[0], address, 0);
	}
	directory = dwarf_formstring(dwarf_attr(&unit->die, DW_AT_comp_dir, &attribute));
	for (size_t i = chain.count; (i > 0 || n == 0) && n < capacity; n++) {
		struct lr_dwarf_frame *frame = &out[n];

		*frame = (struct lr_dwarf_frame){.directory = directory};
		if (n == 0)
			locate_address(frame, unit, address);
		else
			locate_call(frame, unit, &chain.dies[i]);
		if (i == 0) {
			/* No function, but perhaps a line: assembly. */
			n += frame->file != NULL;
			break;
		}
		name_frame(frame, &chain.dies[--i]);
		if (i == 0) {
			Dwarf_Addr entry;

			if (dwarf_entrypc(&chain.dies[0], &entry) == 0)
				frame->entry = entry;
		}
	}
	return n;
}

size_t lr_dwarf_find(struct lr_dwarf *d, uint64_t address, struct lr_dwarf_frame *out,
		     size_t capacity)
{
	const struct lr_range *range;
	size_t cursor = SIZE_MAX;
	struct lr_unit *nameless = NULL;

	address -= d->bias;
	/* Usually one unit; leftovers of dropped code can overlap it. */
	while ((range = lr_ranges_next(&d->ranges, address, &cursor)) != NULL) {
		size_t n = find_in_unit(&d->units[range->item], address, out, capacity);

		if (n && (out[n - 1].name || out[n - 1].linkage)) {
			if (out[n - 1].entry)
				out[n - 1].entry += d->bias;
			return n;
		}
		if (n && !nameless)
			nameless = &d->units[range->item];
	}
	return nameless ? find_in_unit(nameless, address, out, capacity) : 0;
}

void lr_dwarf_free(struct lr_dwarf *d)
{
	for (size_t i = 0; i < d->unit_count; i++) {
		lr_ranges_free(&d->units[i].functions);
		free(d->units[i].dies);
	}
	free(d->units);
	lr_ranges_free(&d->ranges);
	*d = (struct lr_dwarf){0};
}
