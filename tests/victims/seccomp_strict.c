/* SPDX-License-Identifier: MIT */
/*
 * A program that locks itself into a filter with EPERM for everything it does
 * not use goes on as bare; what the shim could not do any more is at most a
 * note.
 *
 * expect: exit=3
 * expect: leak before bytes=10 blocks=1 frames=main:before
 * expect: leak after bytes=2000 blocks=100 frames=main:after
 */
#include "victim.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define PASS(number)                                                                               \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                       \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

int main(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		PASS(SYS_write),
		PASS(SYS_brk),
		PASS(SYS_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
	keep(malloc(10)); /* LEAK:before */
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	for (int i = 0; i < 100; i++) {
		keep(malloc(20)); /* LEAK:after */
		free(keep(malloc(30)));
	}
	say("still here\n");
	exit(3);
}
