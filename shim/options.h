/* SPDX-License-Identifier: MIT */
/*
 * Options from LEAKSCOPE_OPTIONS="key=value:key=value", the sanitizers' form; a
 * value that holds ':' stands in double quotes.  What the launcher tells comes
 * in LEAKSCOPE_RUN, what a tracked parent tells in LEAKSCOPE_PARENT.
 */
#ifndef LS_OPTIONS_H
#define LS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define LS_OPTION_TEXT 512u

enum ls_children { LS_CHILDREN_NO, LS_CHILDREN_YES, LS_CHILDREN_ALL };

struct ls_options {
	char dir[LS_OPTION_TEXT];          /* absolute, once read */
	char store[LS_OPTION_TEXT];        /* "" = dir */
	char report[LS_OPTION_TEXT];       /* format at exit, "none" */
	char reporter[LS_OPTION_TEXT];     /* path of the command, "" = look for it */
	char scope_report[LS_OPTION_TEXT]; /* "" = no */
	char suppressions[LS_OPTION_TEXT];
	uint64_t sample;
	uint32_t depth;
	uint32_t exitcode; /* 0 = leave the status alone */
	enum ls_children children;
	bool scan, inherit, verify_unwind, verbose, nvtx;
	bool tagged; /* pointers may carry tags in their low three bits */
	uint32_t timeline_ms;
	/* LEAKSCOPE_RUN */
	bool launched;
	char session[64];
	uint32_t root;            /* pid of the launched process */
	char out[LS_OPTION_TEXT]; /* exact path of the root's recording, or "" */
	/* LEAKSCOPE_PARENT */
	uint32_t previous_pid; /* whose image or fork started us, 0 = none */
	uint32_t parent_pid;   /* tracked parent, 0 = none */
	bool parent_root;      /* that was the first process of the tree */
	uint8_t parent_uuid[16];
	uint32_t parent_exec_index;
	char parent_path[LS_OPTION_TEXT];
};
extern struct ls_options ls_options;

/* Read the environment; says bad options on stderr, once per process tree. */
void ls_options_read(void);
/* The effective options as key=value:key=value. */
void ls_options_text(char *buffer, uint32_t size);

#endif
