/* SPDX-License-Identifier: MIT */
/* The functions behind the public header, exported as one table. */
#include <errno.h>

#include "glue.h"
#include "leakscope/leakscope.h"
#include "live.h"
#include "note.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "scope.h"
#include "text.h"
#include "timeline.h"
#include "totals.h"
#include "track.h"

#define CALLER ((uintptr_t)__builtin_return_address(0))
/* Every function: enter the guard, do it, leave; errno is kept. */
#define GUARDED(...)                                                                               \
	int saved_ = errno;                                                                        \
	struct ls_thread_state *t = ls_guard_enter();                                              \
	if (t) {                                                                                   \
		__VA_ARGS__;                                                                       \
		ls_guard_leave();                                                                  \
	}                                                                                          \
	errno = saved_

static leakscope_scope_t scope_open(const char *name)
{
	leakscope_scope_t h = 0;
	uintptr_t pc = CALLER;
	GUARDED(ls_tick_now(); h = ls_scope_open(t, name, ls_track_stack(t, pc)));
	return h;
}

static leakscope_scope_t scope_new(leakscope_scope_t parent, const char *name, int kind)
{
	leakscope_scope_t h = 0;
	uintptr_t pc = CALLER;
	GUARDED(ls_tick_now();
		h = ls_scope_new(t, parent, name, (uint32_t)kind, ls_track_stack(t, pc)));
	return h;
}

static void scope_close(leakscope_scope_t scope)
{
	GUARDED(ls_tick_now(); ls_scope_close(t, scope));
}

static void scope_enter(leakscope_scope_t scope)
{
	GUARDED(ls_scope_enter(t, scope));
}

static void scope_leave(leakscope_scope_t scope)
{
	GUARDED(ls_scope_leave(t, scope));
}

static void retag(const void *block, leakscope_scope_t scope)
{
	GUARDED(ls_scope_retag(t, (uintptr_t)block, scope));
}

static void count_live(const struct ls_live *e, void *arg)
{
	struct ls_snapshot *s = arg;
	s->live_bytes += ls_live_size(e);
	s->live_blocks++;
}

static void take_snapshot(const char *label)
{
	struct ls_snapshot sum = {0}, *s;
	ls_tick_now();
	ls_live_each(count_live, &sum);
	if (!ls_lock(&ls_recording_lock))
		return;
	uint32_t id = ls_table_add(&ls_snapshots_table, (void **)&s);
	if (id) {
		s->label = ls_string_add(label && *label ? label : "unnamed");
		s->tick = ls_header->tick;
		s->live_bytes = sum.live_bytes;
		s->live_blocks = sum.live_blocks;
		s->epoch = ++ls_header->epoch;
		__atomic_store_n(&s->state, 1, __ATOMIC_RELEASE);
	}
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
}

static void snapshot(const char *label)
{
	GUARDED((void)t; take_snapshot(label));
}

static size_t leaks_now(leakscope_scope_t scope)
{
	size_t bytes = 0;
	GUARDED((void)t; bytes = ls_scope_live_bytes(scope));
	return bytes;
}

static int active(void)
{
	return ls_recording_on();
}

static void pause_thread(void)
{
	ls_tls.paused++;
}

static void resume_thread(void)
{
	if (ls_tls.paused)
		ls_tls.paused--;
}

LS_EXPORT extern const leakscope_api_t leakscope_api_1;
const leakscope_api_t leakscope_api_1 = {
	.version = 1,
	.size = sizeof(leakscope_api_t),
	.scope_open = scope_open,
	.scope_new = scope_new,
	.scope_close = scope_close,
	.scope_enter = scope_enter,
	.scope_leave = scope_leave,
	.retag = retag,
	.snapshot = snapshot,
	.leaks_now = leaks_now,
	.active = active,
	.pause = pause_thread,
	.resume = resume_thread,
};
