/* SPDX-License-Identifier: MIT */
/*
 * Variables of an ELF file by address, from its symbol table: what a pointer found in a
 * module's data is called.  Only symbols with a size count, since a wrong name misleads
 * more than none.
 */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "symbols_internal.h"

static bool is_variable(const GElf_Sym *symbol, const char *name)
{
	return GELF_ST_TYPE(symbol->st_info) == STT_OBJECT && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_size && name && name[0];
}

int lr_elf_data_load(struct lr_elf_data *t, Dwfl_Module *module)
{
	int count = dwfl_module_getsymtab(module);

	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		GElf_Word section;
		const char *name =
			dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);

		if (!is_variable(&symbol, name) || symbol.st_size > UINT64_MAX - address)
			continue;
		if (t->count == t->room) {
			size_t room = t->room ? t->room * 2 : 256;
			void *names = reallocarray(t->names, room, sizeof(*t->names));

			if (!names)
				return -1;
			t->names = names;
			t->room = room;
		}
		t->names[t->count] = name;
		if (lr_ranges_add(&t->ranges, address, address + symbol.st_size,
				  (uint32_t)t->count) != 0)
			return -1;
		t->count++;
	}
	lr_ranges_sort(&t->ranges);
	return 0;
}

const char *lr_elf_data_find(const struct lr_elf_data *t, uint64_t address, uint64_t *start)
{
	size_t cursor = SIZE_MAX;
	const struct lr_range *range = lr_ranges_next(&t->ranges, address, &cursor);

	if (!range)
		return NULL;
	*start = range->low;
	return t->names[range->item];
}

void lr_elf_data_free(struct lr_elf_data *t)
{
	free(t->names);
	lr_ranges_free(&t->ranges);
	*t = (struct lr_elf_data){0};
}
