/* SPDX-License-Identifier: MIT */
/* See process.h.  Relies on every part that has to start afresh in a child. */
#include "process.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "context.h"
#include "depot.h"
#include "gpu_table.h"
#include "live.h"
#include "modules.h"
#include "names.h"
#include "note.h"
#include "nvtx.h"
#include "options.h"
#include "recording.h"
#include "scan.h"
#include "scope.h"
#include "storage.h"
#include "text.h"
#include "timeline.h"
#include "track.h"
#include "unwind_verify.h"

uint32_t ls_generation;
static uint32_t gate_shut = LS_GATE_OFF;
uint32_t *ls_gate = &gate_shut;
char ls_own_path[LS_OPTION_TEXT];
static uint32_t own_pid; /* of the process as this part last started */

void ls_gate_open(bool on)
{
	static uint32_t plain[2];
	uint32_t *page =
		ls_sys_mmap(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!page || ls_sys3(SYS_madvise, page, 4096, MADV_WIPEONFORK) < 0) {
		/* kernels before 4.14: forked children would write into the parent's recording */
		page = plain;
		if (!ls_header && !ls_process_start(false))
			return;
		on = true;
		ls_note_locked(LS_NOTE_WARNING,
			       "this kernel cannot tell forked children apart (MADV_WIPEONFORK): "
			       "what they allocate is counted here too");
	}
	if (on)
		ls_track_early();
	page[1] = 1; /* wiped with the rest: tells a fork from a vfork */
	*page = on ? LS_GATE_ON : LS_GATE_WIPED; /* as after a fork: the first event starts it */
	__atomic_store_n(&ls_gate, page, __ATOMIC_RELEASE);
}

void ls_gate_shut(void)
{
	__atomic_store_n(&ls_gate, &gate_shut, __ATOMIC_RELEASE);
}

bool ls_process_tracked(void)
{
	return own_pid != 0;
}

bool ls_process_is_root(void)
{
	if (ls_options.launched)
		return ls_options.root == own_pid;
	return ls_options.previous_pid == 0 || ls_options.parent_root;
}

bool ls_process_may_wait(void)
{
	own_pid = ls_sys_getpid();
	return !ls_process_is_root() && ls_options.children != LS_CHILDREN_ALL;
}

bool ls_process_keeps(void)
{
	return ls_process_is_root() || ls_options.children == LS_CHILDREN_ALL ||
	       ls_header->flags & LS_F_KEEP || ls_header->scopes_opened != 0;
}

bool ls_process_borrowed(void)
{
	return ls_header && ls_sys_getpid() != ls_header->pid;
}

/* Start time of the process in clock ticks since boot: field 22 of its stat. */
static uint64_t start_ticks(void)
{
	char stat[1024];
	uint64_t v = 0;
	if (ls_read_file("/proc/self/stat", stat, sizeof stat) <= 0)
		return 0;
	const char *p = stat, *close = stat;
	for (; *p; p++)
		if (*p == ')')
			close = p;
	unsigned field = 2;
	for (p = close; *p && field < 22; p++)
		if (*p == ' ')
			field++;
	ls_parse_number(&p, &v);
	return v;
}

static uint32_t store_cmdline(uint32_t *length)
{
	/* from /proc: the program may have rewritten its argv */
	static char text[16384];
	static long n; /* a forked child has its parent's */
	if (!n)
		n = ls_read_file("/proc/self/cmdline", text, sizeof text);
	if (n <= 0)
		return 0;
	if (text[n - 1])
		n++; /* the buffer is terminated */
	*length = (uint32_t)n;
	return ls_string_add_n(text, (size_t)n - 1);
}

static void describe(bool forked)
{
	struct ls_header *h = ls_header;
	char text[4096];
	long n;
	h->start_ticks = start_ticks();
	h->exe = ls_string_add(ls_exe_path());
	h->cmdline = store_cmdline(&h->cmdline_length);
	ls_options_text(text, sizeof text);
	h->options = ls_string_add(text);
	n = ls_sys2(SYS_getcwd, text, sizeof text);
	h->cwd = n > 0 ? ls_string_add(text) : 0;
	h->session = ls_string_add(ls_options.session);
	h->parent_pid = ls_options.parent_pid;
	ls_copy(h->parent_uuid, ls_options.parent_uuid, 16);
	h->depth = ls_options.depth;
	h->sample_bytes = ls_options.sample;
	if (!forked && ls_options.previous_pid == h->pid)
		h->exec_index = ls_options.parent_exec_index + 1;
	if (ls_options.launched)
		h->flags |= LS_F_LAUNCHER;
	if (forked)
		h->flags |= LS_F_FORKED;
	if (ls_options.sample)
		h->flags |= LS_F_SAMPLED;
	if (!forked && ls_process_is_root())
		h->flags |= LS_F_ROOT;
}

