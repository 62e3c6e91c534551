/* SPDX-License-Identifier: MIT */
/*
 * Thread creation: the new thread starts with its creator's active scopes.
 * Threads made any other way are registered at their first allocation.
 */
#include <pthread.h>
#include <threads.h>

#include "glue.h"
#include "hooks.h"
#include "options.h"
#include "process.h"
#include "scan_own.h"
#include "scope.h"
#include "thread.h"
#include "unwind_guest.h"

LS_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			     void *arg);
LS_EXPORT int thrd_create(thrd_t *thread, thrd_start_t start, void *arg);

static int (*real_pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
static int (*real_thrd_create)(thrd_t *, thrd_start_t, void *);

void ls_hooks_thread_start(void)
{
	*(void **)&real_pthread_create = ls_real_symbol("pthread_create");
	*(void **)&real_thrd_create = ls_real_symbol("thrd_create");
}

/* NULL: not recording, or no memory; the thread is then created as it is. */
static struct ls_thread_start *prepare(void *arg)
{
	struct ls_thread_state *t = ls_guard_enter();
	struct ls_thread_start *s = t ? ls_mem_alloc(sizeof *s) : NULL;
	if (s) {
		s->arg = arg;
		s->parent = t->id;
		if (ls_options.inherit)
			s->inherited_count = ls_scope_inherit(t, s->inherited, LS_SCOPE_DEPTH);
		ls_threads_many = true; /* before there can be two */
		ls_own_start_waits(s);
	}
	if (t)
		ls_guard_leave();
	return s;
}

static void forget(struct ls_thread_start *s)
{
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = 1;
	ls_own_start_taken(s);
	ls_mem_free(s, sizeof *s);
	ls_tls.depth = depth;
}

static void begin(void *p, struct ls_thread_start *s)
{
	*s = *(struct ls_thread_start *)p;
	forget(p);
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = 1;
	if (!s->own_stack)
		ls_own_thread_begins();
	ls_guest_thread_begin();
	if (ls_recording_on())
		ls_thread_begin(s);
	ls_tls.depth = depth;
}

/* However the thread ends: by returning, pthread_exit or cancellation. */
static void end(void *unused)
{
	(void)unused;
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = 1;
	ls_thread_end();
	ls_guest_thread_end();
	ls_tls.depth = depth;
}

static void *start_pthread(void *p)
{
	struct ls_thread_start s;
	begin(p, &s);
	void *result;
	pthread_cleanup_push(end, NULL);
	result = s.start(s.arg);
	pthread_cleanup_pop(1);
	return result;
}

static int start_thrd(void *p)
{
	struct ls_thread_start s;
	begin(p, &s);
	int result;
	pthread_cleanup_push(end, NULL);
	result = s.start_int(s.arg);
	pthread_cleanup_pop(1);
	return result;
}

static bool has_own_stack(const pthread_attr_t *attr)
{
	void *address;
	size_t size;
	/* where none was set, the address is such that the end is 0 */
	return attr && pthread_attr_getstack(attr, &address, &size) == 0 &&
	       (uintptr_t)address + size != 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	if (!real_pthread_create)
		ls_hooks_thread_start();
	struct ls_thread_start *s = prepare(arg);
	if (!s)
		return real_pthread_create(thread, attr, start, arg);
	s->start = start;
	s->own_stack = has_own_stack(attr);
	int r = real_pthread_create(thread, attr, start_pthread, s);
	if (r != 0)
		forget(s);
	return r;
}

int thrd_create(thrd_t *thread, thrd_start_t start, void *arg)
{
	if (!real_thrd_create)
		ls_hooks_thread_start();
	struct ls_thread_start *s = prepare(arg);
	if (!s)
		return real_thrd_create(thread, start, arg);
	s->start_int = start;
	int r = real_thrd_create(thread, start_thrd, s);
	if (r != thrd_success)
		forget(s);
	return r;
}
