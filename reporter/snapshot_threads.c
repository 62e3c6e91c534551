/* SPDX-License-Identifier: MIT */
/*
 * Threads to send the scan's signal to, see snapshot_threads.h.  A thread that runs or is
 * in a call that the kernel takes up again notices nothing; one that is in a call that
 * the recorder hides the signal from comes next; then any that does not block the signal.
 */
#include "snapshot_threads.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "arena.h"
#include "recording.h"

enum rank { RANK_UNNOTICED, RANK_HIDDEN, RANK_ANY };

struct candidate {
	pid_t tid;
	enum rank rank;
};

static FILE *open_task(uint32_t pid, pid_t tid, const char *file)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%d/%s", pid, (int)tid, file);
	return fopen(path, "re");
}

/* Whether TID can take SIGNAL; *INNER is its id as the process itself has it. */
static bool can_take(uint32_t pid, pid_t tid, unsigned signal, pid_t *inner)
{
	FILE *in = open_task(pid, tid, "status");
	bool known = false, takes = true;
	unsigned long long blocked;
	char line[256], *last;

	*inner = tid;
	while (in && fgets(line, sizeof(line), in)) {
		if (strncmp(line, "State:\tZ", 8) == 0 || strncmp(line, "State:\tX", 8) == 0)
			takes = false;
		if (strncmp(line, "NSpid:", 6) == 0) {
			last = strrchr(line, '\t');
			*inner = last ? (pid_t)strtol(last + 1, NULL, 10) : tid;
		}
		if (sscanf(line, "SigBlk: %llx", &blocked) == 1) {
			known = true;
			takes = takes && !(blocked >> (signal - 1) & 1);
		}
	}
	if (in)
		fclose(in);
	return known && takes;
}

/*
 * Whether the kernel takes up the call again that a thread is in, or it is in none.
 * Not so with a write that has got half-way, and a read from a socket with a time limit.
 */
static bool notices_nothing(uint32_t pid, pid_t tid)
{
	static const long calls[] = {SYS_wait4, SYS_waitid, SYS_futex, SYS_flock};
	FILE *in = open_task(pid, tid, "syscall");
	char line[64] = "";
	bool found = false;
	long number;
	size_t i;

	if (!in)
		return false;
	if (fgets(line, sizeof(line), in)) {
		found = strncmp(line, "running", 7) == 0;
		number = found ? -1 : strtol(line, NULL, 10);
		for (i = 0; i < sizeof(calls) / sizeof(*calls) && number >= 0; i++)
			found = found || calls[i] == number;
	}
	fclose(in);
	return found;
}

/* Whether the thread says in the recording that it hides the signal from the program. */
static bool hides(const struct lr_recording *recording, pid_t inner)
{
	uint32_t count = recording ? lr_recording_count(recording, LS_SEC_THREADS) : 0, i, id;

	for (i = 0; i < count; i++) {
		const struct ls_thread *thread = lr_recording_at(recording, LS_SEC_THREADS, i, &id);

		if (thread && thread->state == 1 && (pid_t)thread->tid == inner)
			return thread->blocking != 0;
	}
	return false;
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

void snapshot_threads_find(struct snapshot_threads *threads, uint32_t pid, const char *path,
			   unsigned signal)
{
	struct lr_recording *recording = NULL;
	struct candidate *list = NULL;
	struct dirent *entry;
	struct lr_error err;
	char tasks[64];
	DIR *dir;

	*threads = (struct snapshot_threads){0};
	snprintf(tasks, sizeof(tasks), "/proc/%" PRIu32 "/task", pid);
	dir = opendir(tasks);
	if (dir && lr_recording_open(path, &recording, &err) != 0)
		recording = NULL;
	while (dir && (entry = readdir(dir)) != NULL) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10), inner;

		if (tid <= 0)
			continue;
		threads->seen++;
		if (!can_take(pid, tid, signal, &inner))
			continue;
		list = lr_grow(list, threads->count + 1, sizeof(*list));
		list[threads->count++] = (struct candidate){
			.tid = tid,
			.rank = notices_nothing(pid, tid) ? RANK_UNNOTICED
				: hides(recording, inner) ? RANK_HIDDEN
							  : RANK_ANY,
		};
	}
	if (dir)
		closedir(dir);
	lr_recording_close(recording);
	if (!list)
		return;
	qsort(list, threads->count, sizeof(*list), by_rank);
	threads->tids = lr_alloc(threads->count, sizeof(*threads->tids));
	for (size_t i = 0; i < threads->count; i++)
		threads->tids[i] = list[i].tid;
	free(list);
}
