/* SPDX-License-Identifier: MIT */
/* Starting the leakscope command at the end of a process that was not started by it. */
#ifndef LS_REPORTER_START_H
#define LS_REPORTER_START_H

#include <stdbool.h>

/*
 * Write the report beside the recording, if SOMETHING is to be reported and the
 * launcher doesn't.  Returns whether there are leaks, for exitcode=.
 */
bool ls_reporter_at_exit(bool something);

/*
 * Are there leaks now, by the latest scan, that no suppression covers?  SAY: the
 * verdict as text on stderr.  True too when the command cannot tell.
 */
bool ls_reporter_check(bool say);

#endif
