/* SPDX-License-Identifier: MIT */
/*
 * A program that adopts orphans and handles SIGCHLD takes snapshots: it gets no signal, no
 * orphan and no status that it would not have got otherwise, by wait, waitid and
 * waitpid for its process group.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * children: any
 * expect: stdout="3 signals, 3 children\n"
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static volatile int signals;

static void handler(int number)
{
	(void)number;
	signals++;
}

static void snapshots(void)
{
	for (int i = 0; i < 50; i++)
		leakscope_snapshot("during");
	usleep(20000);
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	siginfo_t info;
	int children = 0;
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	for (int i = 0; i < 3; i++) {
		snapshots();
		int before = signals;
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0)
			_exit(5);
		while (signals == before)
			usleep(1000);
		snapshots();
		memset(&info, 0, sizeof(info));
		CHECK(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child);
		CHECK(waitpid(0, NULL, 0) == child);
		children++;
		snapshots();
		CHECK(wait(NULL) == -1 && errno == ECHILD);
		CHECK(waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == -1 && errno == ECHILD);
	}
	say("%d signals, %d children\n", signals, children);
	return 0;
}
