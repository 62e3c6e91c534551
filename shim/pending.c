/* SPDX-License-Identifier: MIT */
/* See pending.h. */
#include "pending.h"

#include <signal.h>

#include "depot.h"
#include "gpu_table.h"
#include "process.h"
#include "recording.h"
#include "track.h"
#include "unwind.h"

void ls_pending_alloc(uintptr_t address, uint64_t size, uintptr_t pc)
{
	struct ls_thread_state *t = ls_tls.generation == ls_generation ? ls_tls.state : NULL;
	if (!t || ls_tls.resolving || ls_tls.paused)
		return; /* the unwinder's own first allocations */
	uint32_t n = t->pending_count;
	if (n == LS_PENDING) {
		__atomic_fetch_add(&ls_header->lost_events, 1, __ATOMIC_RELAXED);
		return;
	}
	struct ls_pending_event *e = &t->pending[n];
	t->pending_count = n + 1; /* before the unwinder: a second signal takes the next place */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	e->address = address;
	e->size = size;
	e->pc[0] = pc;
	e->count = 1;
	if (!ls_unwind_active()) {
		/* the outer hook's buffers may be in use: a small one of our own */
		void *raw[LS_PENDING_FRAMES + LS_OWN_FRAMES];
		uint32_t flags;
		ls_track_prime(t);
		e->count = ls_unwind(pc, raw, e->pc, LS_PENDING_FRAMES, &flags);
	}
}

bool ls_pending_cancel(uintptr_t address)
{
	struct ls_thread_state *t = ls_tls.generation == ls_generation ? ls_tls.state : NULL;
	for (uint32_t i = 0; t && i < t->pending_count; i++)
		if (t->pending[i].address == address) {
			t->pending[i].address = 0;
			return true;
		}
	return false;
}

void ls_pending_drain(struct ls_thread_state *t)
{
	uint32_t n;
	do { /* again if a signal has added to them meanwhile */
		n = t->pending_count;
		for (uint32_t i = 0; i < n; i++) {
			struct ls_pending_event *e = &t->pending[i];
			uintptr_t address = e->address;
			e->address = 0;
			if (!address)
				continue;
			ls_track_late(t, address, e->size,
				      ls_depot_put(e->pc, e->count, LS_STACK_PARTIAL));
			__atomic_fetch_add(&ls_header->pending_events, 1, __ATOMIC_RELAXED);
		}
	} while (!__atomic_compare_exchange_n(&t->pending_count, &n, 0, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
}

LS_COLD bool ls_pending_abandoned(uintptr_t sp)
{
	stack_t alt = {0};
	struct ls_thread_state *t = ls_tls.generation == ls_generation ? ls_tls.state : NULL;
	if (!t || ls_tls.resolving || sp <= t->guard_sp)
		return false;
	/* a handler on its own stack may lie anywhere: that frame is still there */
	if (ls_sys2(SYS_sigaltstack, NULL, &alt) < 0 || (alt.ss_flags & SS_ONSTACK))
		return false;
	ls_unwind_abandon();
	if (ls_recording_lock.owner == (uintptr_t)&ls_tls)
		ls_unlock(&ls_recording_lock);
	ls_gpu_abandon();
	t->pending_count = 0;
	ls_tls.depth = 0;
	return true;
}
