/* SPDX-License-Identifier: MIT */
/*
 * Bringing the other threads of the process to a safe point, by one real-time
 * signal chosen free at start (ls_header.scan_signal).  A thread in a system call
 * that is never restarted is left where it is: its stack pointer is read from
 * /proc, and the functions that make such calls are interposed (hooks_wait.c), so
 * that its registers are on its stack and it stays put when the call ends.
 * A running thread may get the signal just as it begins such a call: then, and where a
 * transfer stops short for it (hooks_transfer.c), the wrapper goes on with it.
 */
#ifndef LS_STOP_H
#define LS_STOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a thread holds beside its memory. */
#define LS_REGISTERS 64u
struct ls_registers {
	uintptr_t sp;           /* its stack is live from here up, 0 = unknown */
	uintptr_t tcb;          /* thread pointer, 0 = unknown */
	uintptr_t signal_stack; /* its alternate signal stack, 0 = none or unknown */
	uint32_t tid;
	uint32_t count;               /* of the words that follow */
	uintptr_t word[LS_REGISTERS]; /* general and vector registers */
};

/* Choose and install the signal, if the process has a free one.  In the constructor. */
void ls_stop_start(void);
extern uint32_t ls_stop_signal; /* 0 = there is none */
/*
 * The program is going to use the signal itself: take another, if this is the
 * process that has chosen it and not a child with a copy.  Async-signal-safe.
 */
void ls_stop_move(void);
/* True if A installs our handler. */
struct sigaction;
bool ls_stop_is_ours(const struct sigaction *a);
/* In a forked child, before its recording starts. */
void ls_stop_reset(void);

/* Set while threads are stopped or being stopped: a blocking call that ends waits then. */
extern uint32_t ls_stop_flag;
/* Wait until threads go on.  Async-signal-safe; keeps errno. */
void ls_stop_wait(void);

/*
 * This thread's count of calls that our signal alone broke off: when it has
 * changed over a call that failed with EINTR, the program knows nothing of it.
 */
uint32_t ls_stop_interrupts(void);
/* How often the signal has come on this thread, whatever it met. */
uint32_t ls_stop_arrivals(void);

/*
 * Stop every other thread: at most CAPACITY are described in OUT, the others go
 * on and count as unseen.  Returns how many.  *UNSEEN: threads whose registers
 * are not known (their words are what the system call they are in was given).
 * A thread may stand still while it holds any lock but the recording's: nothing
 * that takes one may be called before ls_stop_release, which must follow.  Under
 * the recording's lock, all signals blocked.
 */
unsigned ls_stop_all(struct ls_registers *out, unsigned capacity, unsigned *unseen);
void ls_stop_release(void);

/*
 * The registers and the stack of the host's innermost frame on this thread, as
 * they were when it called into the shim; with PAST_EXIT beyond libc's exit too.
 * CALLER: address of a frame below which nothing of the host lies, in case the
 * stack cannot be walked.
 */
void ls_registers_of_host(struct ls_registers *r, bool past_exit, uintptr_t caller);
/*
 * The same with the shim's own frames, for use within an allocation hook: what it is
 * about to return the host does not hold yet.
 */
void ls_registers_here(struct ls_registers *r);

#endif
