/* SPDX-License-Identifier: MIT */
/*
 * The progress line of symbolization.
 */
#ifndef LR_SYMBOLS_PROGRESS_H
#define LR_SYMBOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct lr_progress {
	bool wanted, visible;
	size_t done, total;
	double started, shown; /* monotonic seconds, 0 = not yet */
};

void lr_progress_start(struct lr_progress *p, bool wanted);
/* Show how far things are; WHAT: the file that is being read, or NULL. */
void lr_progress_show(struct lr_progress *p, const char *what);
/* Take the line away. */
void lr_progress_end(struct lr_progress *p);

#endif
