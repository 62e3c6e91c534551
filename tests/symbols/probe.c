/* SPDX-License-Identifier: MIT */
/*
 * Prints the ELF address of its caller and the build-id of the caller's module.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct found {
	uintptr_t pc, address;
	char build_id[129];
};

static void read_notes(struct found *f, const char *p, size_t size)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)p;
		size_t name = (note->n_namesz + 3u) & ~3u, text = (note->n_descsz + 3u) & ~3u;

		if (sizeof(*note) + name + text > size)
			return;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_descsz <= 64 &&
		    memcmp(p + sizeof(*note), "GNU", 4) == 0) {
			for (unsigned i = 0; i < note->n_descsz; i++)
				sprintf(f->build_id + 2 * i, "%02x",
					(unsigned char)p[sizeof(*note) + name + i]);
		}
		p += sizeof(*note) + name + text;
		size -= sizeof(*note) + name + text;
	}
}

static int look(struct dl_phdr_info *info, size_t size, void *opaque)
{
	struct found *f = opaque;
	int mine = 0;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		mine |= p->p_type == PT_LOAD && f->pc - info->dlpi_addr - p->p_vaddr < p->p_memsz;
	}
	if (!mine)
		return 0;
	f->address = f->pc - info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_NOTE)
			read_notes(f, (const char *)(info->dlpi_addr + p->p_vaddr), p->p_memsz);
	}
	return 1;
}

void probe(const char *name)
{
	struct found f = {.pc = (uintptr_t)__builtin_return_address(0) - 1};

	dl_iterate_phdr(look, &f);
	printf("%s %lx %s\n", name, (unsigned long)f.address, f.build_id[0] ? f.build_id : "-");
}