bool ls_process_start(bool forked)
{
	char name[256], exact[LS_PATH_MAX], line[LS_PATH_MAX + 256];
	int why;
	own_pid = ls_sys_getpid();
	const char *dir = ls_options.store[0] ? ls_options.store : ls_options.dir;
	ls_name_recording(name, sizeof name);
	bool is_exact = ls_name_exact(exact, sizeof exact, forked);
	if (!ls_recording_create(dir, name, is_exact && !ls_options.store[0] ? exact : NULL, &why))
		return false;
	if (!++ls_generation)
		ls_generation = 1;
	describe(forked);
	ls_header->scan_signal = ls_stop_signal;
	if (!ls_live_start() || !ls_depot_start() || !ls_context_start() || !ls_scope_start(forked))
		return false;
	ls_gpu_start();
	ls_timeline_start();
	ls_modules_start();
	if (why) {
		struct ls_text t;
		ls_text_start(&t, line, sizeof line);
		ls_text_add(&t, "cannot write a recording in ");
		ls_text_add(&t, is_exact ? exact : dir);
		ls_text_add(&t, " (");
		ls_text_add(&t, ls_error_text(why));
		ls_text_add(&t, "): ");
		ls_text_add(&t, ls_storage_path()[0]
					? "it is in "
					: "it is kept in memory and lost at "
					  "the end; set dir=DIR to a directory with room");
		ls_text_add(&t, ls_storage_path());
		ls_note(LS_NOTE_WARNING, line);
		if (!forked && ls_process_is_root())
			ls_say(line);
	}
	ls_header->init_ns = ls_now_ns() - ls_header->mono_start_ns;
	return true;
}

/* In a forked child, at its first event: its own recording, empty. */
static bool start_child(void)
{
	if (ls_options.children == LS_CHILDREN_NO)
		return false;
	ls_options.parent_pid = ls_options.previous_pid = ls_header->pid;
	ls_options.parent_root = false;
	ls_copy(ls_options.parent_uuid, ls_header->uuid, 16);
	ls_recording_abandon();
	ls_mem_reset();
	ls_thread_reset();
	ls_verify_reset();
	ls_stop_reset();
	ls_scan_reset();
	ls_nvtx_reset();
	return ls_process_start(true);
}

/* At the first event of a process that had nothing to tell until now, or of a fork of it. */
static bool start_late(void)
{
	bool forked = ls_sys_getpid() != own_pid;
	if (forked) {
		if (ls_options.children == LS_CHILDREN_NO)
			return false;
		ls_options.parent_pid = ls_options.previous_pid = own_pid;
		ls_zero(ls_options.parent_uuid, 16);
	}
	return ls_process_start(forked);
}

bool ls_gate_slow(void)
{
	uint32_t wiped = LS_GATE_WIPED;
	if (!__atomic_compare_exchange_n(ls_gate, &wiped, LS_GATE_BUSY, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false; /* off for good, or another thread of the child is at it */
	if (!ls_header && ls_gate[1] && ls_sys_getpid() != own_pid) {
		/* a vfork child: its parent, whose memory this is, starts the recording */
		__atomic_store_n(ls_gate, LS_GATE_WIPED, __ATOMIC_RELEASE);
		return false;
	}
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = 1;
	bool ok = ls_header ? start_child() : start_late();
	if (ok)
		ls_track_early();
	ls_tls.depth = depth;
	if (!ok) {
		ls_gate_shut();
		return false;
	}
	__atomic_store_n(ls_gate, LS_GATE_ON, __ATOMIC_RELEASE);
	return true;
}

void ls_parent_text(char *buffer, uint32_t size)
{
	struct ls_text t;
	ls_text_start(&t, buffer, size);
	ls_text_number(&t, ls_header->pid);
	ls_text_add(&t, ":");
	for (unsigned i = 0; i < 16; i++) {
		if (ls_header->uuid[i] < 16)
			ls_text_add(&t, "0");
		ls_text_hex(&t, ls_header->uuid[i]);
	}
	ls_text_add(&t, ":");
	ls_text_number(&t, ls_header->exec_index);
	ls_text_add(&t, ls_header->flags & LS_F_ROOT ? ":1:" : ":0:");
	ls_text_number(&t, ls_header->parent_pid);
	ls_text_add(&t, ":");
	ls_text_add(&t, ls_storage_path());
}

struct ls_thread_state *ls_guard_enter(void)
{
	if (!ls_recording_on() || ls_tls.depth)
		return NULL;
	ls_tls.depth = 1;
	struct ls_thread_state *t = ls_thread_current(ls_generation);
	if (!t) {
		ls_tls.depth = 0;
		return NULL;
	}
	t->guard_sp = (uintptr_t)__builtin_frame_address(0);
	return t;
}

void ls_guard_leave(void)
{
	ls_tls.depth = 0;
}
