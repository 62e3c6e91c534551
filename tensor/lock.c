/* SPDX-License-Identifier: MIT */
/*
 * The tree's lock, see internal.h: what happens where a thread has to wait for it.
 *
 * Why not a mutex: giving that back is an atomic read and write, which waits for all
 * stores before it, and creating and closing a small array would spend a quarter of
 * their time on that.  Here a plain store gives the lock back, and the thread that has
 * to wait pays for the order of that store and the look at `wanted` after it: once it
 * has set that, it lets every running thread of the process pass a barrier.  Then
 * who gives the lock back either has stored already, and the waiter finds it free, or
 * will see the waiter and wake it.  (An asymmetric Dekker; membarrier(2) is made for it.)
 * Where the kernel has no such barrier, waiters look by themselves every millisecond.
 */
#include "internal.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct ndi_lock ndi_tree_lock;

#define SPINS 100

static bool take(void)
{
	return !__atomic_exchange_n(&ndi_tree_lock.held, 1, __ATOMIC_ACQUIRE);
}

static bool barrier_of_all(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

static bool is_ordered(void)
{
	/* a process that has not said that it would is refused */
	return barrier_of_all() ||
	       (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
		barrier_of_all());
}

void ndi_lock_wait(void)
{
	const struct timespec short_while = {.tv_nsec = 1000000};
	int saved = errno;

	/* It is held for a few pointer writes. */
	for (int i = 0; i < SPINS; i++)
		if (!__atomic_load_n(&ndi_tree_lock.held, __ATOMIC_RELAXED) && take())
			return;
	for (;;) {
		/*
		 * Read before `wanted` is set: whoever resets that meanwhile, to wake
		 * somebody else, changes this, and the sleep ends before it begins.
		 */
		uint32_t wakes = __atomic_load_n(&ndi_tree_lock.wakes, __ATOMIC_SEQ_CST);
		bool ordered;

		__atomic_store_n(&ndi_tree_lock.wanted, 1, __ATOMIC_SEQ_CST);
		ordered = is_ordered();
		/* `wanted` stays set: others may sleep too. */
		if (take())
			break;
		syscall(SYS_futex, &ndi_tree_lock.wakes, FUTEX_WAIT_PRIVATE, wakes,
			ordered ? NULL : &short_while, NULL, 0);
	}
	errno = saved;
}

void ndi_lock_wake(void)
{
	int saved = errno;

	/* The thread that wakes sets it again, so that each sleeper costs one call. */
	__atomic_store_n(&ndi_tree_lock.wanted, 0, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&ndi_tree_lock.wakes, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &ndi_tree_lock.wakes, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	errno = saved;
}

/* Who waited for it in the parent is not here. */
static void after_fork(void)
{
	ndi_tree_lock.wanted = 0;
	ndi_unlock();
}

/* A forked child has the tree whole. */
__attribute__((constructor)) static void start(void)
{
	pthread_atfork(ndi_lock, ndi_unlock, after_fork);
}
