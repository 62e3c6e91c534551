/* SPDX-License-Identifier: MIT */
/*
 * What the files of the watch share: launch_watch.c (finding), launch_sample.c
 * (one recording) and launch_finish.c (the end).
 */
#ifndef LR_LAUNCH_WATCH_INTERNAL_H
#define LR_LAUNCH_WATCH_INTERNAL_H

#include <time.h>

#include <uthash.h>

#include "launch_watch.h"

#define WATCH_DEATHS 1024u /* reaped processes remembered: the latest */
#define WATCH_PLACES 5

enum watch_state {
	WATCH_NEW,     /* not looked at, or not readable yet */
	WATCH_FOREIGN, /* of another session, or no recording */
	WATCH_OPEN,    /* ours, its process runs */
	WATCH_ENDED    /* ours, no longer sampled */
};

struct watch_entry {
	char *name; /* place digit, then the file's name: the hash key */
	int place;
	ino_t ino;
	enum watch_state state;
	unsigned seen;  /* generation of the last scan that met it */
	unsigned tries; /* looks at a file that says nothing yet */
	uint32_t pid;   /* of its process, if it is ours */
	/* WATCH_OPEN */
	int file, statm;          /* -1 = closed */
	struct ls_header *header; /* mapped */
	void *timeline_map;
	size_t timeline_map_size;
	struct ls_sample *samples; /* in timeline_map; [0] is not used */
	size_t capacity, used;
	uint64_t sample_ms, next_sample_ms;
	UT_hash_handle hh;
};

struct watch_place {
	const char *path;
	struct timespec mtime;
};

struct watch_death {
	pid_t pid;
	int status;
	uint64_t ns;
};

struct launch_watch {
	struct launch_watch_options options;
	struct watch_place places[WATCH_PLACES];
	int place_count;
	const char *base; /* of options.out, or "" */
	size_t base_length;
	struct watch_entry *entries;
	unsigned generation;
	bool started;
	bool pending;     /* a file was met that can't be read yet */
	uint64_t tick_ms; /* between rounds */
	uint64_t next_scan_ns, rescan_ns;
	struct watch_death deaths[WATCH_DEATHS];
	size_t death_count; /* all of them; the ring keeps the latest */
	struct launch_recording *recordings;
	size_t recording_count;
};

/* Read the places.  FINAL: open files of ended processes too. */
void launch_watch_scan(struct launch_watch *w, bool final);

/*
 * Look at the file of E (in the directory DIR_FD) and set its state.  Ours and
 * running: opened for sampling.
 */
void launch_sample_open(struct launch_watch *w, struct watch_entry *e, int dir_fd);
/* Write the tick and, when due, a sample; ends the entry when its process has. */
void launch_sample(struct launch_watch *w, struct watch_entry *e, uint64_t now_ns);
/* Give back everything that sampling holds. */
void launch_sample_close(struct watch_entry *e);

/*
 * Read the header behind FD: 1 = a recording of SESSION, 0 = not yet readable,
 * -1 = something else.
 */
int launch_header_read(int fd, const char *session, struct ls_header *header);

/*
 * Call FUNCTION, which touches mapped recordings; false if one of them was cut
 * short meanwhile (SIGBUS).  Outside of such a call a SIGBUS kills as ever.
 */
bool launch_guarded(void (*function)(void *context), void *context);
void launch_guard_install(void);
void launch_guard_remove(void);

#endif
