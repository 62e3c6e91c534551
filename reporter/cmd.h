/* SPDX-License-Identifier: MIT */
/*
 * The table of commands, and how each reads its command line.  A command is one
 * cmd_<verb>.c that defines `const struct lr_command lr_cmd_<verb>`.
 */
#ifndef LR_CMD_H
#define LR_CMD_H

#include <argp.h>
#include <stdbool.h>

#include "err.h"

struct lr_command {
	const char *name;
	const char *summary;     /* one line, lower case, no full stop */
	const struct argp *argp; /* its options are data: help, man page and completion */
	/* ARGV[0] is "leakscope NAME".  Returns an enum lr_exit or a program's status. */
	int (*run)(int argc, char **argv);
};

extern const struct lr_command *const lr_commands[]; /* ended by NULL */
const struct lr_command *lr_command_find(const char *name);

/*
 * Parse with COMMAND->argp.  INPUT is for its parser, which reports a bad value by
 * filling ERR (reached through INPUT) and returning EINVAL; unknown options and
 * missing values are worded here.  --help prints and exits 0.  EXTRA_FLAGS:
 * ARGP_IN_ORDER or 0.  0, or -1 with ERR.
 */
int lr_parse_args(const struct lr_command *command, int argc, char **argv, unsigned extra_flags,
		  void *input, struct lr_error *err);

/* Print ERR and return LR_EXIT_BAD_INPUT: the last line of a failing command. */
int lr_bad_input(const struct lr_error *err);

#endif
