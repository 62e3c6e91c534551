/* SPDX-License-Identifier: MIT */
/*
 * See stop.h.  The stopper looks at each thread (stop_look.c) and sends it the
 * signal with the number of its slot; the handler describes the thread there and
 * waits.  What runs in the handler uses raw system calls and no lock.
 */
#include "stop.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>

#include "glue.h"
#include "ls_arch_stop.h"
#include "process.h"
#include "recording.h"
#include "scan.h"
#include "stop_look.h"
#include "text.h"
#include "thread.h"

#define FIRST_SIGNAL 35u       /* SIGRTMIN is what programs take first */
#define LAST_SIGNAL 64u        /* SIGRTMAX */
#define PATIENCE_NS 200000000u /* for all threads together */
#define LOOK_NS 1000000u       /* between two looks at whether one has ended */
#define ARGUMENTS 6u           /* of a system call; the words of a thread that sleeps in one */
#define LONGEST_WAIT 60u       /* seconds a stopped thread waits at the most */

uint32_t ls_stop_signal;
uint32_t ls_stop_flag; /* the number of the stop under way */

static int (*real_sigaction)(int, const struct sigaction *, struct sigaction *);
static __thread uint32_t interrupts, arrivals;
static uint32_t chosen_by; /* pid */

/* States of a slot before it is described, in ls_registers.count. */
enum {
	FRESH = 0x10000, /* not looked at yet */
	AWAITED,         /* the signal is on its way */
	LEFT,            /* left alone, in a call */
	WAITS,           /* the same, in ls_stop_wait */
	BLOCKS,          /* left alone, it blocks the signal */
	MISSED,          /* cannot be signalled, or has not come in time */
	GONE,
	NOBODY /* no thread of the program's */
};

static struct {
	struct ls_registers *out; /* handlers write there while `open` is the number of the stop */
	uint32_t number;          /* of the latest stop, never 0 */
	uint32_t open;
	uint32_t inside;            /* handlers that may be writing */
	uint32_t arrived, expected; /* signalled threads */
	uint32_t tid, pid;          /* of the stopper */
	unsigned used, capacity, beyond;
	bool sorted; /* by tid, which is how the kernel lists them until numbers come back */
} stop;

/* What is known of a thread's mask, in ls_registers.tcb until it is described. */
enum { MASK_UNKNOWN, MASK_OPEN, MASK_BLOCKS };

/* ---- the handler ---- */

extern void ls_call_on_stack(void (*fn)(void *), void *arg, void *stack_top);

/* A thread's own stack may be a few kilobytes; only one thread at a time answers. */
static char answer_stack[64 << 10] __attribute__((aligned(64)));
static uint32_t answering;

/*
 * The guard may register this thread, under the recording's lock: this thread
 * does not hold it, being outside of the guard, and whoever does is running.
 */
static void answer(void *self)
{
	if (ls_guard_enter()) {
		ls_scan_answer(self);
		ls_guard_leave();
	}
}

static void fill(struct ls_registers *r, const ucontext_t *u, uint32_t tid)
{
	r->sp = ls_arch_sp(u) - LS_RED_ZONE;
	r->tcb = (uintptr_t)__builtin_thread_pointer();
	r->signal_stack = (uintptr_t)u->uc_stack.ss_sp;
	r->tid = tid;
	uint32_t n = ls_arch_registers(u, r->word);
	__atomic_store_n(&r->count, n, __ATOMIC_RELEASE);
}

static void take_request(const ucontext_t *u)
{
	struct ls_registers self;
	if (ls_tls.depth) {
		/* a hook was interrupted: it answers when it leaves (ls_tick) */
		if (ls_tls.state && ls_tls.generation == ls_generation)
			ls_tls.state->events = 1;
		return;
	}
	if (__atomic_exchange_n(&answering, 1, __ATOMIC_ACQUIRE))
		return;
	fill(&self, u, ls_sys_gettid());
	ls_call_on_stack(answer, &self, answer_stack + sizeof answer_stack);
	__atomic_store_n(&answering, 0, __ATOMIC_RELEASE);
}

