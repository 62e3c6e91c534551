/* SPDX-License-Identifier: MIT */
/*
 * The guard of functions that record events: for track.c and gpu_*.c.  Inlined, so that
 * the frame they note is the hook's.
 */
#ifndef LS_TRACK_GUARD_H
#define LS_TRACK_GUARD_H

#include "pending.h"
#include "process.h"
#include "recording.h"
#include "timeline.h"

enum ls_mode { LS_MODE_OFF, LS_MODE_NORMAL, LS_MODE_NESTED };

/* Take the guard.  NESTED: a signal handler came while this thread was in the shim. */
LS_INLINE enum ls_mode ls_track_enter(struct ls_thread_state **t)
{
	if (!ls_recording_on())
		return LS_MODE_OFF;
	if (ls_unlikely(ls_tls.depth) &&
	    !ls_pending_abandoned((uintptr_t)__builtin_frame_address(0)))
		return LS_MODE_NESTED;
	ls_tls.depth = 1;
	*t = ls_thread_current(ls_generation);
	if (ls_unlikely(!*t)) {
		__atomic_fetch_add(&ls_header->lost_events, 1, __ATOMIC_RELAXED);
		ls_tls.depth = 0;
		return LS_MODE_OFF;
	}
	(*t)->guard_sp = (uintptr_t)__builtin_frame_address(0);
	return LS_MODE_NORMAL;
}

LS_INLINE void ls_track_leave(struct ls_thread_state *t)
{
	if (ls_unlikely(t->pending_count))
		ls_pending_drain(t);
	if (ls_unlikely(--t->events == 0))
		ls_tick(t);
	/* the compiler must not move the guard's release into what it guards */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	ls_tls.depth = 0;
}

#endif
