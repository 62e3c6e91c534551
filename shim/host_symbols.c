/* SPDX-License-Identifier: MIT */
/* See host_symbols.h.  The file is mapped for a moment; everything read of it is checked. */
#include "host_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "glue.h"
#include "modules.h"
#include "text.h"

struct file {
	const char *data;
	uint64_t size;
};

static const void *part(const struct file *f, uint64_t offset, uint64_t length)
{
	return offset <= f->size && length <= f->size - offset ? f->data + offset : NULL;
}

/* Value of the function NAME in the table of section S; 0 if it isn't there. */
static uint64_t look_up(const struct file *f, const ElfW(Shdr) * s, const ElfW(Shdr) * strings,
			const char *name)
{
	const ElfW(Sym) *symbols = part(f, s->sh_offset, s->sh_size);
	const char *names = part(f, strings->sh_offset, strings->sh_size);
	uint64_t count = s->sh_size / sizeof *symbols;
	size_t length = ls_length(name);
	if (!symbols || !names)
		return 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = symbols[i].st_name;
		if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC && symbols[i].st_value &&
		    at < strings->sh_size && strings->sh_size - at > length &&
		    ls_starts(names + at, name) && !names[at + length])
			return symbols[i].st_value;
	}
	return 0;
}

static uint64_t search(const struct file *f, const char *name)
{
	const ElfW(Ehdr) *e = part(f, 0, sizeof *e);
	if (!e || !ls_starts((const char *)e->e_ident, ELFMAG) ||
	    e->e_shentsize != sizeof(ElfW(Shdr)))
		return 0;
	const ElfW(Shdr) *sections = part(f, e->e_shoff, (uint64_t)e->e_shnum * sizeof *sections);
	for (unsigned i = 0; sections && i < e->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < e->e_shnum)
			return look_up(f, &sections[i], &sections[sections[i].sh_link], name);
	return 0;
}

static uint64_t value_in_file(const char *name)
{
	struct stat st = {0};
	uint64_t value = 0;
	int fd = ls_sys_open("/proc/self/exe", O_RDONLY, 0);
	if (fd < 0)
		return 0;
	if (ls_sys2(SYS_fstat, fd, &st) == 0 && st.st_size > 0) {
		struct file f = {ls_sys_mmap((size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0),
				 (uint64_t)st.st_size};
		if (f.data) {
			value = search(&f, name);
			ls_sys_munmap((void *)f.data, f.size);
		}
	}
	ls_sys_close(fd);
	return value;
}

void *ls_host_function(const char *name)
{
	struct ls_module_info program;
	uint64_t value = value_in_file(name);
	if (!value || !ls_module_program(&program))
		return NULL;
	uintptr_t at = program.bias + value;
	return at >= program.start && at < program.end ? (void *)at : NULL;
}