/* Wait while stop NUMBER (0: any) lasts, but not for a stopper that is no more. */
static void wait_for_release(uint32_t number)
{
	const struct timespec second = {1, 0};
	uint32_t now;
	for (unsigned i = 0; i < LONGEST_WAIT; i++) {
		/* a process that was forked meanwhile has a copy of the flag, and no stopper */
		while ((now = __atomic_load_n(&ls_stop_flag, __ATOMIC_ACQUIRE)) != 0 &&
		       (!number || now == number) && ls_sys_getpid() == stop.pid &&
		       ls_sys4(SYS_futex, &ls_stop_flag, FUTEX_WAIT_PRIVATE, now, &second) !=
			       -ETIMEDOUT)
			;
		if (!now || (number && now != number) || ls_sys_getpid() != stop.pid ||
		    ls_sys3(SYS_tgkill, stop.pid, stop.tid, 0) == -ESRCH)
			return;
	}
}

/* The stopper's word: which stop, and which slot is this thread's. */
static void come_to_a_stop(uint64_t word, const ucontext_t *u)
{
	uint32_t number = (uint32_t)(word >> 32), slot = (uint32_t)word;
	__atomic_fetch_add(&stop.inside, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&stop.open, __ATOMIC_SEQ_CST) == number) {
		fill(&stop.out[slot], u, stop.out[slot].tid);
		uint32_t n = __atomic_add_fetch(&stop.arrived, 1, __ATOMIC_SEQ_CST);
		if (n >= __atomic_load_n(&stop.expected, __ATOMIC_SEQ_CST))
			ls_sys3(SYS_futex, &stop.arrived, FUTEX_WAKE_PRIVATE, 1);
	}
	__atomic_fetch_sub(&stop.inside, 1, __ATOMIC_SEQ_CST);
	wait_for_release(number);
}

/* Is the interrupted instruction the one after a system call that failed with EINTR? */
static bool breaks_off_a_call(const ucontext_t *u)
{
	unsigned char code[LS_SYSCALL_BYTES];
	uintptr_t at = ls_arch_broken_off(u);
	if (!at)
		return false;
	if ((at & 4095) <= 4096 - LS_SYSCALL_BYTES)
		return ls_arch_is_syscall((const unsigned char *)at);
	/* its first byte lies in another page, which may not be there */
	struct iovec local = {code, sizeof code}, remote = {(void *)at, sizeof code};
	return ls_sys6(SYS_process_vm_readv, ls_sys_getpid(), &local, 1, &remote, 1, 0) ==
		       sizeof code &&
	       ls_arch_is_syscall(code);
}

/* Will another handler run when this one returns? */
static bool others_pending(const ucontext_t *u)
{
	uint64_t pending = 0, mask;
	ls_copy(&mask, &u->uc_sigmask, sizeof mask);
	return ls_sys2(SYS_rt_sigpending, &pending, sizeof pending) < 0 || (pending & ~mask);
}

/* Somebody else's signal: the program has no handler for it, and expects to be ended by it. */
static void end_as_by_default(int signal)
{
	uint64_t set = 1ull << (signal - 1);
	struct sigaction a = {.sa_handler = SIG_DFL};
	if (real_sigaction(signal, &a, NULL) != 0)
		return;
	ls_sys3(SYS_tgkill, ls_sys_getpid(), ls_sys_gettid(), signal);
	ls_sys4(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, sizeof set);
}

/*
 * When this handler alone broke a call off, the program must not see that
 * (ls_stop_interrupts).  A handler of the program's that came at the same time
 * is noticed: ours is the highest number and dequeued last, so that it is set up
 * on top, and what it interrupts is then the entry of the other handler.  One
 * that came while this one ran is still pending.
 */
static void handler(int signal, siginfo_t *info, void *context)
{
	int saved = errno;
	const ucontext_t *u = context;
	bool broken_off = breaks_off_a_call(u);
	uint32_t number = (uint32_t)((uint64_t)(uintptr_t)info->si_value.sival_ptr >> 32);
	/* only a stopper of this process sends SI_QUEUE in the name of this process */
	bool ours = info->si_code == SI_QUEUE && (uint32_t)info->si_pid == stop.pid && number;
	if (ours && ls_sys_getpid() == stop.pid) {
		if (__atomic_load_n(&ls_stop_flag, __ATOMIC_ACQUIRE) == number)
			come_to_a_stop((uintptr_t)info->si_value.sival_ptr, u);
	} else if (info->si_code == SI_QUEUE && info->si_value.sival_int == LS_REQUEST_VALUE) {
		if (ls_process_borrowed())
			;
		else if (ls_scan_requested())
			take_request(u);
		else if (__atomic_load_n(&ls_scan_child, __ATOMIC_RELAXED))
			ls_scan_reap();
	} else if (!ours) {
		end_as_by_default(signal);
	}
	arrivals++;
	if (broken_off && !others_pending(u))
		interrupts++;
	errno = saved;
}

