/* SPDX-License-Identifier: MIT */
/*
 * ELF inspection for the launcher; see the header.  Everything is read with
 * pread and checked against the bytes read: the file may be anything.
 */
#include "launch_elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SCRIPT_LEVELS 5 /* as many #! as the kernel follows */
#define MAX_PHDRS 512
#define NOTE_BYTES 4096

/* What is asked of an ELF file. */
struct elf_facts {
	unsigned char class, data;
	uint16_t machine, type;
	bool elf, has_interp, go;
	char interp[256];
};

/* One program header of either class. */
struct segment {
	uint32_t type;
	uint64_t offset, size;
};

static struct segment segment_of(const unsigned char *raw, bool is64)
{
	struct segment s;

	if (is64) {
		Elf64_Phdr h;

		memcpy(&h, raw, sizeof h);
		s = (struct segment){h.p_type, h.p_offset, h.p_filesz};
	} else {
		Elf32_Phdr h;

		memcpy(&h, raw, sizeof h);
		s = (struct segment){h.p_type, h.p_offset, h.p_filesz};
	}
	return s;
}

/* Go's linker leaves a note "Go" (its build id) in everything it links. */
static bool has_go_note(int fd, struct segment s)
{
	unsigned char bytes[NOTE_BYTES];
	ssize_t length =
		pread(fd, bytes, s.size < sizeof bytes ? s.size : sizeof bytes, (off_t)s.offset);
	size_t at = 0;

	while (length > 0 && at + 12 <= (size_t)length) {
		uint32_t head[3];
		uint64_t next;

		memcpy(head, bytes + at, sizeof head);
		if ((head[0] == 3 || head[0] == 4) && at + 15 <= (size_t)length &&
		    !memcmp(bytes + at + 12, "Go", 3))
			return true;
		next = at + 12 + ((head[0] + 3ull) & ~3ull) + ((head[1] + 3ull) & ~3ull);
		if (next > (uint64_t)length)
			break;
		at = next;
	}
	return false;
}

/* Fill FACTS; false if FD is no ELF file, or one without readable program headers. */
static bool read_elf(int fd, struct elf_facts *facts)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf64_Ehdr e64;
		Elf32_Ehdr e32;
	} head;
	const unsigned char native =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	uint64_t table;
	size_t count, size;
	bool is64;

	memset(facts, 0, sizeof *facts);
	memset(&head, 0, sizeof head);
	if (pread(fd, &head, sizeof head, 0) < (ssize_t)sizeof head.e32 ||
	    memcmp(head.ident, ELFMAG, SELFMAG))
		return false;
	facts->class = head.ident[EI_CLASS];
	facts->data = head.ident[EI_DATA];
	is64 = facts->class == ELFCLASS64;
	facts->type = head.e64.e_type; /* these two lie at the same place in both classes */
	facts->machine = head.e64.e_machine;
	if (facts->data != native) {
		facts->elf = true;
		facts->machine = (uint16_t)(facts->machine >> 8 | facts->machine << 8);
		facts->has_interp = true; /* not looked at: the byte order says enough */
		return true;
	}
	table = is64 ? head.e64.e_phoff : head.e32.e_phoff;
	count = is64 ? head.e64.e_phnum : head.e32.e_phnum;
	size = is64 ? head.e64.e_phentsize : head.e32.e_phentsize;
	facts->elf = true;
	if (!count || size < (is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) || size > 256)
		return false;
	for (size_t i = 0; i < count && i < MAX_PHDRS; i++) {
		unsigned char raw[256];
		struct segment s;
		ssize_t n;

		if (pread(fd, raw, size, (off_t)(table + i * size)) != (ssize_t)size)
			return false;
		s = segment_of(raw, is64);
		if (s.type == PT_INTERP) {
			facts->has_interp = true;
			n = pread(fd, facts->interp,
				  s.size < sizeof facts->interp ? s.size : sizeof facts->interp - 1,
				  (off_t)s.offset);
			facts->interp[n > 0 ? n : 0] = '\0';
		} else if (s.type == PT_NOTE && has_go_note(fd, s)) {
			facts->go = true;
		}
	}
	return true;
}

