/* SPDX-License-Identifier: MIT */
/*
 * A thread waits for every signal there is, by sigwaitinfo and by reading from a signalfd,
 * while all others block all: snapshots wake it up with none, and the program's own
 * signals come first.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * timeout: 120
 * expect: stdout="10 64 12 34\n"
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <signal.h>
#include <sys/signalfd.h>

static sigset_t all;
static volatile int got[4];

static void *waiter(void *argument)
{
	siginfo_t info;
	struct signalfd_siginfo record;
	int fd = signalfd(-1, &all, SFD_CLOEXEC);
	CHECK(fd >= 0);
	started();
	for (int i = 0; i < 2; i++) {
		int number = sigwaitinfo(&all, &info);
		CHECK(number == info.si_signo);
		got[i] = number;
	}
	for (int i = 2; i < 4; i++) {
		CHECK(read(fd, &record, sizeof(record)) == sizeof(record));
		got[i] = (int)record.ssi_signo;
	}
	close(fd);
	return argument;
}

int main(void)
{
	static const int sent[4] = {SIGUSR1, 64, SIGUSR2, 34};
	sigfillset(&all);
	CHECK(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);
	pthread_t thread = start(waiter);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 20; j++)
			leakscope_snapshot("during");
		usleep(20000);
		CHECK(got[i] == 0);
		CHECK(kill(getpid(), sent[i]) == 0);
		while (got[i] == 0)
			usleep(1000);
	}
	CHECK(pthread_join(thread, NULL) == 0);
	say("%d %d %d %d\n", got[0], got[1], got[2], got[3]);
	return 0;
}
