/* SPDX-License-Identifier: MIT */
/*
 * The reporter's one way to fail: an error is one line that says what, where
 * and how to mend it, carried up in a struct and printed once by main.
 */
#ifndef LR_ERR_H
#define LR_ERR_H

/* Exit statuses of the command (a program's own status passes through `run`). */
enum lr_exit {
	LR_EXIT_OK = 0,
	LR_EXIT_GATE_FAILED = 1,
	LR_EXIT_BAD_INPUT = 2,
	LR_EXIT_CANNOT_START = 126,
	LR_EXIT_NOT_FOUND = 127
};

struct lr_error {
	char text[1024]; /* one line without "leakscope: " and without newline; "" = none */
};

/* Format into ERR (cut if too long, control characters replaced) and return -1. */
int lr_fail(struct lr_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print "leakscope: TEXT" to stderr. */
void lr_error_print(const struct lr_error *err);

#endif
