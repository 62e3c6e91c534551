/* SPDX-License-Identifier: MIT */
/*
 * The safe point by itself: threads come to a stop with their registers, those in
 * calls that are never restarted stay in them, and no call of the program's ends
 * early because of the signal.  The functions of hooks_wait.c take the place of
 * libc's in this program; the rest of the shim is stood in for below.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "hooks.h"
#include "process.h"
#include "recording.h"
#include "scan.h"

/* ---- what the shim's other parts would be ---- */

static struct ls_thread_state state;
static uint32_t gate = LS_GATE_ON;
static struct ls_thread records[64];
uint32_t ls_generation = 1, *ls_gate = &gate;
struct ls_header *ls_header;
struct ls_lock ls_recording_lock;
struct ls_table ls_threads_table = {
	.record_size = sizeof(struct ls_thread), .base = 64, .chunk = {(char *)records}};
bool ls_scan_child;
static bool requested;
static struct ls_registers answered;

bool ls_gate_slow(void)
{
	return false;
}

bool ls_process_borrowed(void)
{
	return false;
}

struct ls_thread_state *ls_guard_enter(void)
{
	ls_tls.depth = 1;
	return &state;
}

void ls_guard_leave(void)
{
	ls_tls.depth = 0;
}

void ls_thread_each(void (*fn)(struct ls_thread_state *))
{
	(void)fn;
}

void ls_scan_reap(void) {}

void ls_dlopen_event(const char *file, int mode)
{
	(void)file, (void)mode;
}

void ls_dlmopen_event(long namespace_id, const char *file, int mode)
{
	(void)namespace_id, (void)file, (void)mode;
}

void ls_dlclose_event(void *handle)
{
	(void)handle;
}

bool ls_scan_requested(void)
{
	return __atomic_load_n(&requested, __ATOMIC_ACQUIRE);
}

void ls_scan_answer(const struct ls_registers *self)
{
	answered = *self;
	__atomic_store_n(&requested, false, __ATOMIC_RELEASE);
}

/* ---- helpers ---- */

#define MS 1000000u
#define CAPACITY 64u
static struct ls_registers out[CAPACITY];
static unsigned stopped, unseen;

static void stop_all(void)
{
	uint64_t all = UINT64_MAX;
	ls_sys4(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 8);
	stopped = ls_stop_all(out, CAPACITY, &unseen);
}

static void release(void)
{
	uint64_t none = 0;
	ls_stop_release();
	ls_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
}

static void pause_ms(unsigned ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * (long)MS};
	ls_sys2(SYS_nanosleep, &t, NULL);
}

static void do_nothing(int signal)
{
	(void)signal;
}

/* ---- calls that wait TIME_MS, and fail only if that is their way to say so ---- */

#define TIME_MS 120
static int pipe_fds[2], epoll_fd, semaphores, queue;
static sem_t semaphore;
static struct timespec limit = {0, (long)TIME_MS *(long)MS};

static struct timespec in_a_while(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	t.tv_nsec += limit.tv_nsec;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

static int expect(int error)
{
	return errno == error ? 0 : errno ? errno : -1;
}

static int call_poll(void)
{
	struct pollfd p = {pipe_fds[0], POLLIN, 0};
	return poll(&p, 1, TIME_MS) == 0 ? 0 : errno;
}

static int call_ppoll(void)
{
	struct pollfd p = {pipe_fds[0], POLLIN, 0};
	return ppoll(&p, 1, &limit, NULL) == 0 ? 0 : errno;
}

static int call_select(void)
{
	struct timeval t = {0, TIME_MS * 1000};
	fd_set in;
	FD_ZERO(&in);
	FD_SET(pipe_fds[0], &in);
	return select(pipe_fds[0] + 1, &in, NULL, NULL, &t) == 0 ? 0 : errno;
}

static int call_pselect(void)
{
	return pselect(0, NULL, NULL, NULL, &limit, NULL) == 0 ? 0 : errno;
}

static int call_epoll_wait(void)
{
	struct epoll_event e;
	return epoll_wait(epoll_fd, &e, 1, TIME_MS) == 0 ? 0 : errno;
}

static int call_epoll_pwait(void)
{
	struct epoll_event e;
	return epoll_pwait(epoll_fd, &e, 1, TIME_MS, NULL) == 0 ? 0 : errno;
}

static int call_epoll_pwait2(void)
{
	struct epoll_event e;
	return epoll_pwait2(epoll_fd, &e, 1, &limit, NULL) == 0 ? 0 : errno;
}

static int call_nanosleep(void)
{
	return nanosleep(&limit, NULL) == 0 ? 0 : errno;
}

static int call_clock_nanosleep(void)
{
	return clock_nanosleep(CLOCK_MONOTONIC, 0, &limit, NULL);
}

static int call_clock_nanosleep_until(void)
{
	struct timespec t = in_a_while(CLOCK_REALTIME);
	return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}

static int call_thrd_sleep(void)
{
	return thrd_sleep(&limit, NULL) == 0 ? 0 : EINTR;
}

static int call_usleep(void)
{
	return usleep(TIME_MS * 1000) == 0 ? 0 : errno;
}

static int call_sigtimedwait(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &limit) == -1 ? expect(EAGAIN) : -1;
}

