/* SPDX-License-Identifier: MIT */
/*
 * A filter that refuses every new process, and looking into other processes too:
 * the process cannot be duplicated, and kinds are right all the same.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: exit=3
 * expect: leak held bytes=10 blocks=1 kind=reachable frames=main:held
 * expect: leak lost bytes=20 blocks=1 kind=definite frames=lose:lost,main
 * expect: leak thread bytes=30 blocks=1 kind=reachable frames=waiter:thread
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define REFUSE(number)                                                                             \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                       \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static void *volatile held;

static NOINLINE void lose(void)
{
	keep(malloc(20)); /* LEAK:lost */
}

static void *waiter(void *argument)
{
	void *volatile mine = malloc(30); /* LEAK:thread */
	started();
	for (;;)
		pause();
	keep(mine);
	return argument;
}

int main(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE(SYS_clone),
#ifdef SYS_clone3
		REFUSE(SYS_clone3),
#endif
#ifdef SYS_fork
		REFUSE(SYS_fork),
		REFUSE(SYS_vfork),
#endif
		REFUSE(SYS_ptrace),
		REFUSE(SYS_process_vm_readv),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
	held = malloc(10); /* LEAK:held */
	start(waiter);
	lose();
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	CHECK(fork() == -1 && errno == EPERM);
	leakscope_snapshot("once");
	wipe();
	exit(3);
}
