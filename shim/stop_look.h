/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells of another thread: whether it sleeps in a system call
 * that a signal would visibly break off, where its stack is, whether it blocks a
 * signal.  All of it from /proc, for threads of this process only.  Not
 * reentrant: under the recording's lock.
 */
#ifndef LS_STOP_LOOK_H
#define LS_STOP_LOOK_H

#include <stdbool.h>
#include <stdint.h>

enum ls_look_kind {
	LS_LOOK_RUNS,  /* or sleeps where a signal does no harm, or cannot be looked at */
	LS_LOOK_LEAVE, /* sleeps where a signal would be noticed */
	LS_LOOK_WAITS, /* in ls_stop_wait */
	LS_LOOK_GONE,  /* ended */
	LS_LOOK_NONE   /* has no user stack: a helper of the kernel's, a main thread that ended */
};
struct ls_look {
	enum ls_look_kind kind;
	uintptr_t sp;     /* 0 = unknown: it was on a processor */
	uintptr_t arg[6]; /* of the system call */
	bool call;        /* it is in one */
};

/* Look at thread TID. */
void ls_look_at(uint32_t tid, struct ls_look *l);
/* True if TID blocks SIGNAL; false too when that cannot be found out. */
bool ls_look_blocks(uint32_t tid, uint32_t signal);
/* Call FN for each thread of the process; false: they cannot be listed. */
bool ls_look_each(void (*fn)(uint32_t tid, void *arg), void *arg);

#endif