static int call_sem_timedwait(void)
{
	struct timespec t = in_a_while(CLOCK_REALTIME);
	return sem_timedwait(&semaphore, &t) == -1 ? expect(ETIMEDOUT) : -1;
}

static int call_sem_clockwait(void)
{
	struct timespec t = in_a_while(CLOCK_MONOTONIC);
	return sem_clockwait(&semaphore, CLOCK_MONOTONIC, &t) == -1 ? expect(ETIMEDOUT) : -1;
}

static int call_semtimedop(void)
{
	struct sembuf b = {0, -1, 0};
	return semtimedop(semaphores, &b, 1, &limit) == -1 ? expect(EAGAIN) : -1;
}

static int call_cond_timedwait(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec t = in_a_while(CLOCK_REALTIME);
	pthread_mutex_lock(&m);
	int e = pthread_cond_timedwait(&c, &m, &t);
	return e == ETIMEDOUT ? 0 : e ? e : -1;
}

static int call_recv(void)
{
	int fds[2];
	char byte;
	struct timeval t = {0, TIME_MS * 1000};
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0 ||
	    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) < 0)
		return errno;
	int e = recv(fds[0], &byte, 1, 0) == -1 ? expect(EAGAIN) : -1;
	close(fds[0]);
	close(fds[1]);
	return e;
}

static const struct call {
	const char *name;
	int (*fn)(void);
	bool libc_only; /* not wrapped: left alone once it sleeps; as it begins a signal may end it */
} calls[] = {
	{"poll", call_poll, false},
	{"ppoll", call_ppoll, false},
	{"select", call_select, false},
	{"pselect", call_pselect, false},
	{"epoll_wait", call_epoll_wait, false},
	{"epoll_pwait", call_epoll_pwait, false},
	{"epoll_pwait2", call_epoll_pwait2, false},
	{"nanosleep", call_nanosleep, false},
	{"clock_nanosleep", call_clock_nanosleep, false},
	{"clock_nanosleep until", call_clock_nanosleep_until, false},
	{"thrd_sleep", call_thrd_sleep, false},
	{"usleep", call_usleep, false},
	{"sigtimedwait", call_sigtimedwait, false},
	{"sem_timedwait", call_sem_timedwait, false},
	{"sem_clockwait", call_sem_clockwait, false},
	{"semtimedop", call_semtimedop, false},
	{"pthread_cond_timedwait", call_cond_timedwait, false},
	{"recv with SO_RCVTIMEO", call_recv, true},
};
#define CALLS (sizeof calls / sizeof *calls)

struct caller {
	const struct call *call;
	pthread_t thread;
	uint32_t tid;
	int error, rounds;
	uint64_t shortest, longest;
	bool done;
};
static struct caller callers[CALLS];

