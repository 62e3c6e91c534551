/* SPDX-License-Identifier: MIT */
/*
 * The calls that are never restarted after a signal (signal(7)).  A thread in one
 * of them is not sent the scan's signal; its registers must then lie on its
 * stack, and it must stay put when the call ends meanwhile.  When the signal gets
 * it nevertheless, the call goes on as if nothing had happened.
 *
 * No lock, no system call of our own but where a time limit is given: one look at
 * the clock, which is the vdso's.  Cancellation and exceptions may leave these
 * functions in the midst of the real call; only `blocking` is then out of date.
 */
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "glue.h"
#include "hooks.h"
#include "process.h"
#include "recording.h"
#include "scan.h"
#include "stop.h"
#include "thread.h"

#define SECOND_NS 1000000000u

/* ---- around the real call ---- */

struct wait {
	uint32_t *blocking; /* the flag in the thread's record, NULL = it has none */
	uint32_t interrupts;
	int saved; /* errno before the call: one that goes on and succeeds leaves it alone */
};

/*
 * Every wrapper starts with this: what the host keeps in registers is stored in
 * the wrapper's frame.
 */
#define SPILL() __builtin_unwind_init()

LS_INLINE void before(struct wait *w)
{
	w->blocking = NULL;
	/* a forked child that has no recording yet must not write into its parent's */
	if (ls_likely(__atomic_load_n(ls_gate, __ATOMIC_RELAXED) == LS_GATE_ON) && ls_tls.state &&
	    ls_tls.generation == ls_generation) {
		struct ls_thread *r = ls_table_at(&ls_threads_table, ls_tls.state->id);
		w->blocking = &r->blocking;
		__atomic_store_n(w->blocking, 1, __ATOMIC_RELAXED);
	}
	if (ls_unlikely(__atomic_load_n(&ls_scan_child, __ATOMIC_RELAXED)))
		ls_scan_reap();
	w->interrupts = ls_stop_interrupts();
	w->saved = errno;
}

/* True if the call was broken off, and by our signal alone: it is to go on.  ERROR: its errno. */
LS_INLINE bool after(struct wait *w, int error)
{
	if (ls_unlikely(__atomic_load_n(&ls_stop_flag, __ATOMIC_ACQUIRE)))
		ls_stop_wait();
	if (w->blocking)
		__atomic_store_n(w->blocking, 0, __ATOMIC_RELAXED);
	if (ls_likely(error != EINTR) || w->interrupts == ls_stop_interrupts())
		return false;
	errno = w->saved;
	return true;
}

/* CALL, until it is not our signal that ends it.  RESULT -1 and errno, as most do it. */
#define UNTIL_DONE(result, call)                                                                   \
	do {                                                                                       \
		before(&w);                                                                        \
		(result) = (call);                                                                 \
	} while (after(&w, (result) == -1 ? errno : 0))

/* ---- time limits ---- */

LS_INLINE uint64_t from_now(uint64_t ns)
{
	return ls_now_ns() + ns;
}

LS_INLINE uint64_t left(uint64_t deadline)
{
	uint64_t now = ls_now_ns();
	return deadline > now ? deadline - now : 0;
}

/* Of a limit given in milliseconds; rounded up, so that it never ends too early. */
static LS_COLD int left_ms(uint64_t deadline)
{
	return (int)((left(deadline) + 999999u) / 1000000u);
}

/* A relative time as nanoseconds; what is not a valid time is left to the real call. */
LS_INLINE bool to_ns(const struct timespec *t, uint64_t *ns)
{
	if (!t || t->tv_sec < 0 || t->tv_sec > INT32_MAX || t->tv_nsec < 0 ||
	    t->tv_nsec >= (long)SECOND_NS)
		return false;
	*ns = (uint64_t)t->tv_sec * SECOND_NS + (uint64_t)t->tv_nsec;
	return true;
}

/* A time limit that is carried over several calls. */
struct limit {
	const struct timespec *now; /* for the next call */
	struct timespec rest;
	uint64_t deadline; /* 0 = none, or one so long that it doesn't matter */
};

LS_INLINE void limit_start(struct limit *l, const struct timespec *t)
{
	uint64_t ns;
	l->now = t;
	l->deadline = to_ns(t, &ns) && ns ? from_now(ns) : 0;
}

static LS_COLD bool limit_again(struct limit *l)
{
	if (l->deadline) {
		uint64_t ns = left(l->deadline);
		l->rest.tv_sec = (time_t)(ns / SECOND_NS);
		l->rest.tv_nsec = (long)(ns % SECOND_NS);
		l->now = &l->rest;
	}
	return true;
}

/* CALL may use limit.now. */
#define UNTIL_LIMIT(result, timeout, call)                                                         \
	do {                                                                                       \
		struct limit limit;                                                                \
		limit_start(&limit, timeout);                                                      \
		do {                                                                               \
			before(&w);                                                                \
			(result) = (call);                                                         \
		} while (after(&w, (result) == -1 ? errno : 0) && limit_again(&limit));            \
	} while (0)

