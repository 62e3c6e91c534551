/* SPDX-License-Identifier: MIT */
/*
 * The directories that recordings went to, so that `list` and `report PID` find
 * them later: ${XDG_STATE_HOME:-~/.local/state}/leakscope/dirs, one a line, the
 * latest last.  Best effort: every failure is silent and means that a directory
 * isn't remembered.
 */
#ifndef LR_REGISTRY_H
#define LR_REGISTRY_H

#include <stddef.h>

#define LR_REGISTRY_MAX 64

/* Remember directory DIR. */
void lr_registry_remember(const char *dir);

/* Call EACH for every directory that is remembered, the latest first. */
void lr_registry_each(void (*each)(void *context, const char *dir), void *context);

#endif
