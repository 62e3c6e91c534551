/* SPDX-License-Identifier: MIT */
/*
 * Leaks as told: leak [ACTION…], one after the other.
 *   N        leak a block of N bytes (in leak_block)
 *   fork:N   a child leaks N bytes and exits with 0; waited for
 *   child    a child allocates, frees and exits with 0; waited for
 *   exec:P   replace this program by P with the rest of the arguments
 *   vanish:N exit through a raw system call with status N
 *   daemon:S go on in an orphan for S seconds, having leaked 10 bytes
 *   sleep:MS sleep
 *   busy:MS  allocate and free for that long, holding one block of 100000 bytes
 *   kill:N   kill this process by signal N
 *   exit:N   exit with N
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void leak_block(size_t size)
{
	kept = malloc(size);
	kept = NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void be_busy(double seconds)
{
	double end = now() + seconds;
	void *held = malloc(100000);

	while (now() < end) {
		for (int i = 0; i < 1000; i++) {
			kept = malloc(100);
			free(kept);
		}
	}
	kept = NULL;
	free(held);
}

static void in_child(long bytes)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (bytes)
			leak_block((size_t)bytes);
		kept = malloc(10);
		free(kept);
		exit(0);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], ':');
		long n = strtol(value ? value + 1 : argv[i], NULL, 10);

		if (!value && n) {
			leak_block((size_t)n);
		} else if (!strncmp(argv[i], "fork:", 5)) {
			in_child(n);
		} else if (!strcmp(argv[i], "child")) {
			in_child(0);
		} else if (!strncmp(argv[i], "exec:", 5)) {
			argv[i] = value + 1;
			execvp(argv[i], argv + i);
			perror(argv[i]);
			return 111;
		} else if (!strncmp(argv[i], "vanish:", 7)) {
			syscall(SYS_exit_group, n);
		} else if (!strncmp(argv[i], "daemon:", 7)) {
			if (fork() == 0) {
				leak_block(10);
				freopen("/dev/null", "w", stdout);
				freopen("/dev/null", "w", stderr);
				sleep((unsigned)n);
				return 0;
			}
			usleep(300000); /* let it begin its recording */
		} else if (!strncmp(argv[i], "sleep:", 6)) {
			usleep((unsigned)n * 1000);
		} else if (!strncmp(argv[i], "busy:", 5)) {
			be_busy((double)n / 1000);
		} else if (!strncmp(argv[i], "kill:", 5)) {
			raise((int)n);
		} else if (!strncmp(argv[i], "exit:", 5)) {
			exit((int)n);
		} else {
			fprintf(stderr, "leak: what is '%s'?\n", argv[i]);
			return 112;
		}
	}
	return 0;
}
