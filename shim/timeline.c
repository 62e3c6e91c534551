/* SPDX-License-Identifier: MIT */
/* See timeline.h.  Relies on recording. */
#include "timeline.h"

#include "options.h"
#include "recording.h"
#include "scan.h"
#include "text.h"
#include "totals.h"

static struct ls_sample *samples;
static uint32_t used, interval, next_at;
static struct ls_lock lock;

void ls_timeline_start(void)
{
	used = 1; /* record 0 is none, as in every section */
	lock.owner = 0;
	samples = NULL;
	interval = ls_options.timeline_ms ? ls_options.timeline_ms : UINT32_MAX;
	next_at = interval;
	if (ls_header->flags & LS_F_LAUNCHER) /* it cannot make chunks */
		samples = ls_recording_chunk(LS_SEC_TIMELINE, LS_TIMELINE_SAMPLES * sizeof *samples,
					     0, 0);
}

void ls_tick_now(void)
{
	uint64_t ms = (ls_now_ns() - ls_header->mono_start_ns) / 1000000u;
	if (ms > ls_tick_read())
		__atomic_store_n(&ls_header->tick, (uint32_t)ms, __ATOMIC_RELAXED);
}

static uint64_t rss_bytes(void)
{
	char text[128];
	const char *p = text;
	uint64_t pages = 0;
	if (ls_read_file("/proc/self/statm", text, sizeof text) <= 0)
		return 0;
	ls_parse_number(&p, &pages);
	if (*p == ' ')
		p++;
	ls_parse_number(&p, &pages);
	return pages * 4096;
}

static LS_COLD void take_sample(void)
{
	if (!ls_lock(&ls_recording_lock))
		return;
	if (!samples)
		samples = ls_recording_chunk(LS_SEC_TIMELINE, LS_TIMELINE_SAMPLES * sizeof *samples,
					     0, 0);
	/* a launcher that has gone left some */
	while (samples && used < LS_TIMELINE_SAMPLES && samples[used].state)
		used++;
	if (samples && used == LS_TIMELINE_SAMPLES) {
		/* full: keep every second one, and go on at half the pace */
		for (uint32_t i = 1; i < LS_TIMELINE_SAMPLES / 2; i++)
			samples[i] = samples[2 * i];
		for (uint32_t i = LS_TIMELINE_SAMPLES / 2; i < LS_TIMELINE_SAMPLES; i++)
			samples[i].state = 0;
		used = LS_TIMELINE_SAMPLES / 2;
		interval *= 2;
	}
	if (samples) {
		struct ls_sample *s = &samples[used++];
		int64_t live = __atomic_load_n(&ls_header->peaks[LS_MEM_HOST].live_bytes,
					       __ATOMIC_RELAXED);
		s->tick = ls_tick_read();
		s->rss_bytes = rss_bytes();
		s->host_bytes = live > 0 ? (uint64_t)live : 0;
		s->device_bytes = ls_device_bytes(ls_header);
		__atomic_store_n(&s->state, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&next_at, ls_tick_read() + interval, __ATOMIC_RELAXED);
	ls_unlock(&ls_recording_lock);
}

void ls_tick(struct ls_thread_state *t)
{
	t->events = LS_TICK_EVENTS;
	ls_totals_count_unwinds(t);
	uint64_t ms = ls_now_coarse_ms() - ls_header->mono_start_ns / 1000000u;
	if (ms > ls_tick_read() && ms < UINT32_MAX)
		__atomic_store_n(&ls_header->tick, (uint32_t)ms, __ATOMIC_RELAXED);
	if (ls_unlikely(ls_scan_requested())) {
		struct ls_registers self;
		ls_registers_here(&self);
		ls_scan_answer(&self);
	}
	if (ls_unlikely(ls_scan_child))
		ls_scan_reap();
	if (!(ls_header->flags & LS_F_LAUNCHER) &&
	    ls_tick_read() >= __atomic_load_n(&next_at, __ATOMIC_RELAXED))
		take_sample();
}
