/* SPDX-License-Identifier: MIT */
/* General help and version, for main.c and the help command. */
#ifndef LR_CMD_HELP_H
#define LR_CMD_HELP_H

#include <stdio.h>

void lr_print_help(FILE *out);
void lr_print_version(FILE *out);

#endif
