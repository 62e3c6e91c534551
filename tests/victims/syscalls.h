/* SPDX-License-Identifier: MIT */
/* Counts the system calls that a program makes in a part of its run; for steady_ and nvtx_ victims. */
#ifndef VICTIM_SYSCALLS_H
#define VICTIM_SYSCALLS_H

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

/* From here on every call but sigreturn, write, exit and the clock's is counted, and fails. */
static inline UNUSED void count_system_calls(void)
{
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		PASS(SYS_rt_sigreturn),
		PASS(SYS_write),
		PASS(SYS_exit_group),
		PASS(SYS_clock_gettime), /* a machine whose clock is not read in user space */
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
	CHECK(sigaction(SIGSYS, &action, NULL) == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static inline UNUSED void say_system_calls(void)
{
	int count = calls;
	say("%d system calls\n", count);
	if (count)
		say("the last one is number %d\n", last);
}

#endif
