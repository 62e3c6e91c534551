/* SPDX-License-Identifier: MIT */
/* leakscope help [COMMAND], --help and --version. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_help.h"
#include "out.h"

void lr_print_help(FILE *out)
{
	const struct lr_command *const *command;

	fputs("Usage: leakscope COMMAND [OPTIONS] [ARGUMENTS]\n"
	      "Finds what a program leaks, in which scope and from which line.\n\n",
	      out);
	for (command = lr_commands; *command; command++)
		fprintf(out, "  %-10s %s\n", (*command)->name, (*command)->summary);
	fputs("\n  leakscope help COMMAND   options of a command\n"
	      "  leakscope --version      version and formats\n\n"
	      "To begin:  leakscope run -- PROGRAM ARGUMENTS\n",
	      out);
}

void lr_print_version(FILE *out)
{
	const struct lr_format *format;

	fputs("leakscope " LEAKSCOPE_VERSION "\n", out);
	fprintf(out, "recording format %u; report formats:", LS_VERSION);
	for (format = lr_format_all(); format->name; format++)
		fprintf(out, " %s", format->name);
	fputc('\n', out);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **name = state->input;

	if (key != ARGP_KEY_ARG || *name)
		return ARGP_ERR_UNKNOWN;
	*name = arg;
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "[COMMAND]",
	.doc = "Show what leakscope does, or the options of COMMAND.",
};

static int help(int argc, char **argv);

const struct lr_command lr_cmd_help = {"help", "show this, or the options of a command", &argp,
				       help};

static int help(int argc, char **argv)
{
	const struct lr_command *command;
	const char *name = NULL;
	char program[64];
	char *args[] = {program, NULL};
	struct lr_error err;

	if (lr_parse_args(&lr_cmd_help, argc, argv, 0, &name, &err))
		return lr_bad_input(&err);
	if (!name) {
		lr_print_help(stdout);
		return LR_EXIT_OK;
	}
	command = lr_command_find(name);
	if (!command) {
		lr_fail(&err, "no command '%.64s'; `leakscope help` lists them", name);
		return lr_bad_input(&err);
	}
	snprintf(program, sizeof program, "leakscope %s", command->name);
	argp_help(command->argp, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK, args[0]);
	return LR_EXIT_OK;
}
