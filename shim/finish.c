/* SPDX-License-Identifier: MIT */
/* See finish.h.  Relies on everything that has something to flush. */
#include "finish.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "context.h"
#include "glue.h"
#include "gpu_table.h"
#include "lsan.h"
#include "names.h"
#include "note.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "reporter_start.h"
#include "scan.h"
#include "scope.h"
#include "storage.h"
#include "text.h"
#include "thread.h"
#include "timeline.h"
#include "totals.h"
#include "unwind_verify.h"

static bool image_replaced; /* ls_finish_exec was called and not undone */

/* Of the host's memory. */
static uint64_t live_blocks(void)
{
	uint64_t in = 0, out = 0;
	for (uint32_t id = 1; id < ls_contexts_table.used; id++) {
		const struct ls_context *c = ls_context_at(id);
		if (c->state && c->memory == LS_MEM_HOST) {
			in += c->allocations + c->moved_in;
			out += c->frees + c->foreign_frees + c->moved_out;
		}
	}
	return in > out ? in - out : 0;
}

/* Code compiled at run time has names only in this file, which goes with the process. */
static void keep_perf_map(void)
{
	char from[64], to[LS_PATH_MAX];
	static char buffer[16384];
	struct ls_text t;
	ls_text_start(&t, from, sizeof from);
	ls_text_add(&t, "/tmp/perf-");
	ls_text_number(&t, ls_header->pid);
	ls_text_add(&t, ".map");
	int in = ls_sys_open(from, O_RDONLY | O_NOFOLLOW, 0);
	if (in < 0)
		return;
	struct stat st = {0};
	/* pids come back: a map from before this process is somebody else's */
	if (ls_sys2(SYS_fstat, in, &st) < 0 ||
	    (uint64_t)st.st_mtim.tv_sec + 1 < ls_header->started_ns / 1000000000u) {
		ls_sys_close(in);
		return;
	}
	ls_text_start(&t, to, sizeof to);
	ls_text_add(&t, ls_storage_path());
	ls_text_add(&t, ".perfmap");
	int out = ls_sys_open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	long n;
	while (out >= 0 && (n = ls_sys_read(in, buffer, sizeof buffer)) > 0)
		if (ls_sys_write(out, buffer, (size_t)n) < 0)
			break;
	ls_sys_close(in);
	if (out >= 0)
		ls_sys_close(out);
}

static void last_word(enum ls_state state, int code, int signal)
{
	ls_verify_note();
	ls_header->exit_code = code;
	ls_header->signal = (uint32_t)signal;
	ls_header->ended_ns = ls_now_ns();
	ls_header->shim_bytes = ls_mem_bytes();
	__atomic_store_n(&ls_header->state, state, __ATOMIC_RELEASE);
}

/* All of the host's memory that is live can still be reached: nothing to report of it. */
static bool all_reachable(void)
{
	bool scanned = false;
	for (uint32_t id = 1; id < ls_scans_table.used; id++) {
		const struct ls_scan *s = ls_table_at(&ls_scans_table, id);
		if (!(s->flags & LS_SCAN_AT_EXIT))
			continue;
		if (s->state != LS_SCAN_DONE)
			return false;
		for (unsigned k = 0; k < LS_KIND_COUNT; k++)
			if (k != LS_KIND_REACHABLE && s->kinds[k].blocks)
				return false;
		scanned = true;
	}
	return scanned;
}

/* Something is left that may be a leak. */
static bool left_over(void)
{
	return (live_blocks() && !all_reachable()) || ls_gpu_any(0);
}

static void move_home(void)
{
	char name[256], exact[LS_PATH_MAX], dir[LS_PATH_MAX];
	if (!ls_options.store[0])
		return;
	struct ls_text t;
	ls_name_recording(name, sizeof name);
	ls_text_start(&t, dir, sizeof dir);
	ls_text_add(&t, ls_options.dir);
	const char *base = name;
	if (ls_name_exact(exact, sizeof exact, ls_header->flags & LS_F_FORKED)) {
		base = ls_basename(exact);
		ls_text_start(&t, dir, sizeof dir);
		ls_text_add_n(&t, exact, (size_t)(base - exact));
	}
	ls_storage_move(dir, base);
}

