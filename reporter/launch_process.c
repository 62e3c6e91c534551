/* SPDX-License-Identifier: MIT */
/*
 * Process supervision for the launcher; see the header.
 *
 * Signals.  All that can be blocked are blocked in the launcher and taken one
 * by one with sigtimedwait (blocked signals are queued even where they are
 * ignored).  What the terminal sends goes to the whole foreground group, so the
 * program has it already; what somebody sends to the launcher's pid alone is
 * meant for the program and passed on.  A terminal stop of the program stops
 * the launcher in the same way, so that the shell sees its job stopped.
 */
#include "launch_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

uint64_t launch_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

int launch_exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Everything but what is about the launcher itself (faults) or can't be blocked. */
static void watched_signals(sigset_t *set)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

	sigfillset(set);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		sigdelset(set, own[i]);
}

/* What the new process needs to know. */
struct start {
	const char *path;
	char **argv;
	bool script;
	launch_prepare *prepare;
	void *context;
	pid_t launcher;
	int report; /* a pipe: the errno of a failed start */
};

/* Have /bin/sh read a script without a first line that names its interpreter. */
static void become_shell(const struct start *s)
{
	size_t n = 0;
	char **argv;

	while (s->argv[n])
		n++;
	argv = calloc(n + 2, sizeof *argv);
	if (!argv)
		return;
	argv[0] = (char *)"/bin/sh";
	argv[1] = (char *)s->path;
	for (size_t i = 1; i < n; i++)
		argv[i + 1] = s->argv[i];
	execv(argv[0], argv);
}

static void become(const struct launch_process *p, const struct start *s)
{
	int error;

	/*
	 * To everybody else the launcher's pid stands for the program: killing it
	 * must not leave the program behind.
	 */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->launcher)
		_exit(128 + SIGKILL);
	error = -s->prepare(s->context, getpid());
	if (!error) {
		sigaction(SIGCHLD, &p->old_child, NULL);
		sigaction(SIGXFSZ, &p->old_filesize, NULL);
		sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
		execv(s->path, s->argv);
		error = errno;
		if (error == ENOEXEC && s->script)
			become_shell(s);
	}
	while (write(s->report, &error, sizeof error) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* SIGXFSZ stays ignored: recordings and reports are still written afterwards. */
static void undo(struct launch_process *p)
{
	sigaction(SIGCHLD, &p->old_child, NULL);
	sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
}

int launch_start(struct launch_process *p, const char *path, char **argv, bool script,
		 launch_prepare *prepare, void *context, struct lr_error *err)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	struct start start = {path, argv, script, prepare, context, getpid(), -1};
	int report[2], error = 0;
	sigset_t watched;
	ssize_t n;

	memset(p, 0, sizeof *p);
	if (pipe2(report, O_CLOEXEC)) {
		lr_fail(err, "can't start %s: %s", argv[0], strerror(errno));
		return LR_EXIT_CANNOT_START;
	}
	watched_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, &p->old_mask);
	/* An ignored SIGCHLD, inherited, would throw the program's status away. */
	sigaction(SIGCHLD, &action, &p->old_child);
	/* Writing ticks into a recording must not hit the user's RLIMIT_FSIZE. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGXFSZ, &action, &p->old_filesize);
	fflush(NULL);
	/* Before the fork: a program that daemonises at once must find it set. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start.report = report[1];
	p->pid = fork();
	if (!p->pid)
		become(p, &start);
	close(report[1]);
	if (p->pid < 0) {
		lr_fail(err, "can't start %s: fork: %s", argv[0], strerror(errno));
		close(report[0]);
		undo(p);
		return LR_EXIT_CANNOT_START;
	}
	do
		n = read(report[0], &error, sizeof error);
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n != sizeof error)
		return 0;
	while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
		;
	undo(p);
	if (error == ENOENT) {
		lr_fail(err, "%s: not found; check the name and PATH", argv[0]);
		return LR_EXIT_NOT_FOUND;
	}
	lr_fail(err, "%s can't be started: %s", argv[0], strerror(error));
	return LR_EXIT_CANNOT_START;
}

/* Is PID a process that the launcher started, however far down? */
static int is_descendant(pid_t pid)
{
	for (int level = 0; level < 64 && pid > 1; level++) {
		char path[64], text[512], *p;
		FILE *f;
		size_t n;

		if (pid == getpid())
			return level > 0;
		snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
		f = fopen(path, "re");
		if (!f)
			return 0;
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
		text[n] = '\0';
		p = strrchr(text, ')'); /* the name may hold anything */
		if (!p || strlen(p) < 4)
			return 0;
		pid = (pid_t)strtol(p + 4, NULL, 10);
	}
	return 0;
}

/*
 * Pass a signal on to the program, if it was meant for it: sent by kill (or by
 * sigqueue, with its value), and not by the program itself, whose kill(0, …)
 * has reached everybody it should.  An alarm set before `leakscope run` was
 * exec'd (a common way to write a timeout) is meant for the program as well.
 */
static void forward(const struct launch_process *p, const siginfo_t *info)
{
	if (info->si_signo == SIGCHLD || info->si_pid == getpid())
		return;
	if (info->si_signo == SIGALRM && info->si_code == SI_KERNEL)
		kill(p->pid, SIGALRM);
	else if (info->si_code == SI_QUEUE && !is_descendant(info->si_pid))
		sigqueue(p->pid, info->si_signo, info->si_value);
	else if ((info->si_code == SI_USER || info->si_code == SI_TKILL) &&
		 !is_descendant(info->si_pid))
		kill(p->pid, info->si_signo);
}

/* The program was stopped from the terminal: stop as well, and go on together. */
static void stop_along(const struct launch_process *p, int signal)
{
	struct sigaction action = {.sa_handler = SIG_DFL}, old;
	sigset_t one, mask;

	if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)
		return; /* whoever sent SIGSTOP to the program knows its pid */
	sigemptyset(&one);
	sigaddset(&one, signal);
	sigaction(signal, &action, &old);
	raise(signal);
	sigprocmask(SIG_UNBLOCK, &one, &mask);
	/* here it lies stopped */
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(signal, &old, NULL);
	kill(p->pid, SIGCONT);
}

/* Reap whatever has ended or stopped; true once the program itself has ended. */
static int reap(struct launch_process *p, const struct launch_events *events)
{
	int status, ended = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		uint64_t now = launch_now_ns();

		if (WIFSTOPPED(status)) {
			if (pid == p->pid)
				stop_along(p, WSTOPSIG(status));
			continue;
		}
		if (pid == p->pid) {
			p->status = status;
			p->ended_ns = now;
			ended = 1;
		}
		events->ended(events->context, pid, status, now);
	}
	return ended;
}

void launch_wait(struct launch_process *p, const struct launch_events *events)
{
	struct timespec none = {0, 0};
	sigset_t watched;
	siginfo_t info;

	watched_signals(&watched);
	while (!reap(p, events)) {
		uint64_t now = launch_now_ns();
		uint64_t next = events->tick(events->context, now);
		uint64_t rest = next > now ? next - now : 0;
		struct timespec t = {(time_t)(rest / NS_PER_S), (long)(rest % NS_PER_S)};

		if (sigtimedwait(&watched, &info, &t) > 0)
			forward(p, &info);
	}
	/* What is still queued came for the program, or with it. */
	while (sigtimedwait(&watched, &info, &none) > 0)
		;
	undo(p);
}
