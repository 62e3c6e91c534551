/* SPDX-License-Identifier: MIT */
/*
 * One ELF file opened through libdwfl, each in a session of its own so that
 * opening one does not touch the others; its tables are loaded on first use.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbols_internal.h"

static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file, Elf **elf)
{
	return -1; /* the file is always handed over */
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = lr_find_debug_file,
	.section_address = dwfl_offline_section_address,
};

/* A program or library, not an object file, a core or a compressed image. */
static bool is_program(int fd)
{
	unsigned char head[18];
	unsigned type;

	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	type = head[EI_DATA] == ELFDATA2MSB ? (unsigned)head[16] << 8 | head[17]
					    : (unsigned)head[17] << 8 | head[16];
	return type == ET_EXEC || type == ET_DYN;
}

/* Give FD to libdwfl; it is closed in any case. */
static enum lr_elf_state report(struct lr_elf *e, const char *path, int fd,
				const char *build_id_hex)
{
	enum lr_elf_state state = LR_ELF_BAD;
	const unsigned char *bits;
	GElf_Addr where;
	void **userdata;
	char hex[136] = "";

	if (!is_program(fd)) {
		close(fd);
		return LR_ELF_BAD;
	}
	e->dwfl = dwfl_begin(&callbacks);
	if (!e->dwfl) {
		close(fd);
		return LR_ELF_NO_MEMORY;
	}
	/* At its own addresses: what we are asked for are ELF addresses. */
	e->module = dwfl_report_elf(e->dwfl, path, path, fd, 0, true);
	if (!e->module) {
		close(fd);
		goto fail;
	}
	if (dwfl_report_end(e->dwfl, NULL, NULL) != 0)
		goto fail;
	dwfl_module_info(e->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = e;

	int length = dwfl_module_build_id(e->module, &bits, &where);

	for (int i = 0; i < length && i < 64; i++)
		snprintf(hex + 2 * i, 3, "%02x", bits[i]);
	if (build_id_hex && strcasecmp(hex, build_id_hex) != 0) {
		state = LR_ELF_CHANGED;
		goto fail;
	}
	return LR_ELF_OK;
fail:
	lr_elf_close(e);
	return state;
}

/* The kernel's vdso is in no file, but it is in this process too. */
static int open_vdso(void)
{
	const unsigned char *image = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
	size_t size, done = 0;
	int fd;

	if (!image || memcmp(image, ELFMAG, SELFMAG) != 0 || image[EI_CLASS] != ELFCLASS64)
		return -1;

	Elf64_Ehdr header;

	memcpy(&header, image, sizeof(header));
	size = header.e_shoff + (size_t)header.e_shnum * header.e_shentsize;
	if (size > 1 << 20)
		return -1;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, image + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	return fd;
}

enum lr_elf_state lr_elf_open(struct lr_elf *e, const char *path, const char *build_id_hex,
			      bool debuginfod)
{
	char debug_path[PATH_MAX];
	enum lr_elf_state state;
	struct stat st;
	int fd;

	*e = (struct lr_elf){.debuginfod = debuginfod};
	if (path && strcmp(path, "[vdso]") == 0) {
		fd = build_id_hex ? open_vdso() : -1;
		return fd < 0 ? LR_ELF_MISSING : report(e, path, fd, build_id_hex);
	}
	if (!path || path[0] != '/') {
		state = LR_ELF_MISSING;
	} else {
		fd = lr_open_regular(path, 0, &st);
		if (fd >= 0)
			state = report(e, path, fd, build_id_hex);
		else
			state = errno == ENOTSUP                    ? LR_ELF_NOT_FILE
				: errno == EACCES || errno == EPERM ? LR_ELF_NO_RIGHT
								    : LR_ELF_MISSING;
	}
	if (state == LR_ELF_OK || !build_id_hex)
		return state;

	/* The file as it was is gone, but its debug file may be installed still. */
	fd = lr_open_by_build_id(build_id_hex, debug_path, sizeof(debug_path));
	if (fd >= 0 && report(e, debug_path, fd, build_id_hex) == LR_ELF_OK) {
		e->debuginfod = debuginfod;
		return state == LR_ELF_CHANGED || state == LR_ELF_BAD ? LR_ELF_DEBUG_ONLY_CHANGED
								      : LR_ELF_DEBUG_ONLY_MISSING;
	}
	return state;
}

void lr_elf_close(struct lr_elf *e)
{
	lr_elf_symbols_free(&e->symbols);
	lr_elf_data_free(&e->data);
	lr_dwarf_free(&e->dwarf);
	if (e->dwfl)
		dwfl_end(e->dwfl);
	*e = (struct lr_elf){0};
}

struct lr_dwarf *lr_elf_dwarf(struct lr_elf *e)
{
	if (!e->dwarf_loaded) {
		Dwarf_Addr bias = 0;
		Dwarf *dwarf = dwfl_module_getdwarf(e->module, &bias);

		e->dwarf_loaded = true;
		(void)lr_dwarf_load(&e->dwarf, dwarf, bias);
	}
	return &e->dwarf;
}

struct lr_elf_symbols *lr_elf_symbols(struct lr_elf *e)
{
	if (!e->symbols_loaded) {
		e->symbols_loaded = true;
		if (lr_elf_symbols_load(&e->symbols, e->module) != 0)
			lr_elf_symbols_free(&e->symbols);
	}
	return &e->symbols;
}

struct lr_elf_data *lr_elf_data(struct lr_elf *e)
{
	if (!e->data_loaded) {
		e->data_loaded = true;
		if (lr_elf_data_load(&e->data, e->module) != 0)
			lr_elf_data_free(&e->data);
	}
	return &e->data;
}
