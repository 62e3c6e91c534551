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

#endif
