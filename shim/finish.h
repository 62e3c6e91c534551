/* SPDX-License-Identifier: MIT */
/* The last word: finishing the recording, reporting, dropping what tells nothing. */
#ifndef LS_FINISH_H
#define LS_FINISH_H

#include <stdbool.h>

/*
 * The process exits with STATUS.  Returns the status it shall have (exitcode=).
 * HANDLERS_DONE: called by exit() itself, after everything else; if the status
 * changes this does not return.  Harmless in a vfork child and when called twice.
 */
int ls_finish_exit(int status, bool handlers_done);

/* Destructors of the program have run, those of its libraries not yet: scan. */
void ls_finish_scan(void);

/* abort() was called.  The process may survive it. */
void ls_finish_signal(int signal);

/* Another image is going to replace this one; undo if that fails. */
void ls_finish_exec(void);
void ls_finish_exec_failed(void);

#endif