uint32_t ls_stop_interrupts(void)
{
	return interrupts;
}

uint32_t ls_stop_arrivals(void)
{
	return arrivals;
}

void ls_stop_wait(void)
{
	/* a handler of the program's would run while everything is to stand still */
	uint64_t all = UINT64_MAX, mask;
	if (ls_sys_gettid() == stop.tid)
		return; /* it is this thread that others stand still for */
	ls_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof mask);
	wait_for_release(0);
	ls_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

/* ---- the signal ---- */

static bool is_default(const struct sigaction *a)
{
	return !(a->sa_flags & SA_SIGINFO) && a->sa_handler == SIG_DFL;
}

bool ls_stop_is_ours(const struct sigaction *a)
{
	return (a->sa_flags & SA_SIGINFO) && a->sa_sigaction == handler;
}

/* The highest free number: it is delivered last. */
static uint32_t choose(void)
{
	uint64_t mask = 0;
	struct sigaction a;
	ls_sys4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
	for (uint32_t n = LAST_SIGNAL; n >= FIRST_SIGNAL; n--)
		if (!(mask >> (n - 1) & 1) && real_sigaction((int)n, NULL, &a) == 0 &&
		    is_default(&a))
			return n;
	return 0;
}

void ls_stop_start(void)
{
	struct sigaction a = {.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
	int saved = errno;
	if (!real_sigaction)
		*(void **)&real_sigaction = ls_real_symbol("sigaction");
	uint32_t n = real_sigaction ? choose() : 0;
	a.sa_sigaction = handler;
	/* libc's own two as well, which sigfillset leaves out: no thread is cancelled in here */
	for (unsigned i = 0; i < sizeof a.sa_mask; i++)
		((unsigned char *)&a.sa_mask)[i] = 0xff;
	if (n && real_sigaction((int)n, &a, NULL) != 0)
		n = 0;
	chosen_by = ls_sys_getpid();
	__atomic_store_n(&ls_stop_signal, n, __ATOMIC_RELEASE);
	errno = saved;
}

void ls_stop_move(void)
{
	if (ls_sys_getpid() != chosen_by)
		return;
	/* never while threads are being stopped, which happens under this lock */
	bool guard = ls_guard_enter() != NULL, locked = guard && ls_lock(&ls_recording_lock);
	ls_stop_start();
	if (ls_header && !ls_process_borrowed())
		ls_header->scan_signal = ls_stop_signal;
	if (locked)
		ls_unlock(&ls_recording_lock);
	if (guard)
		ls_guard_leave();
}

void ls_stop_reset(void)
{
	struct sigaction a;
	ls_stop_flag = stop.open = stop.inside = answering = 0;
	/* what the child has done since the fork was not looked at closely */
	if (!ls_stop_signal || !real_sigaction ||
	    real_sigaction((int)ls_stop_signal, NULL, &a) != 0 || !ls_stop_is_ours(&a))
		ls_stop_start();
	chosen_by = ls_sys_getpid();
}

/* ---- the stopper ---- */

static void add_thread(uint32_t tid, void *hint)
{
	unsigned *next = hint, i = *next;
	if (tid == stop.tid)
		return;
	/* the kernel lists threads in the same order each time */
	if (i >= stop.used || stop.out[i].tid != tid)
		for (i = 0; i < stop.used && stop.out[i].tid != tid;)
			i++;
	*next = i + 1;
	if (i == stop.used) {
		if (stop.used == stop.capacity) {
			stop.beyond++;
			return;
		}
		ls_zero(&stop.out[i], sizeof stop.out[i]);
		stop.out[i].tid = tid;
		stop.used++;
		stop.sorted &= i == 0 || stop.out[i - 1].tid < tid;
	} else if (stop.out[i].count != GONE) {
		return;
	}
	stop.out[i].count = FRESH;
	stop.out[i].tcb = MASK_UNKNOWN;
}

static void add_registered(struct ls_thread_state *t)
{
	unsigned none = UINT32_MAX;
	add_thread(t->tid, &none);
}

/* Find threads that are not known yet. */
static void list_threads(void)
{
	unsigned hint = 0;
	stop.beyond = 0;
	if (!ls_look_each(add_thread, &hint))
		ls_thread_each(add_registered); /* without /proc: those that have been met */
}

static bool is_gone(uint32_t tid)
{
	return ls_sys3(SYS_tgkill, stop.pid, tid, 0) == -ESRCH;
}

static void send(unsigned slot)
{
	siginfo_t info;
	struct ls_registers *r = &stop.out[slot];
	ls_zero(&info, sizeof info);
	info.si_signo = (int)ls_stop_signal;
	info.si_code = SI_QUEUE;
	info.si_pid = (pid_t)stop.pid;
	info.si_value.sival_ptr = (void *)((uintptr_t)stop.number << 32 | slot);
	r->count = AWAITED;
	__atomic_fetch_add(&stop.expected, 1, __ATOMIC_SEQ_CST);
	long e = ls_sys4(SYS_rt_tgsigqueueinfo, stop.pid, r->tid, ls_stop_signal, &info);
	if (e < 0) {
		r->count = e == -ESRCH ? GONE : MISSED;
		__atomic_fetch_sub(&stop.expected, 1, __ATOMIC_SEQ_CST);
	}
}

static void look_at_mask(struct ls_registers *r)
{
	r->tcb = ls_look_blocks(r->tid, ls_stop_signal) ? MASK_BLOCKS : MASK_OPEN;
}

/* Before anything is stopped: reading a mask takes longer than all the rest. */
static void look_at_masks(void)
{
	for (unsigned i = 0; i < stop.used; i++) {
		struct ls_look l;
		ls_look_at(stop.out[i].tid, &l);
		if (l.kind == LS_LOOK_RUNS)
			look_at_mask(&stop.out[i]);
	}
}

/* What the kernel says of it, for a thread that does not describe itself. */
static void describe(struct ls_registers *r, const struct ls_look *l)
{
	r->sp = l->sp ? l->sp - LS_RED_ZONE : 0;
	ls_copy(r->word, l->arg, sizeof l->arg);
	r->word[ARGUMENTS] = l->call;
}

/* Decide what to do about a thread that was left alone until now; true if it was signalled. */
static bool settle(unsigned slot)
{
	struct ls_registers *r = &stop.out[slot];
	struct ls_look l;
	ls_look_at(r->tid, &l);
	if (l.kind == LS_LOOK_RUNS && (r->tcb == MASK_UNKNOWN || r->count == BLOCKS))
		look_at_mask(r); /* libc blocks all signals for a moment here and there */
	describe(r, &l);
	if (l.kind == LS_LOOK_GONE || l.kind == LS_LOOK_NONE) {
		r->count = l.kind == LS_LOOK_GONE ? GONE : NOBODY;
	} else if (l.kind == LS_LOOK_LEAVE) {
		r->count = LEFT;
	} else if (l.kind == LS_LOOK_WAITS) {
		r->count = WAITS;
	} else if (r->tcb == MASK_BLOCKS) {
		r->count = BLOCKS;
	} else {
		send(slot);
		return r->count == AWAITED;
	}
	return false;
}

static void drop_the_gone(void)
{
	for (unsigned i = 0; i < stop.used; i++) {
		struct ls_registers *r = &stop.out[i];
		if (__atomic_load_n(&r->count, __ATOMIC_ACQUIRE) == AWAITED && is_gone(r->tid)) {
			r->count = GONE;
			__atomic_fetch_sub(&stop.expected, 1, __ATOMIC_SEQ_CST);
		}
	}
}

static void await(uint64_t deadline)
{
	const struct timespec pause = {0, LOOK_NS};
	uint32_t n;
	while ((n = __atomic_load_n(&stop.arrived, __ATOMIC_SEQ_CST)) <
		       __atomic_load_n(&stop.expected, __ATOMIC_SEQ_CST) &&
	       ls_now_ns() < deadline)
		if (ls_sys4(SYS_futex, &stop.arrived, FUTEX_WAIT_PRIVATE, n, &pause) == -ETIMEDOUT)
			drop_the_gone();
}

/* Bring all to a stop that can be; whoever was created or has woken up meanwhile too. */
static void bring_to_a_stop(uint64_t deadline)
{
	bool more;
	do {
		unsigned before = stop.used;
		more = false;
		for (unsigned i = 0; i < stop.used; i++)
			if (stop.out[i].count == FRESH)
				more |= settle(i);
		await(deadline);
		list_threads();
		more |= stop.used != before;
		for (unsigned i = 0; i < stop.used; i++) {
			struct ls_registers *r = &stop.out[i];
			if (r->count == FRESH)
				more = true; /* its number came back */
			if (r->count == LEFT || r->count == BLOCKS)
				more |= settle(i);
		}
		await(deadline);
	} while (more && ls_now_ns() < deadline);
}

/* Nobody writes into out[] any more when this returns. */
static void close_slots(void)
{
	uint64_t deadline = ls_now_ns() + 10000000000u;
	__atomic_store_n(&stop.open, 0, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&stop.inside, __ATOMIC_SEQ_CST) && ls_now_ns() < deadline)
		ls_sys0(SYS_sched_yield);
}