static bool begin(struct ls_thread_state **t)
{
	if (!ls_header || ls_process_borrowed() || !ls_recording_on())
		return false;
	ls_tls.depth = 1;
	*t = ls_thread_current(ls_generation);
	if (*t) {
		ls_tick_now();
		ls_thread_each(ls_totals_flush);
		ls_thread_read_names();
	}
	return true;
}

/* PAST_EXIT: libc's exit is above; else the caller of the shim is the program.  FINAL: see scan.h. */
static void scan(bool past_exit, bool final)
{
	struct ls_registers self;
	ls_lsan_read_host();
	if (live_blocks() == 0 && !ls_gpu_any(0) && !(final && ls_threads_many))
		return;
	ls_registers_of_host(&self, past_exit, (uintptr_t)__builtin_frame_address(0));
	ls_scan_at_exit(&self, final);
}

void ls_finish_scan(void)
{
	struct ls_thread_state *t;
	uint32_t depth = ls_tls.depth;
	if (!begin(&t))
		return;
	scan(true, false);
	ls_tls.depth = depth;
}

int ls_finish_exit(int status, bool handlers_done)
{
	struct ls_thread_state *t;
	uint32_t depth = ls_tls.depth;
	if (!begin(&t))
		return status;
	scan(handlers_done, true);
	ls_gate_shut(); /* other threads may still be at it: from here they are not recorded */
	if (t)
		ls_scope_close_at_exit(t);
	bool left = left_over();
	last_word(LS_STATE_EXITED, status & 0xff, 0);
	ls_header->flags |= LS_F_FINISHED;
	if (!left && !ls_process_keeps()) { /* children that have nothing to tell leave nothing */
		ls_storage_unlink();
	} else {
		move_home();
		keep_perf_map();
		bool leaks = ls_reporter_at_exit(left || ls_closes_table.used > 1);
		if (leaks && ls_options.exitcode && handlers_done) {
			/* exit() would go on to flush stdio; this way it can't */
			int (*flush)(FILE *) = NULL;
			*(void **)&flush = ls_real_symbol("fflush");
			if (flush)
				flush(NULL);
			ls_sys1(SYS_exit_group, ls_options.exitcode);
		}
		if (leaks && ls_options.exitcode)
			status = (int)ls_options.exitcode;
	}
	ls_tls.depth = depth;
	return status;
}

void ls_finish_signal(int signal)
{
	struct ls_thread_state *t;
	uint32_t depth = ls_tls.depth;
	if (!begin(&t))
		return;
	scan(false, false);
	last_word(LS_STATE_SIGNALLED, 0, signal);
	ls_reporter_at_exit(left_over());
	ls_tls.depth = depth;
}

void ls_finish_exec(void)
{
	struct ls_thread_state *t;
	uint32_t depth = ls_tls.depth;
	/* a vfork child writes nothing; a forked child that recorded nothing has nothing to finish */
	if (!ls_header || ls_process_borrowed())
		return;
	image_replaced = false;
	if (__atomic_load_n(ls_gate, __ATOMIC_RELAXED) != LS_GATE_ON || !begin(&t))
		return;
	last_word(LS_STATE_EXEC, 0, 0);
	ls_name_before_exec();
	image_replaced = true;
	ls_tls.depth = depth;
}

void ls_finish_exec_failed(void)
{
	if (!image_replaced || ls_process_borrowed())
		return;
	image_replaced = false;
	ls_name_after_exec();
	ls_header->ended_ns = 0;
	__atomic_store_n(&ls_header->state, LS_STATE_RUNNING, __ATOMIC_RELEASE);
}
