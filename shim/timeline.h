/* SPDX-License-Identifier: MIT */
/*
 * The coarse clock and the timeline.  Under the launcher it samples from
 * outside; else the hooks do, now and then.
 */
#ifndef LS_TIMELINE_H
#define LS_TIMELINE_H

#include "thread.h"

/* How many events of one thread pass between two looks at the clock. */
#define LS_TICK_EVENTS 1024u
#define LS_TIMELINE_SAMPLES 256u

void ls_timeline_start(void);
/* Look at the clock; take a sample when it is time.  Inside the guard. */
void ls_tick(struct ls_thread_state *t);
/* Bring the clock up to date. */
void ls_tick_now(void);

#endif