static void *make_calls(void *arg)
{
	struct caller *c = arg;
	__atomic_store_n(&c->tid, ls_sys_gettid(), __ATOMIC_RELEASE);
	c->shortest = UINT64_MAX;
	for (int i = 0; i < c->rounds; i++) {
		uint64_t t = ls_now_ns();
		errno = 0;
		int e = c->call->fn();
		t = ls_now_ns() - t;
		if (!e && errno == EINTR)
			e = -2; /* left behind by an attempt that nobody was to see */
		if (e && !c->error)
			c->error = e;
		if (t < c->shortest)
			c->shortest = t;
		if (t > c->longest)
			c->longest = t;
	}
	__atomic_store_n(&c->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void start_callers(int rounds, bool wrapped_only)
{
	for (unsigned i = 0; i < CALLS; i++) {
		struct caller *c = &callers[i];
		memset(c, 0, sizeof *c);
		c->call = &calls[i];
		c->rounds = wrapped_only && calls[i].libc_only ? 0 : rounds;
		assert_int_equal(pthread_create(&c->thread, NULL, make_calls, c), 0);
	}
}

static bool all_done(void)
{
	for (unsigned i = 0; i < CALLS; i++)
		if (!__atomic_load_n(&callers[i].done, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

static void join_callers(void)
{
	bool failed = false;
	for (unsigned i = 0; i < CALLS; i++) {
		struct caller *c = &callers[i];
		pthread_join(c->thread, NULL);
		if (c->call->libc_only && c->error == EINTR)
			continue;
		/* select's time is cut to microseconds each time */
		if (!c->rounds || (!c->error && c->shortest + MS >= (uint64_t)TIME_MS * MS &&
				   c->longest < 20u * TIME_MS * MS))
			continue;
		print_message("# %s: error %d (%s), %d to %d ms\n", c->call->name, c->error,
			      strerror(c->error), (int)(c->shortest / MS), (int)(c->longest / MS));
		failed = true;
	}
	assert_false(failed);
}

/* ---- tests ---- */

static int setup(void **unused)
{
	(void)unused;
	ls_real_ready();
	ls_hooks_wait_start();
	ls_stop_start();
	assert_int_not_equal(ls_stop_signal, 0);
	assert_int_equal(pipe(pipe_fds), 0);
	epoll_fd = epoll_create1(0);
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	queue = msgget(IPC_PRIVATE, 0600);
	return sem_init(&semaphore, 0, 0);
}

static int teardown(void **unused)
{
	(void)unused;
	semctl(semaphores, 0, IPC_RMID);
	return msgctl(queue, IPC_RMID, NULL);
}

static void calls_end_in_time_while_threads_are_stopped(void **unused)
{
	unsigned stops = 0;
	(void)unused;
	start_callers(4, false);
	while (!all_done()) {
		stop_all();
		assert_true(stopped <= CALLS);
		release();
		stops++;
		pause_ms(1);
	}
	join_callers();
	assert_true(stops > 10);
}

/* As somebody does who wants a snapshot. */
static void ask(uint32_t tid)
{
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_signo = (int)ls_stop_signal;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_value.sival_int = LS_REQUEST_VALUE;
	ls_sys4(SYS_rt_tgsigqueueinfo, getpid(), tid, ls_stop_signal, &info);
}

static void calls_go_on_after_the_signal(void **unused)
{
	(void)unused;
	start_callers(3, true);
	while (!all_done()) {
		for (unsigned i = 0; i < CALLS; i++) {
			uint32_t tid = __atomic_load_n(&callers[i].tid, __ATOMIC_ACQUIRE);
			if (tid)
				ask(tid);
		}
		pause_ms(1);
	}
	join_callers();
}

static void calls_end_when_the_program_signals(void **unused)
{
	struct sigaction a = {.sa_handler = do_nothing};
	(void)unused;
	sigaction(SIGUSR1, &a, NULL);
	start_callers(1, true);
	pause_ms(30);
	for (unsigned i = 0; i < CALLS; i++)
		if (!__atomic_load_n(&callers[i].done, __ATOMIC_ACQUIRE))
			pthread_kill(callers[i].thread, SIGUSR1);
	for (unsigned i = 0; i < CALLS; i++) {
		pthread_join(callers[i].thread, NULL);
		bool hidden_by_libc = calls[i].fn == call_cond_timedwait;
		if (callers[i].rounds && !hidden_by_libc && callers[i].error != EINTR)
			fail_msg("%s: %d", calls[i].name, callers[i].error);
	}
}

static volatile bool spinning, go_on;

static void *spin(void *marker)
{
	uintptr_t m = (uintptr_t)marker;
	spinning = true;
	while (!go_on)
		__asm__ volatile("" : "+r"(m)); /* nowhere but in a register */
	return (void *)m;
}

#define MARKER ((uintptr_t)0x1234567890abcdefu)

static void registers_of_a_running_thread(void **unused)
{
	pthread_t t;
	bool found = false;
	(void)unused;
	spinning = go_on = false;
	pthread_create(&t, NULL, spin, (void *)~MARKER);
	while (!spinning)
		pause_ms(1);
	stop_all();
	unsigned n = stopped, missed = unseen;
	for (unsigned i = 0; n == 1 && i < out[0].count; i++)
		found |= out[0].word[i] == ~MARKER;
	uintptr_t tcb = out[0].tcb, sp = out[0].sp;
	release();
	go_on = true;
	pthread_join(t, NULL);
	assert_int_equal(n, 1);
	assert_int_equal(missed, 0);
	assert_true(found);
	assert_int_equal(tcb, (uintptr_t)t);
	assert_true(sp < tcb && tcb - sp < (16u << 20));
}

#ifdef __x86_64__
static void *sleep_holding(void *marker)
{
	struct pollfd p = {pipe_fds[0], POLLIN, 0};
	register uintptr_t m __asm__("r14") = (uintptr_t)marker ^ 1;
	__asm__ volatile("" : "+r"(m));
	spinning = true;
	poll(&p, 1, 2000);
	__asm__ volatile("" : "+r"(m));
	return (void *)m;
}

static void registers_of_a_thread_that_polls_are_on_its_stack(void **unused)
{
	pthread_t t;
	bool found = false;
	(void)unused;
	spinning = false;
	pthread_create(&t, NULL, sleep_holding, (void *)~MARKER);
	while (!spinning)
		pause_ms(1);
	pause_ms(20);
	stop_all();
	unsigned n = stopped, count = out[0].count;
	for (uintptr_t at = (out[0].sp + 7) & ~(uintptr_t)7; n && at < (uintptr_t)t; at += 8)
		found |= *(uintptr_t *)at == (~MARKER ^ 1);
	release();
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	pthread_join(t, NULL);
	char byte;
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_int_equal(n, 1);
	assert_int_equal(count, 6); /* not signalled: what poll was given */
	assert_true(found);
}
#endif

static void *wake_and_count(void *counter)
{
	struct pollfd p = {pipe_fds[0], POLLIN, 0};
	spinning = true;
	poll(&p, 1, 5000);
	__atomic_fetch_add((unsigned *)counter, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void a_call_that_ends_meanwhile_waits(void **unused)
{
	pthread_t t;
	unsigned counter = 0;
	(void)unused;
	spinning = false;
	pthread_create(&t, NULL, wake_and_count, &counter);
	while (!spinning)
		pause_ms(1);
	pause_ms(20);
	stop_all();
	ssize_t written = write(pipe_fds[1], "x", 1);
	pause_ms(50);
	unsigned during = __atomic_load_n(&counter, __ATOMIC_SEQ_CST);
	release();
	pthread_join(t, NULL);
	char byte;
	assert_int_equal(written, 1);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_int_equal(during, 0);
	assert_int_equal(counter, 1);
}

static void *block_and_spin(void *unused)
{
	uint64_t all = UINT64_MAX;
	ls_sys4(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 8);
	spinning = true;
	while (!go_on)
		;
	return unused;
}

static void a_thread_that_blocks_the_signal_is_counted(void **unused)
{
	pthread_t t;
	(void)unused;
	spinning = go_on = false;
	pthread_create(&t, NULL, block_and_spin, NULL);
	while (!spinning)
		pause_ms(1);
	uint64_t start = ls_now_ns();
	stop_all();
	uint64_t took = ls_now_ns() - start;
	unsigned n = stopped, missed = unseen;
	release();
	go_on = true;
	pthread_join(t, NULL);
	assert_int_equal(n, 1);
	assert_int_equal(missed, 1);
	assert_true(took < 100 * (uint64_t)MS);
}

static void requests_are_answered_in_the_handler(void **unused)
{
	(void)unused;
	memset(&answered, 0, sizeof answered);
	__atomic_store_n(&requested, true, __ATOMIC_RELEASE);
	ask(ls_sys_gettid());
	assert_false(requested);
	assert_int_equal(answered.tid, ls_sys_gettid());
	assert_int_equal(ls_tls.depth, 0);
	/* inside a hook it is put off to the end of the hook */
	ls_tls.state = &state;
	ls_tls.generation = ls_generation;
	ls_tls.depth = 1;
	state.events = 500;
	__atomic_store_n(&requested, true, __ATOMIC_RELEASE);
	ask(ls_sys_gettid());
	ls_tls.depth = 0;
	ls_tls.generation = 0;
	assert_true(requested);
	assert_int_equal(state.events, 1);
	requested = false;
}

static volatile bool enough;

static void *nothing(void *arg)
{
	return arg;
}

static void *create_threads(void *arg)
{
	while (!enough) {
		pthread_t t;
		if (pthread_create(&t, NULL, nothing, NULL) == 0)
			pthread_join(t, NULL);
	}
	return arg;
}

static void *start_programs(void *arg)
{
	char *argv[] = {(char *)"true", NULL};
	while (!enough) {
		int status = -1;
		pid_t pid;
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) == 0)
			waitpid(pid, &status, 0);
		if (status != 0)
			return (void *)1;
	}
	return arg;
}

static void *vfork_children(void *arg)
{
	while (!enough) {
		int status = -1;
		pid_t pid = vfork();
		if (pid == 0) {
			pause_ms(3);
			_exit(7);
		}
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
			return (void *)1;
	}
	return arg;
}

static void *fork_children(void *arg)
{
	while (!enough) {
		int status = -1;
		pid_t pid = fork();
		if (pid == 0) { /* whatever the stop was about, the child waits for nobody */
			struct timespec t = {0, (long)MS};
			nanosleep(&t, NULL);
			_exit(7);
		}
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
			return (void *)1;
	}
	return arg;
}

static void threads_and_children_come_and_go(void **unused)
{
	void *(*const work[])(void *) = {create_threads, create_threads, start_programs,
					 vfork_children, fork_children};
	pthread_t t[5];
	uint64_t until = ls_now_ns() + 700 * (uint64_t)MS, longest = 0;
	unsigned stops = 0, most = 0;
	void *result;
	(void)unused;
	enough = false;
	for (unsigned i = 0; i < 5; i++)
		pthread_create(&t[i], NULL, work[i], NULL);
	while (ls_now_ns() < until) {
		uint64_t start = ls_now_ns();
		stop_all();
		uint64_t took = ls_now_ns() - start;
		if (took > longest)
			longest = took;
		if (stopped > most)
			most = stopped;
		release();
		stops++;
		pause_ms(2);
	}
	enough = true;
	for (unsigned i = 0; i < 5; i++) {
		pthread_join(t[i], &result);
		if (result)
			fail_msg("child %u was disturbed", i);
	}
	print_message("# %u stops, the longest %u us, %u threads\n", stops,
		      (unsigned)(longest / 1000), most);
	assert_true(stops > 5);
	assert_true(longest < 1000 * (uint64_t)MS);
}

static volatile unsigned caught;

static void count_signals(int signal)
{
	(void)signal;
	caught++;
}

static void the_program_may_take_the_number(void **unused)
{
	struct sigaction old, a = {.sa_handler = count_signals};
	int number = (int)ls_stop_signal;
	(void)unused;
	memset(&old, 0xff, sizeof old);
	assert_int_equal(sigaction(number, NULL, &old), 0);
	assert_true(old.sa_handler == SIG_DFL && old.sa_flags == 0);
	assert_true(signal(number, SIG_DFL) == SIG_DFL);
	assert_int_equal(ls_stop_signal, number);
	assert_int_equal(sigaction(number, &a, &old), 0);
	assert_true(old.sa_handler == SIG_DFL);
	assert_int_equal(ls_stop_signal, number - 1);
	raise(number);
	assert_int_equal(caught, 1);
	assert_int_equal(sigaction(number, NULL, &old), 0);
	assert_true(old.sa_handler == count_signals);
	assert_true(signal(number - 1, count_signals) == SIG_DFL);
	raise(number - 1);
	assert_int_equal(caught, 2);
	assert_int_equal(ls_stop_signal, number - 2);
	registers_of_a_running_thread(NULL);
	/* all of them: then there is no safe point any more */
	for (int i = 1; i <= 64; i++)
		signal(i, SIG_IGN);
	assert_int_equal(ls_stop_signal, 0);
	for (int i = 1; i <= 64; i++)
		signal(i, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_of_a_running_thread),
#ifdef __x86_64__
		cmocka_unit_test(registers_of_a_thread_that_polls_are_on_its_stack),
#endif
		cmocka_unit_test(a_call_that_ends_meanwhile_waits),
		cmocka_unit_test(a_thread_that_blocks_the_signal_is_counted),
		cmocka_unit_test(requests_are_answered_in_the_handler),
		cmocka_unit_test(calls_end_when_the_program_signals),
		cmocka_unit_test(calls_go_on_after_the_signal),
		cmocka_unit_test(calls_end_in_time_while_threads_are_stopped),
		cmocka_unit_test(threads_and_children_come_and_go),
		cmocka_unit_test(the_program_may_take_the_number),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
