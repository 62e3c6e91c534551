/* SPDX-License-Identifier: MIT */
/*
 * Every real-time signal still kills a process that has not said otherwise, is ignored by
 * one that has, and stays ignored over exec.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * children: any
 * childimages: any
 * timeout: 120
 * expect: no-leak
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <signal.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	if (argc == 2) {
		/* The image after exec: ignored is what was ignored. */
		raise(atoi(argv[1]));
		return 7;
	}
	leakscope_snapshot("once");
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
		int status = 0;
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			raise(number);
			_exit(9);
		}
		CHECK(waitpid(child, &status, 0) == child);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != number)
			complain("signal %d: status %x\n", number, (unsigned int)status);
	}
	for (int number = SIGRTMIN; number <= SIGRTMAX; number += 7) {
		char text[16];
		int status = 0;
		snprintf(text, sizeof(text), "%d", number);
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			signal(number, SIG_IGN);
			raise(number);
			execl("/proc/self/exe", argv[0], text, (char *)NULL);
			_exit(9);
		}
		CHECK(waitpid(child, &status, 0) == child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
			complain("ignored %d: status %x\n", number, (unsigned int)status);
	}
	return 0;
}
