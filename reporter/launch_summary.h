/* SPDX-License-Identifier: MIT */
/*
 * What `run` says when the program has ended: the summary of the process tree
 * on stderr, the reports asked for with --report, and whether anything leaked.
 */
#ifndef LR_LAUNCH_SUMMARY_H
#define LR_LAUNCH_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launch_elf.h"
#include "launch_report.h"
#include "launch_watch.h"
#include "suppress.h"

struct launch_summary {
	/* what happened */
	const char *name; /* the program as the user wrote it */
	const struct launch_program *program;
	pid_t root;
	int wait_status;
	const struct launch_recording *recordings; /* sorted by launch_watch_finish */
	size_t count;
	/* what is wanted */
	const struct launch_report *reports;
	size_t report_count;
	struct lr_suppressions *suppressions;
	bool quiet;
	bool want_verdict; /* `leaked` is needed */
	/* result */
	bool leaked;
};

/* Write it all.  Messages about what could not be done go to stderr as well. */
void launch_summarize(struct launch_summary *summary);

/* "leakscope: NAME can't be tracked, because …; …", before it starts. */
void launch_say_untracked(const char *name, const struct launch_program *program);

#endif
