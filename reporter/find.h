/* SPDX-License-Identifier: MIT */
/*
 * Finding recordings on this machine: those that running processes have mapped,
 * and those in the directories that are known (the working directory, the ones
 * remembered by registry.h, dir= and store= of LEAKSCOPE_OPTIONS).  Files that
 * are no recordings, or broken ones, are passed over.
 */
#ifndef LR_FIND_H
#define LR_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "format/ls_format.h"

/* The recording of process PID, running or gone, into PATH.  0, or -1: there is none. */
int lr_find_recording(uint32_t pid, char *path, size_t size);

/* The recording that the running process PID has mapped, into PATH.  0, or -1: there is none. */
int lr_find_running(uint32_t pid, char *path, size_t size);

/*
 * What ARGUMENT of a command stands for, into PATH: a file of that name, else, if it is
 * a number, the recording of that process.  Whether a file is a recording is not
 * looked at.  0, or -1 with ERR: a process that isn't tracked.
 */
int lr_find_argument(const char *argument, char *path, size_t size, struct lr_error *err);

/* One recording of a listing. */
struct lr_listed {
	char *path;
	dev_t device;
	ino_t inode;
	uint32_t pid;
	const char *state;     /* "running", "exited", "signalled", "exec", "unknown" */
	bool alive;            /* its process still runs, be it with another image */
	int exit_code, signal; /* where the state says so */
	uint64_t started_ns;   /* CLOCK_REALTIME */
	double duration_s;
	uint64_t live_bytes; /* of host memory */
	uint64_t device_bytes;
	char *program; /* its file name, "?" if unknown */
};

struct lr_listing {
	struct lr_listed *items;
	size_t count, capacity;
	char **notes; /* what was passed over, and why */
	size_t note_count;
};

/* Add the recordings of directory PATH, or the recording PATH.  0, or -1 with ERR. */
int lr_listing_add(struct lr_listing *listing, const char *path, struct lr_error *err);
void lr_listing_add_known(struct lr_listing *listing);
void lr_listing_add_running(struct lr_listing *listing);
/* Newest first. */
void lr_listing_sort(struct lr_listing *listing);
void lr_listing_free(struct lr_listing *listing);

/*
 * Whether the recording is stale: its process is gone, and it either never ended
 * properly (nobody saw how) or was left by an image that exec replaced.
 */
bool lr_listed_stale(const struct lr_listed *item);
/*
 * Remove a stale recording with its overflow files and perf map.  0, 1 if it isn't stale
 * any more or gone, or -1 with ERR.
 */
int lr_listed_remove(const struct lr_listed *item, struct lr_error *err);

#endif
