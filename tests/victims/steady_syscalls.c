/* SPDX-License-Identifier: MIT */
/*
 * In steady state malloc and free make no system call, those that save the
 * signal mask included: a seccomp filter that traps everything but sigreturn,
 * write and exit counts none, and answers each with ENOSYS, the ones at the end
 * of the program too.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0
 *
 * expect: leak warm bytes=100 blocks=1 frames=main:warm
 * expect: stdout="0 system calls\n"
 */
#include "victim.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define PASS(number)                                                                               \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                       \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static volatile int calls, last;

/* Answers the trapped call with ENOSYS: what made it must live with that. */
static void trapped(int number, siginfo_t *info, void *context)
{
	(void)number;
	calls++;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
	last = info->si_syscall;
}

static NOINLINE void pair(size_t n, int depth)
{
	if (depth > 0)
		pair(n, depth - 1);
	else
		free(keep(malloc(n)));
	NO_TAIL();
}

static NOINLINE void pairs(void)
{
	for (volatile int i = 0; i < 10; i++)
		for (size_t n = 1; n < 100; n++)
			pair(n, (int)(n % 10));
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		PASS(SYS_rt_sigreturn),
		PASS(SYS_write),
		PASS(SYS_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
	keep(malloc(100)); /* LEAK:warm */
	CHECK(sigaction(SIGSYS, &action, NULL) == 0);
	/* One call site, so that the second round meets no new stack. */
	for (volatile int round = 0; round < 2; round++) {
		if (round == 1) {
			CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
			CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
		}
		pairs();
	}
	int count = calls;
	say("%d system calls\n", count);
	if (count)
		say("the last one is number %d\n", last);
	return 0;
}
