/* SPDX-License-Identifier: MIT */
/*
 * Starting a program and standing beside it without being noticed: it inherits
 * file descriptors, signal mask and dispositions as the launcher got them, runs
 * in the same process group, and gets the signals that people send to the
 * launcher.  The launcher must have one thread only.  Relies on Linux (child
 * subreaper, sigtimedwait).
 */
#ifndef LR_LAUNCH_PROCESS_H
#define LR_LAUNCH_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct launch_process {
	pid_t pid;
	int status;        /* of wait, once it has ended */
	uint64_t ended_ns; /* CLOCK_MONOTONIC */
	sigset_t old_mask; /* what the launcher inherited */
	struct sigaction old_child;
	struct sigaction old_filesize;
};

/*
 * Called in the new process right before exec, to set its environment.  0 or
 * -errno.
 */
typedef int launch_prepare(void *context, pid_t pid);

/*
 * Start the program in the file PATH with ARGV.  SCRIPT: should the kernel not
 * know its form, /bin/sh is to read it, as execvp would have it.  0; or
 * LR_EXIT_NOT_FOUND or LR_EXIT_CANNOT_START with ERR.
 */
int launch_start(struct launch_process *p, const char *path, char **argv, bool script,
		 launch_prepare *prepare, void *context, struct lr_error *err);

struct launch_events {
	/* Time passes: do what is due, return the CLOCK_MONOTONIC ns of the next call. */
	uint64_t (*tick)(void *context, uint64_t now_ns);
	/* A process of the tree that the launcher inherited (or the root) has ended. */
	void (*ended)(void *context, pid_t pid, int status, uint64_t now_ns);
	void *context;
};

/* Wait for the program to end.  Fills status and ended_ns, and undoes what start changed. */
void launch_wait(struct launch_process *p, const struct launch_events *events);

/* The status that a shell would show: the exit code, or 128 + n for signal n. */
int launch_exit_status(int wait_status);

uint64_t launch_now_ns(void);

#endif
