/* SPDX-License-Identifier: MIT */
/*
 * The program must not meet the scan's signal.  Asked about it, these say that
 * nothing is installed; told to install something, they give the number away and
 * take another for the scan.  Every other number passes through.
 *
 * Async-signal-safe once the constructor has run, which is as soon as anything of
 * the program could call them.
 */
#include <errno.h>
#include <signal.h>

#include "glue.h"
#include "hooks.h"
#include "process.h"
#include "stop.h"
#include "text.h"

static int (*real_sigaction)(int, const struct sigaction *, struct sigaction *);
static sighandler_t (*real_signal)(int, sighandler_t);
static sighandler_t (*real_sysv_signal)(int, sighandler_t);
static sighandler_t (*real_sigset)(int, sighandler_t);
static int (*real_sigignore)(int);
static int (*real_sigaltstack)(const stack_t *, stack_t *);

/* Of libc, where a header names them only for old programs. */
LS_EXPORT sighandler_t bsd_signal(int signal, sighandler_t handler);
LS_EXPORT sighandler_t sysv_signal(int signal, sighandler_t handler);
LS_EXPORT sighandler_t __sysv_signal(int signal, sighandler_t handler);

void ls_hooks_signal_start(void)
{
	*(void **)&real_signal = ls_real_symbol("signal");
	*(void **)&real_sysv_signal = ls_real_symbol("sysv_signal");
	*(void **)&real_sigset = ls_real_symbol("sigset");
	*(void **)&real_sigignore = ls_real_symbol("sigignore");
	*(void **)&real_sigaltstack = ls_real_symbol("sigaltstack");
	*(void **)&real_sigaction = ls_real_symbol("sigaction");
}

#define READY()                                                                                    \
	do {                                                                                       \
		if (ls_unlikely(!real_sigaction))                                                  \
			ls_hooks_signal_start();                                                   \
	} while (0)

/* Does SIGNAL belong to the scan?  A child may have given the number away without our seeing it. */
LS_INLINE bool is_ours(int signal)
{
	struct sigaction now;
	return ls_unlikely(signal == (int)__atomic_load_n(&ls_stop_signal, __ATOMIC_ACQUIRE)) &&
	       signal > 0 && real_sigaction(signal, NULL, &now) == 0 && ls_stop_is_ours(&now);
}

static LS_COLD int act_on_ours(int signal, const struct sigaction *act, struct sigaction *old)
{
	bool nothing = !act || (!(act->sa_flags & SA_SIGINFO) && act->sa_handler == SIG_DFL);
	if (!nothing) {
		int saved = errno;
		ls_stop_move();
		errno = saved;
		/* in one step: a signal that is still on its way would else end the process */
		if (real_sigaction(signal, act, NULL) != 0)
			return -1;
	}
	if (old)
		ls_zero(old, sizeof *old); /* SIG_DFL, as after exec */
	return 0;
}

LS_EXPORT int sigaction(int signal, const struct sigaction *act, struct sigaction *old)
{
	READY();
	if (is_ours(signal))
		return act_on_ours(signal, act, old);
	return real_sigaction(signal, act, old);
}

static LS_COLD sighandler_t set_ours(int signal, sighandler_t handler,
				     sighandler_t (*real)(int, sighandler_t))
{
	int saved = errno;
	if (handler == SIG_DFL)
		return SIG_DFL;
	ls_stop_move();
	errno = saved;
	sighandler_t old = real(signal, handler);
	return old == SIG_ERR || old == SIG_HOLD ? old : SIG_DFL;
}

LS_EXPORT sighandler_t signal(int signal, sighandler_t handler)
{
	READY();
	if (is_ours(signal))
		return set_ours(signal, handler, real_signal);
	return real_signal(signal, handler);
}

LS_EXPORT sighandler_t bsd_signal(int signal, sighandler_t handler)
{
	READY();
	if (is_ours(signal))
		return set_ours(signal, handler, real_signal);
	return real_signal(signal, handler);
}

LS_EXPORT sighandler_t sysv_signal(int signal, sighandler_t handler)
{
	READY();
	if (is_ours(signal))
		return set_ours(signal, handler, real_sysv_signal);
	return real_sysv_signal(signal, handler);
}

LS_EXPORT sighandler_t __sysv_signal(int signal, sighandler_t handler)
{
	READY();
	if (is_ours(signal))
		return set_ours(signal, handler, real_sysv_signal);
	return real_sysv_signal(signal, handler);
}

/* Changes the mask too: the number is given away whatever HANDLER is. */
LS_EXPORT sighandler_t sigset(int signal, sighandler_t handler)
{
	struct sigaction none = {.sa_handler = SIG_DFL};
	READY();
	if (is_ours(signal)) {
		ls_stop_move();
		real_sigaction(signal, &none, NULL);
	}
	return real_sigset(signal, handler);
}

LS_EXPORT int sigignore(int signal)
{
	READY();
	if (is_ours(signal))
		ls_stop_move();
	return real_sigignore(signal);
}

/* Only the kernel may know where a thread's signal stack is, and it tells nobody but the thread. */
LS_EXPORT int sigaltstack(const stack_t *stack, stack_t *old)
{
	READY();
	/* the program may hand over one object for both */
	uintptr_t place = stack && !(stack->ss_flags & SS_DISABLE) ? (uintptr_t)stack->ss_sp : 0;
	int r = real_sigaltstack(stack, old), saved = errno;
	struct ls_thread_state *t = r == 0 && stack ? ls_guard_enter() : NULL;
	if (t) {
		t->signal_stack = place;
		ls_guard_leave();
	}
	errno = saved;
	return r;
}
