/* SPDX-License-Identifier: MIT */
/* The leakscope command: picks the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_help.h"

/* Each is in cmd_<name>.c. */
extern const struct lr_command lr_cmd_run, lr_cmd_report, lr_cmd_diff, lr_cmd_snapshot, lr_cmd_gate,
	lr_cmd_list, lr_cmd_help;

const struct lr_command *const lr_commands[] = {
	&lr_cmd_run,  &lr_cmd_report, &lr_cmd_diff, &lr_cmd_snapshot,
	&lr_cmd_gate, &lr_cmd_list,   &lr_cmd_help, NULL,
};

/* Promised, and to be told apart from a slip of the pen. */
static const char *const coming[] = {"top", NULL};

const struct lr_command *lr_command_find(const char *name)
{
	const struct lr_command *const *command;

	for (command = lr_commands; *command; command++) {
		if (strcmp((*command)->name, name) == 0)
			return *command;
	}
	return NULL;
}

static int no_command(const char *name)
{
	const char *const *later;
	struct lr_error err;

	for (later = coming; *later; later++) {
		if (strcmp(*later, name) == 0) {
			lr_fail(&err,
				"the command '%s' is not in this version; `leakscope help` lists "
				"those that are",
				name);
			return lr_bad_input(&err);
		}
	}
	lr_fail(&err, "no %s '%.64s'; `leakscope help` lists what there is",
		name[0] == '-' ? "option" : "command", name);
	return lr_bad_input(&err);
}

int main(int argc, char **argv)
{
	const struct lr_command *command;
	char program[64];
	struct lr_error err;
	int status;

	if (argc < 2) {
		lr_fail(&err, "no command; `leakscope help` lists them, `leakscope run PROGRAM` "
			      "is the one to begin with");
		return lr_bad_input(&err);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		lr_print_version(stdout);
		return LR_EXIT_OK;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "-?") == 0) {
		lr_print_help(stdout);
		return LR_EXIT_OK;
	}
	command = lr_command_find(argv[1]);
	if (!command)
		return no_command(argv[1]);
	snprintf(program, sizeof program, "leakscope %s", command->name);
	argv[1] = program;
	status = command->run(argc - 1, argv + 1);
	if (fflush(stdout) != 0 && status == LR_EXIT_OK) {
		lr_fail(&err, "cannot write to the standard output: %m");
		return lr_bad_input(&err);
	}
	return status;
}
