/* SPDX-License-Identifier: MIT */
/* The functions behind the public header, exported as one table. */
#include <errno.h>

#include "glue.h"
#include "leakscope/leakscope.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "lsan.h"
#include "scan.h"
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

static void snapshot(const char *label)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	struct ls_registers self;
	GUARDED((void)t; ls_registers_of_host(&self, false, here); ls_lsan_read_host();
		ls_scan_snapshot(&self, label, LS_WAIT_BRIEF));
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
