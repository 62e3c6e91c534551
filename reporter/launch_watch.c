/* SPDX-License-Identifier: MIT */
/*
 * Finding and following the recordings of a launch; see the header.  What is
 * done to one recording is in launch_sample.c, what is done at the end in
 * launch_finish.c.
 *
 * Cost.  A directory is read only when its mtime has changed, entries are known
 * by name and inode, so that each file is opened once, and files of processes
 * that have ended already are left for the end.  A round that took T is
 * followed by a pause of at least 50 T.
 */
#include "launch_watch_internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "launch_process.h"

#define NS_PER_MS 1000000ull
#define FIRST_LOOK_MS 20
#define TICK_MS 100
#define RESCAN_MS 2000    /* even if the directory's mtime stands still */
#define MTIME_GRAIN_MS 20 /* file times are coarse: a change this recent may repeat */
#define COST_FACTOR 50

struct launch_watch *launch_watch_new(const struct launch_watch_options *options)
{
	struct launch_watch *w = calloc(1, sizeof *w);
	const char *slash;

	if (!w)
		return NULL;
	w->options = *options;
	w->places[w->place_count++].path = options->dir;
	if (options->store && strcmp(options->store, options->dir))
		w->places[w->place_count++].path = options->store;
	slash = *options->out ? strrchr(options->out, '/') : NULL;
	w->base = slash ? slash + 1 : "";
	w->base_length = strlen(w->base);
	/* Samples may be rarer; the tick must not. */
	w->tick_ms =
		options->sample_ms && options->sample_ms < TICK_MS ? options->sample_ms : TICK_MS;
	return w;
}

void launch_watch_start(struct launch_watch *w)
{
	struct rlimit files;

	w->next_scan_ns = launch_now_ns() + FIRST_LOOK_MS * NS_PER_MS;
	w->started = true;
	/* Two open files for each recording. */
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	launch_guard_install();
}

static void forget(struct launch_watch *w, struct watch_entry *e)
{
	HASH_DEL(w->entries, e);
	launch_sample_close(e);
	free(e->name);
	free(e);
}

void launch_watch_free(struct launch_watch *w)
{
	struct watch_entry *e, *next;

	if (!w)
		return;
	HASH_ITER(hh, w->entries, e, next)
		forget(w, e);
	for (size_t i = 0; i < w->recording_count; i++)
		free(w->recordings[i].path);
	free(w->recordings);
	if (w->started)
		launch_guard_remove();
	free(w);
}

static bool is_candidate(const struct launch_watch *w, const char *name)
{
	const char *rest = name + w->base_length;

	return !strncmp(name, "leakscope.", 10) ||
	       (w->base_length && !strncmp(name, w->base, w->base_length) &&
		(!*rest || *rest == '.'));
}

/*
 * Could the process that wrote the file NAME still run?  The name holds its
 * pid, unless it is the launched one's; other numbers in it only make this say
 * yes too often.
 */
static bool may_be_alive(const struct launch_watch *w, const char *name)
{
	bool numbers = false;

	if (w->base_length && !strncmp(name, w->base, w->base_length))
		name += w->base_length;
	for (; *name; name += strcspn(name, ".")) {
		char *end;
		long pid;

		name += *name == '.';
		if (!isdigit((unsigned char)*name))
			continue;
		pid = strtol(name, &end, 10);
		if ((*end && *end != '.') || pid <= 0 || pid > INT32_MAX)
			continue;
		numbers = true;
		if (!kill((pid_t)pid, 0) || errno == EPERM)
			return true;
	}
	return !numbers;
}

static struct watch_entry *entry_of(struct launch_watch *w, int place, const char *name, ino_t ino)
{
	struct watch_entry *e, *old = NULL;
	char key[NAME_MAX + 2];
	int n = snprintf(key, sizeof key, "%d%s", place, name);

	if (n >= (int)sizeof key)
		return NULL;
	HASH_FIND_STR(w->entries, key, old);
	if (old && old->ino == ino)
		return old;
	if (old)
		forget(w, old); /* another file by now */
	e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->name = strdup(key);
	if (!e->name) {
		free(e);
		return NULL;
	}
	e->statm = e->file = -1;
	e->place = place;
	e->ino = ino;
	HASH_ADD_KEYPTR(hh, w->entries, e->name, (size_t)n, e);
	return e;
}

/* Read one place; FINAL: look at the files of ended processes too. */
static void scan_place(struct launch_watch *w, int place, bool final)
{
	DIR *dir = opendir(w->places[place].path);
	struct dirent *d;

	if (!dir)
		return;
	while ((d = readdir(dir))) {
		struct watch_entry *e;

		if (!is_candidate(w, d->d_name))
			continue;
		e = entry_of(w, place, d->d_name, d->d_ino);
		if (!e)
			continue;
		e->seen = w->generation;
		if (e->state != WATCH_NEW || (!final && !may_be_alive(w, d->d_name)))
			continue;
		launch_sample_open(w, e, dirfd(dir));
		if (e->state == WATCH_NEW)
			w->pending = true;
	}
	closedir(dir);
}

void launch_watch_scan(struct launch_watch *w, bool final)
{
	struct watch_entry *e, *next;

	w->generation++;
	w->pending = false;
	for (int i = 0; i < w->place_count; i++)
		scan_place(w, i, final);
	HASH_ITER(hh, w->entries, e, next)
		if (e->seen != w->generation)
			forget(w, e);
}

/* Has a place changed since it was last read? */
static bool places_changed(struct launch_watch *w)
{
	bool changed = w->pending;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	for (int i = 0; i < w->place_count; i++) {
		struct watch_place *p = &w->places[i];
		struct stat st;
		int64_t age_ms;

		if (stat(p->path, &st))
			continue;
		age_ms = (int64_t)(now.tv_sec - st.st_mtim.tv_sec) * 1000 +
			 (now.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
		if (st.st_mtim.tv_sec != p->mtime.tv_sec || st.st_mtim.tv_nsec != p->mtime.tv_nsec)
			changed = true;
		p->mtime = st.st_mtim;
		if (age_ms < MTIME_GRAIN_MS)
			p->mtime.tv_nsec = -1; /* read it once more */
	}
	return changed;
}

uint64_t launch_watch_tick(struct launch_watch *w, uint64_t now_ns)
{
	uint64_t pause = w->tick_ms * NS_PER_MS, cost;
	struct watch_entry *e, *next;

	if (now_ns < w->next_scan_ns)
		return w->next_scan_ns; /* woken by a signal */
	if (places_changed(w) || now_ns >= w->rescan_ns) {
		launch_watch_scan(w, false);
		w->rescan_ns = now_ns + RESCAN_MS * NS_PER_MS;
	}
	HASH_ITER(hh, w->entries, e, next)
		if (e->state == WATCH_OPEN)
			launch_sample(w, e, launch_now_ns());
	cost = launch_now_ns() - now_ns;
	if (pause < cost * COST_FACTOR)
		pause = cost * COST_FACTOR;
	w->next_scan_ns = now_ns + pause;
	return w->next_scan_ns;
}

void launch_watch_ended(struct launch_watch *w, pid_t pid, int status, uint64_t now_ns)
{
	struct watch_death *d = &w->deaths[w->death_count++ % WATCH_DEATHS];

	*d = (struct watch_death){pid, status, now_ns};
}
