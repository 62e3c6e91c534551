/* SPDX-License-Identifier: MIT */
/* Which threads of a process may be sent the scan's signal, the least disturbed first. */
#ifndef LR_SNAPSHOT_THREADS_H
#define LR_SNAPSHOT_THREADS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct snapshot_threads {
	pid_t *tids; /* best first; to be freed */
	size_t count;
	size_t seen; /* threads of the process, those that block the signal included */
};

/* Fill THREADS for process PID, whose recording is PATH (for what its threads say of themselves). */
void snapshot_threads_find(struct snapshot_threads *threads, uint32_t pid, const char *path,
			   unsigned signal);

#endif
