/* SPDX-License-Identifier: MIT */
/* What recordings are called. */
#ifndef LS_NAMES_H
#define LS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* leakscope.<program>.<pid>.rec */
void ls_name_recording(char *out, size_t size);
/*
 * The path this process's recording has when the user named one: PATH for the
 * launched process, PATH.<pid> for its children.  False: no name was given.
 */
bool ls_name_exact(char *out, size_t size, bool forked);
/* Rename PATH to PATH.exec<n> before another image takes over; undo with ls_name_after_exec. */
void ls_name_before_exec(void);
void ls_name_after_exec(void);
/* The image that ran in this process before had nothing to tell: remove its recording. */
void ls_name_drop_previous(void);

#endif
