/* SPDX-License-Identifier: MIT */
/*
 * Finding recordings on this machine.
 */
#ifndef LR_FIND_H
#define LR_FIND_H

#include <stddef.h>
#include <stdint.h>

/* The recording of process PID, running or gone, into PATH.  0, or -1: there is none. */
int lr_find_recording(uint32_t pid, char *path, size_t size);

#endif
