/* SPDX-License-Identifier: MIT */
/* See thread.h.  Relies on recording.  Registration takes the recording's lock. */
#include "thread.h"

#include <errno.h>
#include <sys/prctl.h>

#include "process.h"
#include "recording.h"
#include "scope.h"
#include "text.h"
#include "totals.h"
#include "unwind_walk.h"

bool ls_threads_many;
static struct ls_thread_state *states;
static uint32_t in_use, sweep_at = 16;

/* The name of a thread; the main one's would be the program's. */
static void read_name(uint32_t tid, char name[16])
{
	char path[64], comm[32];
	struct ls_text t;
	if (tid == ls_header->pid) {
		ls_copy(name, "main", 5);
		return;
	}
	ls_text_start(&t, path, sizeof path);
	ls_text_add(&t, "/proc/self/task/");
	ls_text_number(&t, tid);
	ls_text_add(&t, "/comm");
	long n = ls_read_file(path, comm, sizeof comm);
	if (n <= 0)
		return;
	if (comm[n - 1] == '\n')
		n--;
	ls_zero(name, 16);
	ls_copy(name, comm, n < 15 ? (size_t)n : 15);
}

static void read_own_name(char name[16])
{
	if (ls_sys_gettid() == ls_header->pid)
		ls_copy(name, "main", 5);
	else
		ls_sys2(SYS_prctl, PR_GET_NAME, name);
}

static void release(struct ls_thread_state *t)
{
	struct ls_thread *r = ls_table_at(&ls_threads_table, t->id);
	r->ended_tick = ls_tick_read();
	r->state = 2;
	ls_totals_flush(t);
	ls_scope_end_pushed(t);
	t->in_use = false;
	in_use--;
}

/* Threads that ended without our seeing it (pthread_exit, cancel, foreign ones). */
static void sweep(void)
{
	uint32_t pid = ls_sys_getpid();
	for (struct ls_thread_state *t = states; t; t = t->next)
		if (t->in_use && ls_sys3(SYS_tgkill, pid, t->tid, 0) == -ESRCH)
			release(t);
	sweep_at = in_use * 2 > 16 ? in_use * 2 : 16;
}

/* Room for either unwinder's: one at a time is at work. */
static size_t buffer_words(void)
{
	size_t depth = ls_header->depth;
	return LS_WALK_SCRATCH * depth + LS_OWN_FRAMES;
}

static size_t state_size(void)
{
	return sizeof(struct ls_thread_state) + buffer_words() * sizeof(uintptr_t) +
	       ls_walk_size(ls_header->depth);
}

static struct ls_thread_state *take(uint64_t start_pc)
{
	struct ls_thread_state *best = NULL;
	for (struct ls_thread_state *t = states; t; t = t->next) {
		const struct ls_thread *r = ls_table_at(&ls_threads_table, t->id);
		if (!t->in_use && r->start_pc == start_pc) {
			best = t;
			break;
		}
	}
	if (best) {
		/* its contexts go on counting; everything else starts afresh */
		best->entered_count = 0;
		best->pending_count = 0;
		best->scope_epoch = 0;
		best->primed = false;
		ls_walk_reset(best->walk);
		return best;
	}
	struct ls_thread_state *t = ls_mem_alloc(state_size());
	struct ls_thread *r;
	if (!t)
		return NULL;
	t->id = ls_table_add(&ls_threads_table, (void **)&r);
	if (!t->id) {
		ls_mem_free(t, state_size());
		return NULL;
	}
	r->start_pc = start_pc;
	t->entered = t->entered_first;
	t->entered_room = LS_SCOPE_DEPTH;
	t->pushed = t->pushed_first;
	t->pushed_room = LS_PUSHED;
	t->raw = t->pc + ls_header->depth;
	t->walk = (struct ls_walk *)(t->pc + buffer_words());
	ls_walk_init(t->walk, ls_header->depth, t->pc);
	t->random = 0x9e3779b97f4a7c15ull * (t->id + 1) ^ ls_header->mono_start_ns;
	t->next = states;
	states = t;
	return t;
}

static struct ls_thread_state *register_as(uint64_t start_pc, uint32_t parent)
{
	uint32_t tid = ls_sys_gettid();
	ls_tls.tid = tid;
	if (!ls_lock(&ls_recording_lock))
		return NULL;
	if (in_use >= sweep_at)
		sweep();
	struct ls_thread_state *t = take(start_pc);
	if (t) {
		struct ls_thread *r = ls_table_at(&ls_threads_table, t->id);
		t->tid = tid;
		t->tcb = (uintptr_t)__builtin_thread_pointer();
		t->signal_stack = 0;
		t->in_use = true;
		t->events = 1;
		r->tid = tid;
		r->parent = parent;
		r->blocking = 0; /* a thread that was cancelled in a call has left it set */
		if (!r->instances++)
			r->started_tick = ls_tick_read();
		read_own_name(r->name);
		__atomic_store_n(&r->state, 1, __ATOMIC_RELEASE);
		if (++in_use > 1)
			__atomic_store_n(&ls_threads_many, true, __ATOMIC_RELAXED);
		ls_header->threads_seen++;
	}
	ls_unlock(&ls_recording_lock);
	if (t) {
		ls_tls.state = t;
		ls_tls.generation = ls_generation;
	}
	return t;
}

struct ls_thread_state *ls_thread_register(void)
{
	return register_as(0, 0);
}

void ls_thread_begin(const struct ls_thread_start *s)
{
	uint64_t start =
		s->start ? (uint64_t)(uintptr_t)s->start : (uint64_t)(uintptr_t)s->start_int;
	struct ls_thread_state *t = register_as(start, s->parent);
	if (!t)
		return;
	t->entered_count = s->inherited_count;
	ls_copy(t->entered, s->inherited, s->inherited_count * sizeof *t->entered);
	t->scope_epoch = 0;
}

void ls_thread_end(void)
{
	struct ls_thread_state *t = ls_tls.state;
	if (ls_tls.generation != ls_generation || !t || !ls_lock(&ls_recording_lock))
		return;
	struct ls_thread *r = ls_table_at(&ls_threads_table, t->id);
	read_own_name(r->name); /* it may have named itself since */
	r->ended_tick = ls_tick_read();
	ls_totals_flush(t);
	/* destructors of its thread-local objects are still to come: the sweep releases it */
	ls_unlock(&ls_recording_lock);
}

void ls_thread_read_names(void)
{
	for (struct ls_thread_state *t = states; t; t = t->next)
		if (t->in_use)
			read_name(
				t->tid,
				((struct ls_thread *)ls_table_at(&ls_threads_table, t->id))->name);
}

void ls_thread_each(void (*fn)(struct ls_thread_state *))
{
	for (struct ls_thread_state *t = states; t; t = t->next)
		if (t->in_use)
			fn(t);
}

uint32_t ls_thread_record(uint32_t tid)
{
	for (const struct ls_thread_state *t = states; t; t = t->next)
		if (t->in_use && t->tid == tid)
			return t->id;
	return 0;
}

void ls_thread_reset(void)
{
	states = NULL;
	in_use = 0;
	sweep_at = 16;
	ls_threads_many = false;
}