/* ---- the real functions ---- */

static struct {
	int (*poll)(struct pollfd *, nfds_t, int);
	int (*ppoll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
	int (*poll_chk)(struct pollfd *, nfds_t, int, size_t);
	int (*ppoll_chk)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *,
			 size_t);
	int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
	int (*pselect)(int, fd_set *, fd_set *, fd_set *, const struct timespec *,
		       const sigset_t *);
	int (*epoll_wait)(int, struct epoll_event *, int, int);
	int (*epoll_pwait)(int, struct epoll_event *, int, int, const sigset_t *);
	int (*epoll_pwait2)(int, struct epoll_event *, int, const struct timespec *,
			    const sigset_t *);
	int (*nanosleep)(const struct timespec *, struct timespec *);
	int (*clock_nanosleep)(clockid_t, int, const struct timespec *, struct timespec *);
	int (*thrd_sleep)(const struct timespec *, struct timespec *);
	int (*pause)(void);
	int (*sigsuspend)(const sigset_t *);
	int (*sigwait)(const sigset_t *, int *);
	int (*sigwaitinfo)(const sigset_t *, siginfo_t *);
	int (*sigtimedwait)(const sigset_t *, siginfo_t *, const struct timespec *);
	int (*sem_timedwait)(sem_t *, const struct timespec *);
	int (*sem_clockwait)(sem_t *, clockid_t, const struct timespec *);
	int (*semop)(int, struct sembuf *, size_t);
	int (*semtimedop)(int, struct sembuf *, size_t, const struct timespec *);
	int (*msgsnd)(int, const void *, size_t, int);
	ssize_t (*msgrcv)(int, void *, size_t, long, int);
} real;

void ls_hooks_wait_start(void)
{
#define FIND(name) *(void **)&real.name = ls_real_symbol(#name)
	FIND(ppoll);
	*(void **)&real.poll_chk = ls_real_symbol("__poll_chk");
	*(void **)&real.ppoll_chk = ls_real_symbol("__ppoll_chk");
	FIND(select);
	FIND(pselect);
	FIND(epoll_wait);
	FIND(epoll_pwait);
	FIND(epoll_pwait2);
	FIND(nanosleep);
	FIND(clock_nanosleep);
	FIND(thrd_sleep);
	FIND(pause);
	FIND(sigsuspend);
	FIND(sigwait);
	FIND(sigwaitinfo);
	FIND(sigtimedwait);
	FIND(sem_timedwait);
	FIND(sem_clockwait);
	FIND(semop);
	FIND(semtimedop);
	FIND(msgsnd);
	FIND(msgrcv);
	FIND(poll);
#undef FIND
}

/* Something may call one of these before the constructor. */
#define READY()                                                                                    \
	do {                                                                                       \
		if (ls_unlikely(!real.poll))                                                       \
			ls_hooks_wait_start();                                                     \
	} while (0)

/* ---- descriptors ---- */

LS_INLINE int poll_for(struct pollfd *fds, nfds_t n, int timeout)
{
	struct wait w;
	int r;
	uint64_t deadline = timeout > 0 ? from_now((uint64_t)timeout * 1000000u) : 0;
	for (;;) {
		before(&w);
		r = real.poll(fds, n, timeout);
		if (!after(&w, r == -1 ? errno : 0))
			return r;
		if (deadline)
			timeout = left_ms(deadline);
	}
}

LS_EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	SPILL();
	READY();
	return poll_for(fds, n, timeout);
}

LS_INLINE int ppoll_for(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
			const sigset_t *mask)
{
	struct wait w;
	int r;
	UNTIL_LIMIT(r, timeout, real.ppoll(fds, n, limit.now, mask));
	return r;
}

LS_EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		    const sigset_t *mask)
{
	SPILL();
	READY();
	return ppoll_for(fds, n, timeout, mask);
}

/* What _FORTIFY_SOURCE makes of them: SIZE is that of the array, as far as it is known. */
LS_EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size);
LS_EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
	SPILL();
	READY();
	if (size / sizeof *fds < n)
		return real.poll_chk(fds, n, timeout, size); /* which says so and aborts */
	return poll_for(fds, n, timeout);
}

LS_EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
			  const sigset_t *mask, size_t size);
LS_EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
			  const sigset_t *mask, size_t size)
{
	SPILL();
	READY();
	if (size / sizeof *fds < n)
		return real.ppoll_chk(fds, n, timeout, mask, size);
	return ppoll_for(fds, n, timeout, mask);
}

/* Broken off, it leaves the sets as they are and the rest of the time in *TIMEOUT. */
LS_EXPORT int select(int n, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.select(n, in, out, other, timeout));
	return r;
}

LS_EXPORT int pselect(int n, fd_set *in, fd_set *out, fd_set *other, const struct timespec *timeout,
		      const sigset_t *mask)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_LIMIT(r, timeout, real.pselect(n, in, out, other, limit.now, mask));
	return r;
}

