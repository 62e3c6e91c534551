/* SPDX-License-Identifier: MIT */
/*
 * Backtraces by libunwind, see unwind.h.  libunwind is opened RTLD_LOCAL, never
 * linked: as a needed library its _Unwind_RaiseException would take over the
 * host's C++ exceptions.  Each thread has its own cache, so a warm backtrace
 * takes no lock and makes no system call.
 */
#define UNW_LOCAL_ONLY
#include "unwind.h"

#include <dlfcn.h>
#include <errno.h>
#include <libunwind.h>

#include "glue.h"
#include "ls_arch_stop.h"
#include "modules.h"
#include "recording.h"
#include "text.h"
#include "thread.h"
#include "unwind_guest.h"

static int (*backtrace_fast)(void **, int);
static int (*get_context)(unw_context_t *);
static int (*init_local)(unw_cursor_t *, unw_context_t *);
static int (*step)(unw_cursor_t *);
static int (*get_register)(unw_cursor_t *, int, unw_word_t *);
static void (*flush_cache)(unw_addr_space_t, unw_word_t, unw_word_t);
static unw_addr_space_t address_space;

static void use_thread_caches(void *policy)
{
	int (*set_policy)(unw_addr_space_t, unw_caching_policy_t);
	*(void **)&set_policy = policy;
	set_policy(address_space, UNW_CACHE_PER_THREAD);
}

bool ls_unwind_start(void)
{
	void *lib = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return false;
	*(void **)&get_context = dlsym(lib, LS_UNW_SHARED("getcontext"));
	*(void **)&init_local = dlsym(lib, LS_UNW_LOCAL("init_local"));
	*(void **)&step = dlsym(lib, LS_UNW_LOCAL("step"));
	*(void **)&get_register = dlsym(lib, LS_UNW_LOCAL("get_reg"));
	*(void **)&flush_cache = dlsym(lib, LS_UNW_SHARED("flush_cache"));
	void *policy = dlsym(lib, LS_UNW_LOCAL("set_caching_policy"));
	unw_addr_space_t *space = dlsym(lib, LS_UNW_LOCAL("local_addr_space"));
	void *fast = dlsym(lib, "unw_backtrace");
	if (!fast || !get_context || !init_local || !step || !get_register || !flush_cache ||
	    !policy || !space || !ls_guest_tame((uintptr_t)fast))
		return false;
	address_space = *space;
	/* as the guest: its first call initialises it, and that opens a pipe */
	if (!ls_guest_run(use_thread_caches, (void *)policy))
		return false;
	*(void **)&backtrace_fast = fast;
	ls_guest_thread_begin(); /* the main thread never ends before the process */
	return true;
}

struct request {
	void **pc;
	int max, count;
};

static void run_fast(void *arg)
{
	struct request *r = arg;
	r->count = backtrace_fast(r->pc, r->max);
}

/* Step by step: slower by far, but its cache follows flushes, that of the fast way doesn't. */
static LS_COLD void run_steps(void *arg)
{
	struct request *r = arg;
	unw_context_t context;
	unw_cursor_t cursor;
	r->count = 0;
	if (get_context(&context) != 0 || init_local(&cursor, &context) != 0)
		return;
	do {
		unw_word_t pc;
		if (get_register(&cursor, UNW_REG_IP, &pc) != 0 || !pc)
			return;
		r->pc[r->count++] = (void *)pc;
	} while (r->count < r->max && step(&cursor) > 0);
}

void ls_unwind_prime(void)
{
	void *pc[16];
	struct request r = {pc, 16, 0};
	int saved = errno;
	if (backtrace_fast && ls_guest_thread_ends())
		ls_guest_run(run_fast, &r);
	errno = saved;
}

unsigned ls_unwind(uintptr_t first, void **raw, uintptr_t *pc, unsigned max, uint32_t *flags)
{
	struct request r = {raw, (int)(max + LS_OWN_FRAMES), 0};
	int saved = errno;
	*flags = 0;
	if (ls_likely(backtrace_fast != NULL) &&
	    !ls_guest_run(ls_unlikely(ls_modules_replaced || !ls_guest_thread_ends()) ? run_steps
										      : run_fast,
			  &r)) {
		r.count = 0;
		__atomic_fetch_add(&ls_header->unwind_failures, 1, __ATOMIC_RELAXED);
	}
	errno = saved;
	int skip = 0;
	while (skip < r.count && skip < (int)LS_OWN_FRAMES && (uintptr_t)raw[skip] != first)
		skip++;
	if (ls_unlikely(skip == r.count || skip == (int)LS_OWN_FRAMES)) {
		pc[0] = first;
		*flags = LS_STACK_PARTIAL;
		return 1;
	}
	unsigned count = (unsigned)(r.count - skip);
	if (count > max) {
		count = max;
		*flags = LS_STACK_CUT;
	} else if (r.count == r.max) {
		*flags = LS_STACK_CUT;
	}
	for (unsigned i = 0; i < count; i++)
		pc[i] = (uintptr_t)raw[skip + (int)i];
	return count;
}

#define FARTHEST 64u /* frames to the caller of exit */

struct host_frame {
	uintptr_t start, end; /* of this library */
	bool past_exit, found;
	uintptr_t sp, *word;
	uint32_t count;
};

static void read_frame(unw_cursor_t *cursor, struct host_frame *h)
{
	static const int saved[] = {LS_UNW_SAVED};
	unw_word_t w;
	if (get_register(cursor, UNW_REG_SP, &w) != 0)
		return;
	h->sp = w;
	h->count = 0;
	h->found = true;
	for (unsigned i = 0; i < sizeof saved / sizeof *saved; i++)
		if (get_register(cursor, saved[i], &w) == 0)
			h->word[h->count++] = w;
}

static void find_host_frame(void *arg)
{
	struct host_frame *h = arg;
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t pc;
	uintptr_t offset;
	bool exits = false; /* the frame before this one was exit's */
	if (get_context(&context) != 0 || init_local(&cursor, &context) != 0)
		return;
	for (unsigned i = 0; i < FARTHEST && step(&cursor) > 0; i++) {
		if (get_register(&cursor, UNW_REG_IP, &pc) != 0 || !pc)
			return;
		if (exits || (!h->found && (pc < h->start || pc >= h->end)))
			read_frame(&cursor, h);
		if (exits || (h->found && !h->past_exit))
			return;
		/* what it calls does not return: the address may be that of the next function */
		const char *name = h->found ? ls_module_symbol(pc - 1, &offset) : NULL;
		exits = name && ls_equal(name, "exit");
	}
}

bool ls_unwind_to_host(bool past_exit, uintptr_t *sp, uintptr_t *word, uint32_t *count)
{
	struct host_frame h = {.past_exit = past_exit, .word = word};
	struct ls_module_info own;
	int saved = errno;
	uint32_t resolving = ls_tls.resolving;
	if (!backtrace_fast || !ls_module_find((uintptr_t)find_host_frame, &own))
		return false;
	h.start = own.start;
	h.end = own.end;
	ls_tls.resolving = 1; /* this may be the first use on this thread, which allocates */
	ls_guest_run(find_host_frame, &h);
	ls_tls.resolving = resolving;
	errno = saved;
	*sp = h.sp;
	*count = h.count;
	return h.found;
}

void ls_unwind_flush(void)
{
	if (flush_cache)
		flush_cache(address_space, 0, 0);
}

uintptr_t ls_unwind_module(void)
{
	return (uintptr_t)backtrace_fast;
}

bool ls_unwind_active(void)
{
	return ls_guest_active();
}

void ls_unwind_abandon(void)
{
	ls_guest_abandon();
}
