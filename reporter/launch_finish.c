/* SPDX-License-Identifier: MIT */
/*
 * The end of a launch: collect every recording of the session, write the last
 * words of the processes whose status the launcher knows, hand the clock back
 * to processes that go on, and empty the store.
 */
#include "launch_watch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording.h"

/* How the process of H ended, if the launcher reaped it; NULL otherwise. */
static const struct watch_death *death_of(const struct launch_watch *w, const struct ls_header *h)
{
	size_t n = w->death_count < WATCH_DEATHS ? w->death_count : WATCH_DEATHS;
	const struct watch_death *found = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct watch_death *d = &w->deaths[i];

		if (d->pid == (pid_t)h->pid && d->ns >= h->mono_start_ns &&
		    (!found || d->ns < found->ns))
			found = d;
	}
	return found;
}

/* Put STATUS into the mapped header M. */
static void write_last_word(struct ls_header *m, const struct watch_death *d)
{
	uint32_t state = LS_STATE_EXITED;

	if (WIFSIGNALED(d->status)) {
		state = LS_STATE_SIGNALLED;
		m->signal = (uint32_t)WTERMSIG(d->status);
		m->exit_code = 0;
	} else {
		m->exit_code = WEXITSTATUS(d->status);
		m->signal = 0;
	}
	if (!m->ended_ns || m->state == LS_STATE_RUNNING)
		m->ended_ns = d->ns;
	__atomic_store_n(&m->state, state, __ATOMIC_RELEASE);
}

struct settling {
	struct ls_header *mapped;
	struct ls_header *result;
	const struct watch_death *death; /* NULL: it is alive */
};

/* The guarded part of settle_header. */
static void change_header(void *context)
{
	struct settling *s = context;

	if (s->death)
		write_last_word(s->mapped, s->death);
	else
		__atomic_and_fetch(&s->mapped->flags, ~(uint32_t)LS_F_LAUNCHER, __ATOMIC_RELEASE);
	memcpy(s->result, s->mapped, sizeof *s->result);
}

/*
 * Change the header of the file FD as its process's fate demands; H gets the
 * result.  A process that goes on must keep its own time from now on.
 */
static void settle_header(const struct launch_watch *w, int fd, struct ls_header *h, pid_t root,
			  bool alive)
{
	const struct watch_death *d = death_of(w, h);
	struct ls_header *m;

	if (h->state == LS_STATE_EXEC || (h->state != LS_STATE_RUNNING && (pid_t)h->pid != root))
		d = NULL;
	if (!d && !alive)
		return;
	m = mmap(NULL, LS_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (m == MAP_FAILED)
		return;
	launch_guarded(change_header, &(struct settling){m, h, d});
	munmap(m, LS_HEADER_SIZE);
}

/* Copy the file IN to the new file TO; 0 or -errno. */
static int copy_file(int in, const char *to)
{
	char buffer[65536];
	off_t at = 0;
	ssize_t n;
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), r = 0;

	if (out < 0)
		return -errno;
	while (!r && (n = pread(in, buffer, sizeof buffer, at)) > 0) {
		at += n;
		for (ssize_t done = 0; done < n && !r;) {
			ssize_t k = write(out, buffer + done, (size_t)(n - done));

			if (k < 0)
				r = -errno;
			else
				done += k;
		}
	}
	if (close(out) && !r)
		r = -errno;
	if (r)
		unlink(to);
	return r;
}

/*
 * Move a recording out of the store.  Its name there is as good in the output
 * directory, unless -o named the file.  Nothing is overwritten.
 */