LS_EXPORT int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	uint64_t deadline = timeout > 0 ? from_now((uint64_t)timeout * 1000000u) : 0;
	for (;;) {
		before(&w);
		r = real.epoll_wait(fd, events, max, timeout);
		if (!after(&w, r == -1 ? errno : 0))
			return r;
		if (deadline)
			timeout = left_ms(deadline);
	}
}

LS_EXPORT int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout,
			  const sigset_t *mask)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	uint64_t deadline = timeout > 0 ? from_now((uint64_t)timeout * 1000000u) : 0;
	for (;;) {
		before(&w);
		r = real.epoll_pwait(fd, events, max, timeout, mask);
		if (!after(&w, r == -1 ? errno : 0))
			return r;
		if (deadline)
			timeout = left_ms(deadline);
	}
}

LS_EXPORT int epoll_pwait2(int fd, struct epoll_event *events, int max,
			   const struct timespec *timeout, const sigset_t *mask)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_LIMIT(r, timeout, real.epoll_pwait2(fd, events, max, limit.now, mask));
	return r;
}

/* ---- sleeping ---- */

/* In libc sleep and usleep are no more than this, too. */
LS_INLINE int rest(const struct timespec *time, struct timespec *remaining)
{
	struct wait w;
	struct timespec still = {0, 0};
	for (;;) {
		before(&w);
		int r = real.nanosleep(time, &still);
		if (!after(&w, r == -1 ? errno : 0)) {
			if (remaining && r == -1 && errno == EINTR)
				*remaining = still;
			return r;
		}
		time = &still;
	}
}

LS_EXPORT int nanosleep(const struct timespec *time, struct timespec *remaining)
{
	SPILL();
	READY();
	return rest(time, remaining);
}

LS_EXPORT int usleep(useconds_t us)
{
	SPILL();
	READY();
	struct timespec t = {us / 1000000, (long)(us % 1000000) * 1000};
	return rest(&t, NULL);
}

LS_EXPORT unsigned sleep(unsigned seconds)
{
	int saved = errno;
	SPILL();
	READY();
	struct timespec t = {seconds, 0}, still = {0, 0};
	if (rest(&t, &still) == -1)
		return (unsigned)still.tv_sec;
	errno = saved;
	return 0;
}

/* Returns the error, and leaves errno alone. */
LS_EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
			      struct timespec *remaining)
{
	struct wait w;
	struct timespec still = {0, 0};
	bool relative = !(flags & TIMER_ABSTIME);
	SPILL();
	READY();
	for (;;) {
		before(&w);
		int e = real.clock_nanosleep(clock, flags, time, relative ? &still : NULL);
		if (!after(&w, e)) {
			if (remaining && relative && e == EINTR)
				*remaining = still;
			return e;
		}
		if (relative)
			time = &still;
	}
}

LS_EXPORT int thrd_sleep(const struct timespec *time, struct timespec *remaining)
{
	struct wait w;
	struct timespec still = {0, 0};
	SPILL();
	READY();
	for (;;) {
		before(&w);
		int r = real.thrd_sleep(time, &still); /* -1: a signal came */
		if (!after(&w, r == -1 ? EINTR : 0)) {
			if (remaining && r == -1)
				*remaining = still;
			return r;
		}
		time = &still;
	}
}

/* ---- signals ---- */

LS_EXPORT int pause(void)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.pause());
	return r;
}

LS_EXPORT int sigsuspend(const sigset_t *mask)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.sigsuspend(mask));
	return r;
}

/* libc itself goes on after EINTR. */
LS_EXPORT int sigwait(const sigset_t *set, int *signal)
{
	struct wait w;
	SPILL();
	READY();
	before(&w);
	int e = real.sigwait(set, signal);
	after(&w, 0);
	return e;
}

LS_EXPORT int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.sigwaitinfo(set, info));
	return r;
}

LS_EXPORT int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_LIMIT(r, timeout, real.sigtimedwait(set, info, limit.now));
	return r;
}

/* ---- semaphores and messages ---- */

LS_EXPORT int sem_timedwait(sem_t *sem, const struct timespec *until)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.sem_timedwait(sem, until));
	return r;
}

LS_EXPORT int sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *until)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.sem_clockwait(sem, clock, until));
	return r;
}

LS_EXPORT int semop(int id, struct sembuf *operations, size_t count)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.semop(id, operations, count));
	return r;
}

LS_EXPORT int semtimedop(int id, struct sembuf *operations, size_t count,
			 const struct timespec *timeout)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_LIMIT(r, timeout, real.semtimedop(id, operations, count, limit.now));
	return r;
}

LS_EXPORT int msgsnd(int id, const void *message, size_t size, int flags)
{
	struct wait w;
	int r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.msgsnd(id, message, size, flags));
	return r;
}

LS_EXPORT ssize_t msgrcv(int id, void *message, size_t size, long type, int flags)
{
	struct wait w;
	ssize_t r;
	SPILL();
	READY();
	UNTIL_DONE(r, real.msgrcv(id, message, size, type, flags));
	return r;
}
