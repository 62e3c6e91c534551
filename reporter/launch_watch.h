/* SPDX-License-Identifier: MIT */
/*
 * The recordings of one launch: found in the output directory by their session
 * id, kept on time (tick) and sampled (timeline) while their processes run,
 * given their last word at the end.
 *
 * Recordings are files that the launched program could have tampered with:
 * every offset is checked, and a file cut short under a mapping (SIGBUS) only
 * costs that recording its samples.  One watch at a time (the SIGBUS handler).
 */
#ifndef LR_LAUNCH_WATCH_H
#define LR_LAUNCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "format/ls_format.h"

struct launch_watch;

struct launch_watch_options {
	const char *session; /* hex */
	const char *dir;     /* where recordings end up */
	const char *store;   /* where they are meanwhile, or NULL */
	const char *out;     /* absolute name of the root's recording, or "" */
	unsigned sample_ms;  /* between samples; 0 = none */
};

/* NULL: out of memory.  OPTIONS and its strings must outlive the watch. */
struct launch_watch *launch_watch_new(const struct launch_watch_options *options);
void launch_watch_free(struct launch_watch *watch);

/*
 * Begin.  Only now, with the program started: it must not inherit what this
 * changes in the launcher (limit of open files, SIGBUS handler).
 */
void launch_watch_start(struct launch_watch *watch);

/* Do what is due; returns when to be called again (CLOCK_MONOTONIC ns). */
uint64_t launch_watch_tick(struct launch_watch *watch, uint64_t now_ns);

/* The launcher has reaped PID. */
void launch_watch_ended(struct launch_watch *watch, pid_t pid, int status, uint64_t now_ns);

/* One recording of the session, as it stands at the end. */
struct launch_recording {
	char *path;
	uint32_t pid, parent_pid, exec_index, flags;
	uint32_t state; /* enum ls_state */
	bool alive;     /* its process goes on */
	uint64_t started_ns;
};

/*
 * The program has ended: find everything, write the last words of processes
 * that the launcher reaped, and move what is still in the store.  LIST (owned
 * by the watch) comes sorted: the last image of ROOT first, then its earlier
 * ones, then the others by start.  Returns how many, or -ENOMEM.
 */
ssize_t launch_watch_finish(struct launch_watch *watch, pid_t root,
			    const struct launch_recording **list);

#endif