static void move_from_store(const struct launch_watch *w, struct launch_recording *r, int fd,
			    bool is_root_last)
{
	const char *base = strrchr(r->path, '/') + 1;
	char plain[PATH_MAX], to[PATH_MAX + 16];
	int error = -EEXIST;

	if (*w->options.out && is_root_last)
		snprintf(plain, sizeof plain, "%s", w->options.out);
	else if (*w->options.out && strncmp(base, w->base, w->base_length))
		snprintf(plain, sizeof plain, "%.4000s.%u", w->options.out, r->pid);
	else
		snprintf(plain, sizeof plain, "%.3800s/%s", w->options.dir, base);
	for (int i = 1; error == -EEXIST && i < 1000; i++) {
		snprintf(to, sizeof to, i > 1 ? "%s.%d" : "%s", plain, i);
		error = renameat2(AT_FDCWD, r->path, AT_FDCWD, to, RENAME_NOREPLACE) ? -errno : 0;
		if (error == -EINVAL || error == -ENOSYS) /* a file system without that flag */
			error = link(r->path, to) || unlink(r->path) ? -errno : 0;
		if (error == -EXDEV || error == -EPERM) {
			error = copy_file(fd, to);
			if (!error)
				unlink(r->path);
		}
	}
	if (error) {
		fprintf(stderr, "leakscope: %s can't be moved to %s: %s; it stays where it is\n",
			r->path, plain, strerror(-error));
		return;
	}
	free(r->path);
	r->path = strdup(to);
}

/* Add the recording of E to the list. */
static int collect(struct launch_watch *w, const struct watch_entry *e, pid_t root)
{
	struct launch_recording *list, *r;
	struct ls_header h;
	char *path;
	int fd;

	if (asprintf(&path, "%s/%s", w->places[e->place].path, e->name + 1) < 0)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0 || launch_header_read(fd, w->options.session, &h) != 1) {
		if (fd >= 0)
			close(fd);
		free(path);
		return 0; /* dropped by its process meanwhile */
	}
	list = realloc(w->recordings, (w->recording_count + 1) * sizeof *list);
	if (!list) {
		close(fd);
		free(path);
		return -ENOMEM;
	}
	w->recordings = list;
	r = &list[w->recording_count++];
	*r = (struct launch_recording){.path = path,
				       .pid = h.pid,
				       .parent_pid = h.parent_pid,
				       .exec_index = h.exec_index,
				       .started_ns = h.mono_start_ns};
	r->alive = h.state == LS_STATE_RUNNING && (pid_t)h.pid != root && lr_process_alive(&h);
	settle_header(w, fd, &h, root, r->alive);
	r->state = h.state;
	r->flags = h.flags;
	if (e->place == 1 && !r->alive && w->options.store &&
	    strcmp(w->options.store, w->options.dir))
		move_from_store(w, r, fd, (pid_t)h.pid == root && h.state != LS_STATE_EXEC);
	close(fd);
	return r->path ? 0 : -ENOMEM;
}

static uint32_t sort_root; /* qsort has no context argument in ISO C */

static int compare(const void *va, const void *vb)
{
	const struct launch_recording *a = va, *b = vb;
	bool ra = a->pid == sort_root, rb = b->pid == sort_root;

	if (ra != rb)
		return ra ? -1 : 1;
	if (ra && a->exec_index != b->exec_index)
		return a->exec_index > b->exec_index ? -1 : 1;
	if (a->started_ns != b->started_ns)
		return a->started_ns < b->started_ns ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static bool has_root(const struct launch_watch *w, pid_t root)
{
	const struct watch_entry *e;

	for (e = w->entries; e; e = e->hh.next)
		if (e->state == WATCH_OPEN || e->state == WATCH_ENDED)
			if (e->pid == (uint32_t)root)
				return true;
	return false;
}

ssize_t launch_watch_finish(struct launch_watch *w, pid_t root,
			    const struct launch_recording **list)
{
	struct watch_entry *e, *next;
	const char *tmp = getenv("TMPDIR");

	launch_watch_scan(w, true);
	if (!has_root(w, root)) {
		/* A full or vanished output directory: where the shim goes then. */
		w->places[w->place_count++].path = "/dev/shm";
		w->places[w->place_count++].path = tmp && *tmp ? tmp : "/tmp";
		launch_watch_scan(w, true);
	}
	HASH_ITER(hh, w->entries, e, next) {
		launch_sample_close(e);
		if ((e->state == WATCH_OPEN || e->state == WATCH_ENDED) && collect(w, e, root))
			return -ENOMEM;
	}
	sort_root = (uint32_t)root;
	if (w->recording_count)
		qsort(w->recordings, w->recording_count, sizeof *w->recordings, compare);
	*list = w->recordings;
	return (ssize_t)w->recording_count;
}
