/* SPDX-License-Identifier: MIT */
/*
 * The life of the tracked process: when recording is on, what a fork does to
 * it, and the guard every hook takes.
 */
#ifndef LS_PROCESS_H
#define LS_PROCESS_H

#include "glue.h"
#include "thread.h"

/* Identifies this process among its forks; never 0 once started. */
extern uint32_t ls_generation;

enum { LS_GATE_WIPED = 0, LS_GATE_ON = 1, LS_GATE_BUSY = 2, LS_GATE_OFF = 3 };
/*
 * LS_GATE_ON while allocations are recorded.  It lies in a page that the kernel
 * wipes in a forked child, so that a fork, however it was made, is noticed by
 * the one load that every hook does anyway.
 */
extern uint32_t *ls_gate;

/* The gate isn't on: start the recording of a process or a forked child, or say no. */
bool ls_gate_slow(void);

LS_INLINE bool ls_recording_on(void)
{
	return ls_likely(__atomic_load_n(ls_gate, __ATOMIC_RELAXED) == LS_GATE_ON) ||
	       ls_gate_slow();
}

/*
 * Switch recording on (constructor) and off (end of the process).  ON: the
 * recording has been started; else the first event starts it.
 */
void ls_gate_open(bool on);
void ls_gate_shut(void);

/* Create the recording of this process.  FORKED: in a forked child. */
bool ls_process_start(bool forked);
/* True once the constructor has decided to track this process. */
bool ls_process_tracked(void);
/* True if this process is the one that was launched. */
bool ls_process_is_root(void);
/* True if this process needs no recording before its first event: it is somebody's child. */
bool ls_process_may_wait(void);
/* True if this process leaves its recording whatever it has to tell. */
bool ls_process_keeps(void);
/* True if the caller runs in a vfork child, whose memory is its parent's. */
bool ls_process_borrowed(void);

/* LEAKSCOPE_PARENT's value for a program this process starts. */
void ls_parent_text(char *buffer, uint32_t size);
extern char ls_own_path[]; /* absolute path of libleakscope.so */

/*
 * The guard of everything but the allocation hooks (their own is in track.c).
 * NULL: recording is off or this thread is inside the shim.
 */
struct ls_thread_state *ls_guard_enter(void);
void ls_guard_leave(void);

#endif
