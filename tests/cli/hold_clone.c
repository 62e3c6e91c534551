/* SPDX-License-Identifier: MIT */
/*
 * Hold process PID for a while when it has just made a copy of itself, so that the copy
 * gets ahead of it: hold-clone PID.  Says "ready" when it watches.  Relies on ptrace.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOLD_US 500000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	pid_t pid = argc > 1 ? (pid_t)atoi(argv[1]) : 0;
	int copies = 0, status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0)
		die("PTRACE_SEIZE");
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
		die("PTRACE_INTERRUPT");
	for (int ready = 0;; ready = 1) {
		struct __ptrace_syscall_info info = {0};
		long signal = 0;

		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			die("waitpid");
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <= 0)
				die("PTRACE_GET_SYSCALL_INFO");
			if (info.op == PTRACE_SYSCALL_INFO_EXIT && copies)
				break;
			copies = info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_clone;
		} else if (status >> 16 == 0) {
			signal = WSTOPSIG(status);
		}
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)signal) != 0)
			die("PTRACE_SYSCALL");
		if (!ready) {
			puts("ready");
			fflush(stdout);
		}
	}
	usleep(HOLD_US);
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
		die("PTRACE_DETACH");
	return 0;
}
