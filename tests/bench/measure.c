/* SPDX-License-Identifier: MIT */
/*
 * Run a command and write what it cost: wall seconds, user and system seconds of
 * the whole tree, peak resident KiB of its largest process, wait status.
 *
 * usage: measure TIMEOUT FILE COMMAND [ARGUMENT…]
 *
 * A program of its own because it must be small: a child inherits the peak
 * resident size of the process that starts it, and Python's would hide the rest.
 * On the timeout the command's process group is killed and the status says so.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void expire(int signal_number)
{
	kill(-child, signal_number == SIGALRM ? SIGKILL : signal_number);
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
	struct timespec from, to;
	struct rusage usage;
	struct sigaction action = {.sa_handler = expire};
	int status = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: measure TIMEOUT FILE COMMAND [ARGUMENT...]\n");
		return 2;
	}
	FILE *result = fopen(argv[2], "we");
	if (!result) {
		fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(errno));
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	child = fork();
	if (child < 0) {
		fprintf(stderr, "measure: fork: %s\n", strerror(errno));
		return 2;
	}
	if (child == 0) {
		setpgid(0, 0);
		execvp(argv[3], argv + 3);
		fprintf(stderr, "measure: %s: %s\n", argv[3], strerror(errno));
		_exit(127);
	}
	setpgid(child, child);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	alarm((unsigned)atoi(argv[1]));
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return 2;
	clock_gettime(CLOCK_MONOTONIC, &to);
	fprintf(result, "%.6f %.6f %.6f %ld %d\n",
		(double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9,
		seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss, status);
	return fclose(result) ? 2 : 0;
}
