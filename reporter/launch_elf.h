/* SPDX-License-Identifier: MIT */
/*
 * Looking at a program before it is started: where it is, what it is, and
 * whether a preloaded library can reach it.  LD_PRELOAD fails silently on
 * static, setuid and foreign programs, and an empty report would then look
 * like a clean one.  Relies on <elf.h> and file reads only.
 */
#ifndef LR_LAUNCH_ELF_H
#define LR_LAUNCH_ELF_H

#include <limits.h>
#include <stdbool.h>

enum launch_program_state {
	LAUNCH_OK,        /* can be started, as far as can be seen */
	LAUNCH_NOT_FOUND, /* 127 */
	LAUNCH_NO_START   /* 126; `problem` says why */
};

struct launch_program {
	enum launch_program_state state;
	char path[PATH_MAX];        /* as found by way of PATH, links not resolved */
	char interpreter[PATH_MAX]; /* the ELF file that will run, when PATH is a script */
	char problem[256];          /* NO_START: "is a directory" */
	bool elf;                   /* not a script or something that only looks like a program */
	bool untracked;             /* it will run, but can't be tracked, because … */
	bool preload_harms;         /* … and its loader would choke on the preload */
	char reason[256];           /* "it is statically linked, so …" */
	char remedy[256];           /* "link it without -static" */
};

/*
 * Find PROGRAM the way execvp does, follow #! lines, and inspect it.  SHIM is
 * the path of libleakscope.so, whose ELF class and machine count.
 */
void launch_program_inspect(struct launch_program *p, const char *program, const char *shim);

#endif
