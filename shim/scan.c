/* SPDX-License-Identifier: MIT */
/*
 * See scan.h.  What the process itself does for a scan: room in the recording, the
 * stop, the copy of the live table, the duplication.  The work on the duplicate is
 * in scan_work.c.
 */
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "gpu_table.h"
#include "live.h"
#include "note.h"
#include "context.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "scan_areas.h"
#include "scan_own.h"
#include "scan_work.h"
#include "text.h"
#include "thread.h"
#include "timeline.h"

#define MOST_THREADS 65536u
#define MOST_TRIES 3u
#define MOST_DECLARED 1024u
#define ROOTS 96u
/* At exit the verdicts are waited for, but a process that is told to end must end. */
#define PATIENCE_MS 120000u
#define BRIEF_MS 20u
#define LEAST_SLACK 512u
#define MOST_SLACK (1u << 24)
#define FEW_BLOCKS 50000u /* that scans of that long are for */

bool ls_scan_child, ls_scan_turned_off;
static bool ends; /* recording ends with this scan */
static uint32_t child_pid;
static uint32_t child_scan; /* record */
static uint32_t scan_number;
static struct ls_range declared[MOST_DECLARED];
static unsigned declared_count;
static struct ls_lock declared_lock;

static void fail(const char *why)
{
	ls_header->scans_failed++;
	ls_note(LS_NOTE_WARNING, why);
}

/* ---- roots that the program declares ---- */

bool ls_scan_add_root(uintptr_t start, size_t size)
{
	bool ok = false;
	if (!size || !ls_lock(&declared_lock))
		return false;
	if (declared_count < MOST_DECLARED) {
		declared[declared_count++] = (struct ls_range){start, start + size};
		ok = true;
	}
	ls_unlock(&declared_lock);
	return ok;
}

bool ls_scan_remove_root(uintptr_t start, size_t size)
{
	bool ok = false;
	if (!ls_lock(&declared_lock))
		return false;
	for (unsigned i = 0; i < declared_count && !ok; i++)
		if (declared[i].start == start && declared[i].end == start + size) {
			declared[i] = declared[--declared_count];
			ok = true;
		}
	ls_unlock(&declared_lock);
	return ok;
}

/* ---- the scanning child ---- */

void ls_scan_end(bool failed)
{
	struct ls_scan *s = ls_table_at(&ls_scans_table, child_scan);
	struct ls_request *r = &ls_header->request;
	uint32_t done = r->done, taken = r->taken;
	if (failed)
		__atomic_fetch_add(&ls_header->scans_failed, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&s->state, failed ? LS_SCAN_FAILED : LS_SCAN_DONE, __ATOMIC_SEQ_CST);
	/* where this comes before the answer that names the scan, the answer sees the state */
	if (__atomic_load_n(&r->scan, __ATOMIC_SEQ_CST) == child_scan)
		__atomic_compare_exchange_n(&r->done, &done, taken, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED);
}

