/* SPDX-License-Identifier: MIT */
/*
 * A thousand snapshots in a row leave nothing behind: no process that the program could
 * see or would have to wait for, no file, no memory, no pending signal.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * timeout: 120
 * gate: pass
 * expect: leak held bytes=10 blocks=1 kind=reachable frames=main:held
 */
#include "scan.h"
#include <dirent.h>
#include <fcntl.h>
#include <leakscope/leakscope.h>
#include <signal.h>
#include <sys/wait.h>

static void *volatile held;

static int files(void)
{
	int count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static size_t children(void)
{
	char path[64], text[256];
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0; /* not every kernel has it */
	ssize_t length = read(fd, text, sizeof(text));
	close(fd);
	CHECK(length >= 0);
	return (size_t)length;
}

static long resident(void)
{
	char text[256];
	int fd = open("/proc/self/statm", O_RDONLY);
	CHECK(fd >= 0);
	ssize_t length = read(fd, text, sizeof(text) - 1);
	close(fd);
	CHECK(length > 0);
	text[length] = 0;
	return strtol(strchr(text, ' '), NULL, 10) * 4;
}

int main(void)
{
	sigset_t pending;
	held = malloc(10); /* LEAK:held */
	for (int i = 0; i < 100; i++)
		leakscope_snapshot("early");
	int before = files();
	long memory = resident();
	for (int i = 0; i < 900; i++) {
		char label[32];
		snprintf(label, sizeof(label), "%d", i % 7);
		leakscope_snapshot(label);
		CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	}
	CHECK(files() == before);
	CHECK(children() == 0);
	CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGCHLD) == 0);
	CHECK(resident() - memory < 2048);
	return 0;
}
