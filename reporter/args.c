/* SPDX-License-Identifier: MIT */
/*
 * Command lines: argp reads them, but says what is wrong in two lines of its own;
 * here it is kept silent and its errors become one line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct wrapper {
	const struct argp *argp; /* the command's own */
	char *name;              /* "leakscope COMMAND" */
	void *input;
	int next; /* where argp stopped */
};

static error_t parse_wrapper(int key, char *arg, struct argp_state *state)
{
	struct wrapper *wrapper = state->input;

	(void)arg;
	switch (key) {
	case '?':
		/* argp's own --help is as silent as its errors */
		argp_help(wrapper->argp, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK,
			  wrapper->name);
		exit(fflush(stdout) ? LR_EXIT_BAD_INPUT : LR_EXIT_OK);
	case ARGP_KEY_INIT: state->child_inputs[0] = wrapper->input; return 0;
	case ARGP_KEY_ERROR: wrapper->next = state->next; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* The option of TABLE that ARG is, without regard to a value; NULL if it is none. */
static const struct argp_option *find_option(const struct argp_option *table, const char *arg)
{
	size_t length;

	for (; table && (table->name || table->key || table->doc); table++) {
		if (strncmp(arg, "--", 2) == 0 && table->name) {
			length = strcspn(arg + 2, "=");
			if (strlen(table->name) == length &&
			    strncmp(table->name, arg + 2, length) == 0)
				return table;
		} else if (arg[0] == '-' && arg[1] && table->key == (unsigned char)arg[1]) {
			return table;
		}
	}
	return NULL;
}

/* Whether all letters of a short-option argument are options. */
static bool all_known(const struct argp_option *table, const char *arg)
{
	char one[3] = "-";

	for (arg++; *arg; arg++) {
		one[1] = *arg;
		if (!find_option(table, one))
			return false;
	}
	return true;
}

static int explain(const struct lr_command *command, int argc, char **argv, int next,
		   struct lr_error *err)
{
	const struct argp_option *table = command->argp->options, *option;
	const char *arg = next > 0 && next <= argc ? argv[next - 1] : "";

	/* in the middle of -abc argp has not gone on to the next argument yet */
	if (strncmp(arg, "--", 2) != 0 && next < argc && argv[next][0] == '-' &&
	    (arg[0] != '-' || next == 1 || all_known(table, arg)))
		arg = argv[next];
	option = find_option(table, arg);
	if (option && option->arg && !strchr(arg, '='))
		return lr_fail(err, "%s needs a value (%s); see `%s --help`", arg, option->arg,
			       argv[0]);
	if (option && !option->arg && strchr(arg, '='))
		return lr_fail(err, "%.*s takes no value; see `%s --help`", (int)strcspn(arg, "="),
			       arg, argv[0]);
	return lr_fail(err, "unknown option '%.200s'; `%s --help` lists them", arg, argv[0]);
}

int lr_parse_args(const struct lr_command *command, int argc, char **argv, unsigned extra_flags,
		  void *input, struct lr_error *err)
{
	const struct argp_child children[] = {{command->argp, 0, NULL, 0}, {NULL, 0, NULL, 0}};
	static const struct argp_option help[] = {{"help", '?', NULL, 0, "show this", -1}, {0}};
	const struct argp argp = {.options = help, .parser = parse_wrapper, .children = children};
	struct wrapper wrapper = {.argp = command->argp, .name = argv[0], .input = input};

	err->text[0] = '\0';
	errno = argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP | extra_flags, NULL,
			   &wrapper);
	if (!errno)
		return 0;
	if (err->text[0])
		return -1;
	return explain(command, argc, argv, wrapper.next, err);
}

int lr_bad_input(const struct lr_error *err)
{
	lr_error_print(err);
	return LR_EXIT_BAD_INPUT;
}
