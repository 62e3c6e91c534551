/* SPDX-License-Identifier: MIT */
/*
 * The ELF symbol table (.symtab, .dynsym or the one in .gnu_debugdata, merged
 * by libdwfl) sorted once: libdwfl's own look-up reads the whole table each
 * time.  A name is only given where it clearly holds the address, because a
 * wrong name misleads more than none.
 */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "symbols_internal.h"

/* A symbol without size (assembly) is believed for so many bytes at most. */
enum { UNSIZED_REACH = 16 * 1024, SECTIONS_MAX = 65536 };

static uint32_t section_of(const struct lr_elf_symbols *t, uint64_t address)
{
	for (size_t i = 0; i < t->section_count; i++) {
		if (address >= t->sections[i].low && address < t->sections[i].high)
			return (uint32_t)i;
	}
	return UINT32_MAX;
}

static int load_sections(struct lr_elf_symbols *t, Dwfl_Module *module)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	Elf_Scn *section = NULL;
	size_t room = 0;

	while (elf && t->section_count < SECTIONS_MAX &&
	       (section = elf_nextscn(elf, section)) != NULL) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR) ||
		    header.sh_size == 0 || header.sh_size > UINT64_MAX - header.sh_addr - bias)
			continue;
		if (t->section_count == room) {
			void *list;

			room = room ? room * 2 : 8;
			list = reallocarray(t->sections, room, sizeof(*t->sections));
			if (!list)
				return -1;
			t->sections = list;
		}
		t->sections[t->section_count].low = header.sh_addr + bias;
		t->sections[t->section_count++].high = header.sh_addr + bias + header.sh_size;
	}
	return 0;
}

static size_t underscores(const char *name)
{
	return strspn(name, "_");
}

/* By address; of one address the name that a programmer would know first. */
static int by_address(const void *a, const void *b)
{
	const struct lr_elf_symbol *x = a, *y = b;
	size_t m, n;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (!x->size != !y->size)
		return x->size ? -1 : 1;
	if (x->local != y->local)
		return x->local ? 1 : -1;
	m = underscores(x->name);
	n = underscores(y->name);
	if (m != n)
		return m < n ? -1 : 1;
	m = strcspn(x->name, "@");
	n = strcspn(y->name, "@");
	if (m != n)
		return m < n ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool is_function(const GElf_Sym *symbol, const char *name)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF || !name || !name[0])
		return false;
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return true;
	/* Marks of assemblers and of arm64's mapping symbols are no functions. */
	return type == STT_NOTYPE && name[0] != '.' && name[0] != '$';
}

int lr_elf_symbols_load(struct lr_elf_symbols *t, Dwfl_Module *module)
{
	int count = dwfl_module_getsymtab(module);

	if (load_sections(t, module) != 0)
		return -1;
	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		GElf_Word section;
		const char *name =
			dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);
		uint32_t where;

		if (!is_function(&symbol, name))
			continue;
		where = section_of(t, address);
		if (where == UINT32_MAX)
			continue;
		if (t->count == t->room) {
			size_t room = t->room ? t->room * 2 : 256;
			void *list = reallocarray(t->list, room, sizeof(*t->list));

			if (!list)
				return -1;
			t->list = list;
			t->room = room;
		}

		uint64_t left = t->sections[where].high - address;

		t->list[t->count++] = (struct lr_elf_symbol){
			.address = address,
			.size = symbol.st_size < left ? symbol.st_size : left,
			.name = name,
			.section = where,
			.local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL,
		};
	}
	if (t->count)
		qsort(t->list, t->count, sizeof(*t->list), by_address);
	for (size_t i = 0; i < t->count; i++) {
		/* Aliases: the first, best name stands for all. */
		if (i > 0 && t->list[i].address == t->list[i - 1].address)
			continue;
		if (lr_ranges_add(&t->sized, t->list[i].address,
				  t->list[i].address + t->list[i].size, (uint32_t)i) != 0)
			return -1;
	}
	lr_ranges_sort(&t->sized);
	return 0;
}

/* Index of the first symbol that starts behind ADDRESS. */
static size_t behind(const struct lr_elf_symbols *t, uint64_t address)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct lr_elf_symbol *lr_elf_symbols_at(const struct lr_elf_symbols *t, uint64_t address,
					      size_t *count)
{
	size_t end = behind(t, address), first = end;

	while (first > 0 && t->list[first - 1].address == address)
		first--;
	*count = end - first;
	return *count ? &t->list[first] : NULL;
}

const char *lr_elf_symbols_find(const struct lr_elf_symbols *t, uint64_t address)
{
	size_t cursor = SIZE_MAX;
	const struct lr_range *range = lr_ranges_next(&t->sized, address, &cursor);

	if (range)
		return t->list[range->item].name;

	size_t end = behind(t, address), count;

	if (end == 0)
		return NULL;

	const struct lr_elf_symbol *nearest =
		lr_elf_symbols_at(t, t->list[end - 1].address, &count);

	/* The best name comes first and has a size if any has: then ADDRESS is behind its end. */
	if (nearest->size || address - nearest->address > UNSIZED_REACH ||
	    nearest->section != section_of(t, address))
		return NULL;
	return nearest->name;
}

void lr_elf_symbols_free(struct lr_elf_symbols *t)
{
	free(t->list);
	free(t->sections);
	lr_ranges_free(&t->sized);
	*t = (struct lr_elf_symbols){0};
}
