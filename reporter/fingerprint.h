/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a leak: what baselines accept it by.
 */
#ifndef LR_FINGERPRINT_H
#define LR_FINGERPRINT_H

#include "model.h"

/*
 * 128 bits over scope path and the module and function names of FRAMES: no
 * address, no line, no compiler's clone suffix, so it survives rebuilds and edits
 * elsewhere.  Where not one frame has a name, the offsets stand in for them.
 */
void lr_fingerprint(const char *scope, const struct lr_frame *frames, size_t count, char out[33]);

/* The last component of a path; never NULL. */
const char *lr_basename(const char *path);

#endif