/* A thread that sleeps inside a wrapper of ours: its registers lie on its stack. */
static void find_wrapper(struct ls_thread_state *t)
{
	const struct ls_thread *r = ls_table_at(&ls_threads_table, t->id);
	unsigned low = 0, high = stop.used;
	if (!__atomic_load_n(&r->blocking, __ATOMIC_RELAXED))
		return;
	while (stop.sorted && low < high) {
		unsigned middle = low + (high - low) / 2;
		if (stop.out[middle].tid < t->tid)
			low = middle + 1;
		else
			high = middle;
	}
	while (!stop.sorted && low < stop.used && stop.out[low].tid != t->tid)
		low++;
	if (low < stop.used && stop.out[low].tid == t->tid && stop.out[low].count == LEFT)
		stop.out[low].count = WAITS;
}

/* Threads that have not described themselves, and cannot any more. */
static unsigned finish_slots(void)
{
	unsigned missed = 0;
	ls_thread_each(find_wrapper);
	for (unsigned i = 0; i < stop.used; i++) {
		struct ls_registers *r = &stop.out[i];
		struct ls_look l;
		if (r->count < FRESH)
			continue;
		if (r->count == FRESH || r->count == AWAITED || r->count == MISSED) {
			ls_look_at(r->tid, &l);
			describe(r, &l);
			r->count = l.kind == LS_LOOK_GONE || l.kind == LS_LOOK_NONE ? GONE : MISSED;
		}
		if (r->count == GONE || r->count == NOBODY) {
			r->count = GONE;
			continue;
		}
		missed += r->count != WAITS;
		r->count = r->word[ARGUMENTS] ? ARGUMENTS : 0;
		r->tcb = r->signal_stack = 0;
	}
	return missed;
}