static const char *machine_name(uint16_t machine, unsigned char class, char *buffer, size_t size)
{
	switch (machine) {
	case EM_386: return "i386 (32-bit)";
	case EM_X86_64: return class == ELFCLASS32 ? "x32" : "x86-64";
	case EM_ARM: return "32-bit ARM";
	case EM_AARCH64: return "aarch64";
	case EM_RISCV: return "RISC-V";
	case EM_PPC64: return "ppc64";
	case EM_S390: return "s390";
	default: snprintf(buffer, size, "machine %u", machine); return buffer;
	}
}

/*
 * Would the kernel start this file with AT_SECURE?  Only when it really changes
 * ids or raises capabilities: root running a setuid-root program stays tracked.
 */
static const char *secure_kind(const char *path, const struct stat *st)
{
	struct statvfs fs;
	char capability[64];
	bool inert = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
		     (!statvfs(path, &fs) && (fs.f_flag & ST_NOSUID));

	if (inert)
		return NULL;
	if ((st->st_mode & S_ISUID) && st->st_uid != getuid())
		return "setuid";
	if ((st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st->st_gid != getgid())
		return "setgid";
	if (getuid() && getxattr(path, "security.capability", capability, sizeof capability) > 0)
		return "given file capabilities";
	return NULL;
}

__attribute__((format(printf, 3, 4))) static void
untracked(struct launch_program *p, const char *remedy, const char *format, ...)
{
	va_list args;

	p->untracked = true;
	va_start(args, format);
	vsnprintf(p->reason, sizeof p->reason, format, args);
	va_end(args);
	snprintf(p->remedy, sizeof p->remedy, "%s", remedy);
}

/* The loader itself (ld-linux…so PROGRAM) has no interpreter but heeds LD_PRELOAD. */
static bool is_loader(const char *path)
{
	char *real = realpath(path, NULL);
	const char *base = real ? strrchr(real, '/') + 1 : path;
	bool yes = !strncmp(base, "ld-linux", 8) || !strncmp(base, "ld64", 4) ||
		   !strncmp(base, "ld-2.", 5);

	free(real);
	return yes;
}

static void say_if_secure(struct launch_program *p, const char *kind)
{
	if (kind)
		untracked(p, "run a copy without that privilege, or run it as the user it becomes",
			  "it is %s, and the loader ignores LD_PRELOAD then", kind);
}

static void inspect_elf(struct launch_program *p, const char *path, int fd, const struct stat *st,
			const char *shim)
{
	struct elf_facts facts = {0}, ours = {0};
	int shim_fd = open(shim, O_RDONLY | O_CLOEXEC);
	bool compare = shim_fd >= 0 && read_elf(shim_fd, &ours), known = read_elf(fd, &facts);
	const char *secure = secure_kind(path, st);
	char theirs_name[32], our_name[32];

	if (shim_fd >= 0)
		close(shim_fd);
	p->elf = facts.elf;
	if (!known)
		return; /* a.out, binfmt_misc, broken, text for /bin/sh: the kernel will tell */
	if (compare && (facts.class != ours.class || facts.data != ours.data ||
			facts.machine != ours.machine)) {
		p->preload_harms = true;
		untracked(p, "build leakscope for that architecture",
			  "it is built for %s and %s for %s",
			  machine_name(facts.machine, facts.class, theirs_name, sizeof theirs_name),
			  "libleakscope.so",
			  machine_name(ours.machine, ours.class, our_name, sizeof our_name));
	} else if (!facts.has_interp && facts.go) {
		untracked(p, "use Go's own tools (pprof), or build it with cgo to see its C side",
			  "it is a static Go program, which never calls malloc");
	} else if (!facts.has_interp && !is_loader(path)) {
		untracked(p, "link it without -static",
			  "it is statically linked, so that LD_PRELOAD does not reach it");
	} else if (strstr(facts.interp, "ld-musl")) {
		p->preload_harms = true;
		untracked(p, "build it for glibc",
			  "it uses the loader of musl (%.100s), and libleakscope.so needs glibc",
			  facts.interp);
	} else {
		say_if_secure(p, secure);
	}
}

/* Find PROGRAM through PATH into p->path, as execvp does. */
static void resolve(struct launch_program *p, const char *program)
{
	const char *path = getenv("PATH");
	char standard[256];
	struct stat st;
	int denied = 0;

	p->state = LAUNCH_NOT_FOUND;
	if (!*program)
		return;
	if (strchr(program, '/')) {
		if (snprintf(p->path, sizeof p->path, "%s", program) < (int)sizeof p->path &&
		    !stat(p->path, &st)) {
			p->state = LAUNCH_OK;
		} else if (errno != ENOENT) {
			p->state = LAUNCH_NO_START;
			snprintf(p->problem, sizeof p->problem, "%s", strerror(errno));
		}
		return;
	}
	if (!path) {
		confstr(_CS_PATH, standard, sizeof standard);
		path = standard;
	}
	for (;;) {
		size_t n = strcspn(path, ":");
		int written =
			n ? snprintf(p->path, sizeof p->path, "%.*s/%s", (int)n, path, program)
			  : snprintf(p->path, sizeof p->path, "%s", program);

		if (written < (int)sizeof p->path && !stat(p->path, &st) && S_ISREG(st.st_mode)) {
			if (!access(p->path, X_OK)) {
				p->state = LAUNCH_OK;
				return;
			}
			denied = 1;
		}
		if (!path[n])
			break;
		path += n + 1;
	}
	snprintf(p->path, sizeof p->path, "%s", program);
	if (denied) {
		p->state = LAUNCH_NO_START;
		snprintf(p->problem, sizeof p->problem, "%s", strerror(EACCES));
	}
}

/* The interpreter named by the first line of a script, into PATH; false: no script. */
static bool script_interpreter(int fd, char *path, size_t size)
{
	char line[PATH_MAX];
	ssize_t n = pread(fd, line, sizeof line - 1, 0);
	char *start;

	if (n < 3 || memcmp(line, "#!", 2))
		return false;
	line[n] = '\0';
	start = line + 2 + strspn(line + 2, " \t");
	start[strcspn(start, " \t\n")] = '\0';
	return snprintf(path, size, "%s", start) < (int)size;
}

static void no_start(struct launch_program *p, const char *what)
{
	p->state = LAUNCH_NO_START;
	snprintf(p->problem, sizeof p->problem, "%s", what);
}

void launch_program_inspect(struct launch_program *p, const char *program, const char *shim)
{
	char path[PATH_MAX];

	memset(p, 0, sizeof *p);
	resolve(p, program);
	if (p->state != LAUNCH_OK)
		return;
	snprintf(path, sizeof path, "%s", p->path);
	for (int level = 0; level <= SCRIPT_LEVELS; level++) {
		char next[PATH_MAX];
		struct stat st;
		int fd;

		if (stat(path, &st)) {
			p->state = LAUNCH_NO_START;
			snprintf(p->problem, sizeof p->problem, "its interpreter %.150s: %s", path,
				 strerror(errno));
			return;
		}
		if (!S_ISREG(st.st_mode)) {
			no_start(p, S_ISDIR(st.st_mode) ? "is a directory" : "is no regular file");
			return;
		}
		if (access(path, X_OK)) {
			if (level)
				snprintf(p->problem, sizeof p->problem,
					 "its interpreter %.150s: %s", path, strerror(errno));
			else
				snprintf(p->problem, sizeof p->problem, "%s", strerror(errno));
			p->state = LAUNCH_NO_START;
			return;
		}
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			say_if_secure(p, secure_kind(path, &st)); /* all that can be seen */
			return;
		}
		if (!script_interpreter(fd, next, sizeof next)) {
			inspect_elf(p, path, fd, &st, shim);
			close(fd);
			return;
		}
		close(fd);
		snprintf(path, sizeof path, "%s", next);
		snprintf(p->interpreter, sizeof p->interpreter, "%s", next);
	}
	no_start(p, "has more than five levels of #! interpreters");
}