/* True once it has been collected. */
static bool collect(int options)
{
	int status = 0;
	uint32_t pid = __atomic_load_n(&child_pid, __ATOMIC_ACQUIRE);
	if (!pid)
		return true;
	long r = ls_sys4(SYS_wait4, pid, &status, (unsigned)__WCLONE | (unsigned)options, 0);
	if (r == 0 || r == -EINTR)
		return false;
	/* several threads may try; one succeeds, the others find that there is none */
	if (!__atomic_compare_exchange_n(&child_pid, &pid, 0, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return true;
	ls_scan_child = false;
	const struct ls_scan *s = ls_table_at(&ls_scans_table, child_scan);
	if (s->state == LS_SCAN_BUSY)
		ls_scan_end(true);
	return true;
}

void ls_scan_reap(void)
{
	if (ls_scan_child && ls_header)
		collect(WNOHANG);
}

static bool collect_within(uint32_t ms)
{
	uint64_t until = ls_now_ns() + (uint64_t)ms * 1000000u;
	struct timespec pause = {0, 50000};
	while (!collect(WNOHANG)) {
		if (ls_now_ns() > until)
			return false;
		ls_sys2(SYS_nanosleep, &pause, NULL);
		if (pause.tv_nsec < 2000000)
			pause.tv_nsec += pause.tv_nsec / 4;
	}
	return true;
}

void ls_scan_await(void)
{
	if (ls_scan_child && ls_header)
		collect_within(PATIENCE_MS);
}

void ls_scan_reset(void)
{
	child_pid = 0;
	ls_scan_child = false;
	scan_number = 0;
	declared_lock.owner = 0;
	ls_own_reset();
	ls_areas_reset();
}

/* ---- preparing ---- */

static unsigned thread_count(void)
{
	struct stat st = {0};
	/* a directory has a link from itself, from its parent and from each entry in it */
	if (ls_sys4(SYS_newfstatat, AT_FDCWD, "/proc/self/task", &st, 0) < 0 || st.st_nlink < 3)
		return 0; /* not known */
	return (unsigned)st.st_nlink - 2;
}

/* A filter may end the process at a call it does not expect; at what it has not seen so far. */
static bool filtered(void)
{
	static char status[4096];
	if (ls_read_file("/proc/self/status", status, sizeof status) <= 0)
		return false;
	for (const char *p = status; *p; p++)
		if (p[0] == '\n' && ls_starts(p + 1, "Seccomp:\t"))
			return p[10] != '0';
	return false;
}

/* All descriptors may be in use. */
static bool can_open(void)
{
	int fd = ls_sys_open("/proc/self/maps", O_RDONLY, 0);
	if (fd >= 0)
		ls_sys_close(fd);
	return fd != -EMFILE && fd != -ENFILE;
}

static void prefault(void *p, size_t size)
{
	enum { POPULATE_WRITE = 23 };
	if (size && ls_sys3(SYS_madvise, p, size, POPULATE_WRITE) == 0)
		return;
	for (size_t at = 0; at < size; at += 4096)
		((volatile char *)p)[at] = 0;
}

/* Room for the blocks there are, and for SLACK more that other threads allocate until they stop. */
static bool prepare(struct ls_job *j, uint32_t slack, uint32_t *room, struct ls_registers **threads,
		    unsigned *thread_room)
{
	uint32_t blocks = ls_live_count(), roots;
	bool alone = thread_count() == 1;
	*room = alone ? blocks + 1 : blocks + blocks / 16 + slack;
	*thread_room = alone ? 1 : thread_count() + 64;
	if (*thread_room > MOST_THREADS)
		*thread_room = MOST_THREADS;
	roots = (ROOTS + 2 * *thread_room) & ~7u;
	j->block = ls_job_alloc(j, (size_t)*room * sizeof *j->block);
	*threads = ls_job_alloc(j, *thread_room * sizeof **threads);
	if (!j->block || !*threads || !ls_scan_gpu_prepare(j))
		return false;
	if (j->later) {
		j->verdict = ls_job_alloc(j, (size_t)*room * sizeof *j->verdict);
		j->roots = ls_job_alloc(j, roots * sizeof *j->roots);
		j->root_room = roots;
		return j->verdict && j->roots;
	}
	prefault(j->block, (size_t)*room * sizeof *j->block);
	return ls_areas_get(j, *room, roots);
}

static struct ls_job *describing;

/* What the shim has noted of a thread itself, where the stop could not ask it. */
static void complete(struct ls_thread_state *t)
{
	struct ls_job *j = describing;
	for (unsigned i = 0; i < j->thread_count; i++) {
		struct ls_registers *r = &j->thread[i];
		if (r->tid != t->tid)
			continue;
		if (!r->tcb)
			r->tcb = t->tcb;
		if (!r->signal_stack)
			r->signal_stack = t->signal_stack;
		return;
	}
}

/*
 * Stop the others and copy the live table, again if somebody was in the midst of a
 * realloc.  False: there are more blocks than room for them.
 */
static bool take_copy(struct ls_job *j, uint32_t room, struct ls_registers *threads,
		      unsigned thread_room, bool alone, uint64_t *began)
{
	struct ls_scan *s = j->scan;
	for (unsigned tries = 1;; tries++) {
		unsigned unseen = 0, others = 0;
		uint32_t moving;
		/* a stopped thread must not be in the midst of changing them */
		bool mappings = ls_gpu_mappings_lock();
		*began = ls_now_ns();
		if (!alone)
			others = ls_stop_all(threads + 1, thread_room - 1, &unseen);
		uint64_t stopped = ls_now_ns();
		j->count = ls_live_copy(j, room, &moving);
		ls_scan_gpu_copy(j, mappings);
		s->stop_ns = stopped - *began;
		s->copy_ns = ls_now_ns() - stopped;
		if (mappings)
			ls_gpu_mappings_unlock();
		j->thread_count = others + 1;
		describing = j;
		ls_thread_each(complete);
		s->threads = j->thread_count;
		s->threads_unseen = unseen;
		if ((!moving && j->count <= room) || tries == MOST_TRIES)
			return j->count <= room;
		if (!alone)
			ls_stop_release();
	}
}

/* A copy of this process that its parent's wait does not see; 0 in the copy. */
static long duplicate(void)
{
	return ls_sys6(SYS_clone, 0, 0, 0, 0, 0, 0);
}

static void describe(struct ls_job *j, uint32_t flags, uint32_t snapshot)
{
	struct ls_scan *s = j->scan;
	s->number = ++scan_number;
	s->tick = ls_tick_read();
	s->snapshot = snapshot;
	s->flags = flags;
	s->state = LS_SCAN_BUSY;
	j->libc_malloc = ls_own_libc_malloc();
	j->tagged = ls_options.tagged;
	j->whole_heap =
		ls_header->flags & LS_F_FORKED || ls_header->sample_bytes || ls_header->lost_events;
	if (j->whole_heap)
		s->flags |= LS_SCAN_WHOLE_HEAP;
	j->declared = declared;
	j->declared_count = declared_count;
}

/* A child that has nothing to tell leaves no recording: then there is nothing to store. */
static bool worth_storing(const struct ls_scan *s)
{
	for (unsigned k = 0; k < LS_KIND_COUNT; k++)
		if (k != LS_KIND_REACHABLE && s->kinds[k].blocks)
			return true;
	return false;
}

/* The work in this process, which stands still meanwhile. */
static bool work_here(struct ls_job *j)
{
	j->in_process = true;
	j->scan->flags |= LS_SCAN_IN_PROCESS;
	if (!ls_scan_work(j) || (j->later && worth_storing(j->scan) && !ls_areas_store(j)))
		return false;
	__atomic_store_n(&j->scan->state, LS_SCAN_DONE, __ATOMIC_RELEASE);
	return true;
}

enum outcome { FAILED, HERE, APART, AGAIN };

/*
 * Everything from the stop on; the lock is held.  APART: a child works on it; AGAIN:
 * there was too little room.
 */
static enum outcome scan(struct ls_job *j, const struct ls_registers *self, uint32_t room,
			 struct ls_registers *threads, unsigned thread_room)
{
	struct ls_scan *s = j->scan;
	uint64_t all = UINT64_MAX, mask, began;
	bool alone = thread_count() == 1, direct = alone && s->flags & LS_SCAN_AT_EXIT;
	enum outcome outcome = AGAIN;
	long pid = -EAGAIN;
	/* alone and at the end nobody is waiting: no copy of the process is needed */
	if (!direct)
		direct = filtered();
	else if (!can_open()) /* a copy can close what it does not need */
		direct = false;
	threads[0] = *self;
	j->thread = threads;
	ls_own_tid = ls_sys_gettid();
	ls_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, 8);
	if (take_copy(j, room, threads, thread_room, alone, &began)) {
		s->epoch = ++ls_header->epoch;
		uint64_t copied = ls_now_ns();
		if (!direct) {
			ls_unforked_share();
			pid = duplicate();
			if (pid)
				ls_unforked_restore();
		}
		if (pid == 0)
			ls_scan_work_apart(j);
		s->clone_ns = ls_now_ns() - copied;
		outcome = pid > 0 ? APART : work_here(j) ? HERE : FAILED;
		if (ends) {
			ls_gate_shut();
			s->flags |= LS_SCAN_FINAL;
		}
	}
	/* alone and at the end nobody stands still for it */
	bool noticed = !alone || !j->in_process || !(s->flags & LS_SCAN_AT_EXIT);
	s->pause_ns = noticed ? ls_now_ns() - began : 0;
	if (!alone)
		ls_stop_release();
	ls_header->scan_pause_ns = s->pause_ns;
	ls_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
	if (outcome == APART) {
		ls_header->scan_worker = (uint32_t)pid;
		__atomic_store_n(&child_pid, (uint32_t)pid, __ATOMIC_RELEASE);
		__atomic_store_n(&ls_scan_child, true, __ATOMIC_RELEASE);
	}
	return outcome;
}

/* The scan with the record ID.  The lock is held. */
static enum outcome attempt(struct ls_job *j, uint32_t id, const struct ls_registers *self,
			    uint32_t flags, uint32_t snapshot)
{
	enum outcome outcome = AGAIN;
	struct ls_scan *s = ls_table_at(&ls_scans_table, id);
	for (uint32_t slack = LEAST_SLACK; outcome == AGAIN && slack <= MOST_SLACK; slack *= 8) {
		struct ls_registers *threads;
		unsigned thread_room;
		uint32_t room;
		ls_zero(j, sizeof *j);
		j->scan = s;
		/* a child that has nothing to tell shall not make its recording grow */
		j->later = flags & LS_SCAN_AT_EXIT && !ls_process_keeps() && thread_count() == 1;
		if (!prepare(j, slack, &room, &threads, &thread_room)) {
			s->state = LS_SCAN_FAILED;
			fail("no memory for a reachability scan, or no place for its verdicts: "
			     "blocks are not classified");
			ls_job_release(j);
			return FAILED;
		}
		describe(j, flags, snapshot);
		child_scan = id;
		outcome = scan(j, self, room, threads, thread_room);
		ls_job_release(j);
	}
	if (outcome == FAILED || outcome == AGAIN) {
		s->state = LS_SCAN_FAILED;
		fail("the reachability scan could not be made (no memory for it, or /proc is not "
		     "there): blocks are not classified");
	}
	return outcome;
}

/* LIVE gets what was live, if it is given. */
static uint32_t run(const struct ls_registers *self, uint32_t flags, uint32_t snapshot,
		    enum ls_scan_wait wait, struct ls_amount *live)
{
	static struct ls_job job; /* under the lock; the child has a copy */
	enum outcome outcome = FAILED;
	uint32_t id = 0;
	if (!ls_options.scan)
		return 0;
	do { /* one at a time */
		if (!collect_within(PATIENCE_MS) || !ls_lock(&ls_recording_lock))
			return 0;
		if (child_pid)
			ls_unlock(&ls_recording_lock);
	} while (child_pid);
	if (ls_areas_scan(&id))
		outcome = attempt(&job, id, self, flags, snapshot);
	else
		fail("no memory for a reachability scan: blocks are not classified");
	bool few = job.count < FEW_BLOCKS;
	if (live)
		*live = job.live;
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	if (outcome == APART && (wait == LS_WAIT_DONE || (wait == LS_WAIT_BRIEF && few)))
		collect_within(wait == LS_WAIT_DONE ? PATIENCE_MS : BRIEF_MS);
	return outcome == FAILED || outcome == AGAIN ? 0 : id;
}

uint32_t ls_scan_run(const struct ls_registers *self, uint32_t flags, uint32_t snapshot,
		     enum ls_scan_wait wait)
{
	return run(self, flags, snapshot, wait, NULL);
}

/* ---- snapshots ---- */

static void count_live(const struct ls_live *e, void *arg)
{
	struct ls_amount *sum = arg;
	if (ls_context_at(e->context)->memory == LS_MEM_IGNORED)
		return;
	sum->bytes += ls_live_size(e);
	sum->blocks++;
}

/* Labels that repeat are stored once. */
static uint32_t label_id(const char *label)
{
	static struct {
		uint64_t hash;
		uint32_t id, scans_base;
	} seen[64];
	uint64_t h = 0xcbf29ce484222325ull;
	for (const char *p = label; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ull;
	unsigned k = (unsigned)(h >> 58);
	if (seen[k].hash != h || seen[k].scans_base != ls_header->pid) {
		seen[k].hash = h;
		seen[k].scans_base = ls_header->pid;
		seen[k].id = ls_string_add(label);
	}
	return seen[k].id;
}

#define MOST_SNAPSHOTS 4096u

uint32_t ls_scan_snapshot(const struct ls_registers *self, const char *label,
			  enum ls_scan_wait wait)
{
	struct ls_snapshot *s = NULL;
	struct ls_amount live = {0, 0};
	static uint32_t oldest;
	uint32_t id;
	ls_tick_now();
	if (!ls_lock(&ls_recording_lock))
		return 0;
	if (ls_snapshots_table.used <= MOST_SNAPSHOTS) {
		id = ls_table_add(&ls_snapshots_table, (void **)&s);
	} else { /* the oldest but the first makes room */
		oldest = oldest + 1 < MOST_SNAPSHOTS ? oldest + 1 : 1;
		s = ls_table_at(&ls_snapshots_table, id = oldest + 1);
		__atomic_store_n(&s->state, 0, __ATOMIC_RELEASE);
	}
	if (id) {
		s->label = label_id(label && *label ? label : "unnamed");
		s->tick = ls_tick_read();
		s->scan = s->scan_number = 0;
		s->pause_ns = 0;
		s->epoch = ++ls_header->epoch;
	}
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	if (!id)
		return 0;
	ls_gpu_snapshot_made(id);
	uint32_t scan_id = run(self, 0, id, wait, &live);
	if (!live.blocks)
		ls_live_each(count_live, &live);
	s->live_bytes = live.bytes;
	s->live_blocks = live.blocks;
	if (scan_id) {
		const struct ls_scan *scan = ls_table_at(&ls_scans_table, scan_id);
		s->pause_ns = scan->pause_ns;
		s->scan_number = scan->number;
		s->scan = scan_id;
	}
	__atomic_store_n(&s->state, 1, __ATOMIC_RELEASE);
	return id;
}

bool ls_scan_requested(void)
{
	const struct ls_request *r = ls_header ? &ls_header->request : NULL;
	return r && __atomic_load_n(&r->requested, __ATOMIC_ACQUIRE) != r->taken;
}

void ls_scan_answer(const struct ls_registers *self)
{
	struct ls_request *r = &ls_header->request;
	char label[sizeof r->label];
	uint32_t requested = __atomic_load_n(&r->requested, __ATOMIC_ACQUIRE), taken = r->taken;
	if (requested == taken || !__atomic_compare_exchange_n(&r->taken, &taken, requested, false,
							       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return; /* another thread has it */
	__atomic_store_n(&r->scan, 0, __ATOMIC_SEQ_CST);
	ls_copy(label, r->label, sizeof label);
	label[sizeof label - 1] = 0;
	uint32_t id = ls_scan_snapshot(self, label, LS_WAIT_NOT);
	const struct ls_snapshot *s = id ? ls_table_at(&ls_snapshots_table, id) : NULL;
	uint32_t scan_id = s ? s->scan : 0;
	__atomic_store_n(&r->scan, scan_id, __ATOMIC_SEQ_CST);
	const struct ls_scan *scan = scan_id ? ls_table_at(&ls_scans_table, scan_id) : NULL;
	/* whichever is later says so: this, or the end of the scan (ls_scan_end) */
	if (!scan || __atomic_load_n(&scan->state, __ATOMIC_SEQ_CST) != LS_SCAN_BUSY)
		__atomic_store_n(&r->done, requested, __ATOMIC_RELEASE);
}

/* ---- the end ---- */

struct newer {
	uint32_t epoch;
	bool any;
};

static void look_for_newer(const struct ls_live *e, void *arg)
{
	struct newer *n = arg;
	n->any |=
		ls_live_birth(e) >= n->epoch && ls_context_at(e->context)->memory != LS_MEM_IGNORED;
}

/* Nothing came after that scan, and from here on nothing is recorded. */
static void shut(uint32_t id)
{
	ls_gate_shut();
	if (id)
		((struct ls_scan *)ls_table_at(&ls_scans_table, id))->flags |= LS_SCAN_FINAL;
}

void ls_scan_at_exit(const struct ls_registers *self, bool final)
{
	static uint32_t pid, scans, latest;
	struct newer n = {0, false};
	if (pid != ls_header->pid) { /* a forked child starts anew */
		pid = ls_header->pid;
		scans = 0;
	}
	if (scans) /* what came after the last one, if that is not too often */
		n.epoch = ls_header->epoch;
	ls_live_each(look_for_newer, &n);
	n.any |= ls_gpu_any(n.epoch);
	if (!n.any && scans && final)
		shut(latest);
	/* other threads may be about to allocate */
	if ((!n.any && !(final && !scans && ls_threads_many)) || scans == 2)
		return;
	ends = final;
	uint32_t id = latest = ls_scan_run(self, LS_SCAN_AT_EXIT, 0, LS_WAIT_DONE);
	ends = false;
	scans++;
	if (!id || !ls_options.scan)
		return;
	const struct ls_scan *s = ls_table_at(&ls_scans_table, id);
	if (s->state != LS_SCAN_DONE)
		ls_note_locked(LS_NOTE_WARNING,
			       "the reachability scan did not come to its end (its process was "
			       "ended, or took too long): blocks are not classified");
}