unsigned ls_stop_all(struct ls_registers *out, unsigned capacity, unsigned *unseen)
{
	uint64_t deadline = ls_now_ns() + PATIENCE_NS;
	stop.out = out;
	stop.capacity = capacity;
	stop.used = 0;
	stop.sorted = true;
	stop.arrived = stop.expected = 0;
	stop.pid = ls_sys_getpid();
	stop.tid = ls_sys_gettid();
	if (++stop.number == 0)
		stop.number = 1;
	list_threads();
	look_at_masks();
	__atomic_store_n(&stop.open, stop.number, __ATOMIC_SEQ_CST);
	__atomic_store_n(&ls_stop_flag, stop.number, __ATOMIC_SEQ_CST);
	bring_to_a_stop(deadline);
	close_slots();

	unsigned kept = 0;
	*unseen = stop.beyond + finish_slots();
	for (unsigned i = 0; i < stop.used; i++) {
		if (out[i].count == GONE)
			continue;
		if (kept != i)
			ls_copy(&out[kept], &out[i], sizeof out[i]);
		kept++;
	}
	return kept;
}

void ls_stop_release(void)
{
	__atomic_store_n(&ls_stop_flag, 0, __ATOMIC_SEQ_CST);
	ls_sys3(SYS_futex, &ls_stop_flag, FUTEX_WAKE_PRIVATE, INT32_MAX);
}
