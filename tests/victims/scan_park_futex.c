/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in a futex of its own making:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <linux/futex.h>
#include <sys/syscall.h>

static int word;

static void *waiter(void *argument)
{
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
