/* SPDX-License-Identifier: MIT */
/*
 * Asking for a snapshot, see snapshot_request.h.  The process may be stopped, die, or
 * have threads that cannot answer: each wait is bounded, and another thread is tried
 * when one does not take the request up.
 */
#include "snapshot_request.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "recording.h"
#include "snapshot_threads.h"

enum {
	BLOCKED_MS = 1000, /* that all threads may block the signal: they do while they handle it */
	BLOCKED_POLL_MS = 2,
	TAKE_MS = 200,     /* in which a thread should have taken the request up */
	COLLECT_MS = 1000, /* between signals that make the process look after its child */
	END_MS = 2000,     /* in which a process that has nothing more to do has ended */
	END_POLL_US = 200,
	FIRST_POLL_US = 500,
	LAST_POLL_US = 20000
};

struct asking {
	const struct snapshot_request *request;
	struct ls_header *header; /* mapped */
	unsigned signal;
	struct snapshot_threads threads;
	size_t next;
	pid_t sent_to; /* 0 = nobody yet */
	uint64_t began;
	struct lr_error *err;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* The header of the recording, mapped to be written; NULL with ERR. */
static struct ls_header *map_header(const struct snapshot_request *r, struct lr_error *err)
{
	struct ls_header *header, seen;
	int fd;

	if (lr_recording_header(r->path, &seen, err) != 0)
		return NULL;
	fd = open(r->path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		lr_fail(err,
			"cannot write to %s, the recording of process %" PRIu32
			": %s; run the command as the user of the process",
			r->path, r->pid, strerror(errno));
		return NULL;
	}
	header = mmap(NULL, LS_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (header == MAP_FAILED) {
		lr_fail(err, "cannot map %s: %s; is its file system full?", r->path,
			strerror(errno));
		return NULL;
	}
	return header;
}

static bool is_gone(const struct asking *a)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", a->request->pid);
	return access(path, F_OK) != 0 || load(&a->header->state) != LS_STATE_RUNNING;
}

static int fail_gone(struct asking *a)
{
	return lr_fail(a->err,
		       "process %" PRIu32 " ended before the snapshot; see `leakscope report %s`",
		       a->request->pid, a->request->path);
}

/* To thread TID of the process; what the signal carries tells it from anybody else's. */
static int send_signal(const struct asking *a, pid_t tid)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	info.si_signo = (int)a->signal;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = LS_REQUEST_VALUE;
	return (int)syscall(SYS_rt_tgsigqueueinfo, (pid_t)a->request->pid, tid, (int)a->signal,
			    &info);
}

/* Send the signal to the next thread that can take it. */
static int kick(struct asking *a)
{
	int error = ESRCH;

	for (size_t tries = 0; tries < 2 + a->threads.count; tries++) {
		if (a->next >= a->threads.count) {
			free(a->threads.tids);
			snapshot_threads_find(&a->threads, a->request->pid, a->request->path,
					      a->signal);
			a->next = 0;
			if (!a->threads.count)
				break;
		}
		a->sent_to = a->threads.tids[a->next++];
		if (send_signal(a, a->sent_to) == 0)
			return 0;
		error = errno; /* a thread may have ended since */
		if (error == EPERM)
			return lr_fail(a->err,
				       "no permission to signal process %" PRIu32
				       "; run the command as its user",
				       a->request->pid);
	}
	if (!a->threads.seen || is_gone(a))
		return fail_gone(a);
	/* while a thread handles the signal it blocks it: that passes */
	if (!a->threads.count && now_ms() - a->began < BLOCKED_MS) {
		a->sent_to = 0;
		return 0;
	}
	if (!a->threads.count)
		return lr_fail(a->err,
			       "all threads of process %" PRIu32
			       " block signal %u, by which a snapshot is asked for; let the "
			       "program call leakscope_snapshot()",
			       a->request->pid, a->signal);
	return lr_fail(a->err, "cannot signal process %" PRIu32 ": %s; try again", a->request->pid,
		       strerror(error));
}

/* Wait until the request number WANT is done. */
static int await(struct asking *a, uint32_t want)
{
	const struct ls_request *r = &a->header->request;
	uint64_t start = now_ms(), kicked = start, now;
	unsigned pause = FIRST_POLL_US;

	while ((int32_t)(load(&r->done) - want) < 0) {
		bool taken = (int32_t)(load(&r->taken) - want) >= 0;

		if (a->request->interrupted && *a->request->interrupted)
			return lr_fail(a->err,
				       "interrupted; process %" PRIu32
				       " may still make the snapshot",
				       a->request->pid);
		if (is_gone(a))
			return fail_gone(a);
		now = now_ms();
		if (now - start > a->request->timeout_ms)
			return lr_fail(a->err,
				       "process %" PRIu32 " has not %s within %u s; is it stopped, "
				       "or short of memory?",
				       a->request->pid,
				       taken ? "finished the scan" : "taken up the request",
				       a->request->timeout_ms / 1000);
		if (now - kicked >= (!a->sent_to ? BLOCKED_POLL_MS
				     : taken     ? COLLECT_MS
						 : TAKE_MS)) {
			if (kick(a) != 0)
				return -1;
			kicked = now;
		}
		usleep(pause);
		pause = pause * 2 < LAST_POLL_US ? pause * 2 : LAST_POLL_US;
	}
	return 0;
}

/* Write the request; the number it has. */
static uint32_t put_request(struct asking *a)
{
	struct ls_request *r = &a->header->request;
	char label[sizeof(r->label)] = "";

	memcpy(label, a->request->label, strlen(a->request->label));
	memcpy(r->label, label, sizeof(label));
	return __atomic_add_fetch(&r->requested, 1, __ATOMIC_ACQ_REL);
}

/* Until process PID, which has said its last word, can be collected or is no more. */
static void await_end(uint32_t pid)
{
	uint64_t until = now_ms() + END_MS;
	char path[64], text[256];
	const char *state;
	FILE *f;

	if (!pid)
		return;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	while (now_ms() < until && (f = fopen(path, "re")) != NULL) {
		state = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
		fclose(f);
		if (!state || strncmp(state, ") Z", 3) == 0)
			return;
		usleep(END_POLL_US);
	}
}

static int ask(struct asking *a, struct snapshot_request *request)
{
	struct ls_request *r = &a->header->request;
	uint32_t want;

	a->signal = load(&a->header->scan_signal);
	if (is_gone(a))
		return fail_gone(a);
	if (!a->signal || a->signal > 64)
		return lr_fail(a->err,
			       "process %" PRIu32 " had no free signal for snapshots; let the "
			       "program call leakscope_snapshot()",
			       request->pid);
	/* somebody else's comes first: its label is still needed */
	if (load(&r->done) != load(&r->requested) && load(&r->taken) != load(&r->done) &&
	    await(a, load(&r->requested)) != 0)
		return -1;
	want = put_request(a);
	if (kick(a) != 0 || await(a, want) != 0)
		return -1;
	request->scan = load(&r->scan);
	/* the process has a child to collect now; that it may have gone meanwhile is nothing */
	await_end(load(&a->header->scan_worker));
	if (a->sent_to)
		(void)send_signal(a, a->sent_to);
	return 0;
}

int snapshot_request(struct snapshot_request *request, struct lr_error *err)
{
	struct asking a = {.request = request, .err = err, .began = now_ms()};
	int result;

	a.header = map_header(request, err);
	if (!a.header)
		return -1;
	result = ask(&a, request);
	munmap(a.header, LS_HEADER_SIZE);
	free(a.threads.tids);
	return result;
}
