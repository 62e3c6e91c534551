/* SPDX-License-Identifier: MIT */
/*
 * Separate debug files: by build-id, by .gnu_debuglink, by the link of dwz, and
 * where the user allows it by debuginfod.  Done here rather than by libdwfl's
 * own search, which would open whatever a hostile file names (a FIFO, say).
 */
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols_internal.h"

const char *lr_debug_root = "/usr/lib/debug";

static bool valid_hex(const char *hex)
{
	size_t n = strspn(hex, "0123456789abcdef");

	return hex[n] == '\0' && n >= 4 && n <= 128 && n % 2 == 0;
}

static void to_hex(char *out, size_t size, const unsigned char *bits, int length)
{
	out[0] = '\0';
	for (int i = 0; i < length && (size_t)i * 2 + 2 < size; i++)
		snprintf(out + 2 * i, 3, "%02x", bits[i]);
}

/* Does the ELF file at FD have the build-id HEX? */
static bool has_build_id(int fd, const char *hex)
{
	char found[136] = "";
	const void *bits;
	ssize_t length;
	Elf *elf;

	(void)elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf)
		return false;
	length = dwelf_elf_gnu_build_id(elf, &bits);
	if (length > 0 && length <= 64)
		to_hex(found, sizeof(found), bits, (int)length);
	elf_end(elf);
	return strcmp(found, hex) == 0;
}

int lr_open_by_build_id(const char *hex, char *path, size_t path_size)
{
	struct stat st;
	int fd;

	if (!valid_hex(hex))
		return -1;
	if ((size_t)snprintf(path, path_size, "%s/.build-id/%.2s/%s.debug", lr_debug_root, hex,
			     hex + 2) >= path_size)
		return -1;
	fd = lr_open_regular(path, 0, &st);
	if (fd >= 0 && !has_build_id(fd, hex)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The CRC-32 that .gnu_debuglink uses, a nibble at a time. */
static bool has_crc(int fd, uint32_t wanted)
{
	static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
					   0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
					   0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					   0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	unsigned char buffer[65536];
	uint32_t crc = 0xffffffff;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buffer, sizeof(buffer), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		for (ssize_t i = 0; i < n; i++) {
			crc = crc >> 4 ^ table[(crc ^ buffer[i]) & 15];
			crc = crc >> 4 ^ table[(crc ^ (uint32_t)buffer[i] >> 4) & 15];
		}
		at += n;
	}
	return ~crc == wanted;
}

/* Open PATH if it is the debug file with that build-id, or that CRC where there is no build-id. */
static int open_checked(const char *path, const char *hex, uint32_t crc)
{
	struct stat st;
	int fd = lr_open_regular(path, 0, &st);

	if (fd >= 0 && !(hex[0] ? has_build_id(fd, hex) : has_crc(fd, crc))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int open_by_link(const char *file, const char *link, const char *hex, uint32_t crc,
			char *path, size_t size)
{
	static const char *const places[] = {"", ".debug/"};
	char directory[PATH_MAX], real[PATH_MAX];
	int fd = -1;

	if (!link[0] || strchr(link, '/') || !file)
		return -1;
	/* Debug files lie beside the file itself, not beside a link to it. */
	if (!realpath(file, real))
		return -1;
	snprintf(directory, sizeof(directory), "%s", real);
	*strrchr(directory, '/') = '\0';
	for (size_t i = 0; fd < 0 && i < sizeof(places) / sizeof(places[0]); i++) {
		if ((size_t)snprintf(path, size, "%s/%s%s", directory, places[i], link) < size &&
		    strcmp(path, real) != 0)
			fd = open_checked(path, hex, crc);
	}
	if (fd < 0 &&
	    (size_t)snprintf(path, size, "%s%s/%s", lr_debug_root, directory, link) < size)
		fd = open_checked(path, hex, crc);
	return fd;
}

/* The common part of several debug files, named by dwz's link in one of them. */
static int open_dwz(const char *link, char *path, size_t size)
{
	char base[PATH_MAX];
	struct stat st;

	/* Relative ones are relative to the debug file, two levels below the root at most. */
	snprintf(base, sizeof(base), "%s/.build-id/00", lr_debug_root);
	if (!link || !lr_path_join(path, size, base, link))
		return -1;
	return lr_open_regular(path, 0, &st);
}

int lr_find_debug_file(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		       const char *file, const char *link, GElf_Word link_crc, char **found)
{
	struct lr_elf *elf = *userdata;
	char hex[136] = "", path[2 * PATH_MAX];
	const unsigned char *bits;
	GElf_Addr where;
	int length, fd = -1;

	*found = NULL;
	if (!file)
		fd = open_dwz(link, path, sizeof(path));
	if (!file && fd < 0)
		return -1;
	length = dwfl_module_build_id(module, &bits, &where);
	if (length > 0 && length <= 64)
		to_hex(hex, sizeof(hex), bits, length);
	if (fd < 0)
		fd = lr_open_by_build_id(hex, path, sizeof(path));
	if (fd < 0 && link)
		fd = open_by_link(file, link, hex, link_crc, path, sizeof(path));
	if (fd >= 0) {
		*found = strdup(path);
		return fd;
	}
	if (elf && elf->debuginfod && getenv("DEBUGINFOD_URLS"))
		fd = dwfl_standard_find_debuginfo(module, userdata, name, base, file, link,
						  link_crc, found);
	if (fd < 0 && elf && link)
		lr_plain_text(elf->debug_link, sizeof(elf->debug_link), link);
	return fd;
}
