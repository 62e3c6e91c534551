/* SPDX-License-Identifier: MIT */
/*
 * Pointers that only the kernel keeps for the program: what epoll hands back with
 * an event, what a timer hands to its handler.  Read from /proc.
 */
#include <fcntl.h>

#include "recording.h"
#include "scan_internal.h"
#include "text.h"

#define FIRST_WORDS 1024u /* the table grows */

/* A server may have a connection for each. */
static bool grow(struct ls_job *j)
{
	struct ls_kernel_word *more = ls_job_alloc(j, 2 * j->kernel_room * sizeof *more);
	if (!more) {
		j->kernel_cut = true;
		return false;
	}
	ls_copy(more, j->kernel, j->kernel_count * sizeof *more);
	ls_job_free(j, j->kernel);
	j->kernel = more;
	j->kernel_room *= 2;
	return true;
}

static void keep(struct ls_job *j, uintptr_t word, const char *what)
{
	if (word && (j->kernel_count < j->kernel_room || grow(j))) {
		j->kernel[j->kernel_count].word = word;
		j->kernel[j->kernel_count++].what = what;
	}
}

/* For each KEY in the text of PATH: the hexadecimal number that follows is a pointer. */
static void read_numbers(struct ls_job *j, const char *path, const char *key, char end,
			 const char *what)
{
	char buffer[1024];
	size_t kept = 0;
	long n;
	int fd = ls_sys_open(path, O_RDONLY, 0);
	if (fd < 0)
		return;
	while ((n = ls_sys_read(fd, buffer + kept, sizeof buffer - 1 - kept)) > 0) {
		size_t have = kept + (size_t)n, from = 0;
		buffer[have] = 0;
		for (size_t i = 0; i < have; i++) {
			if (buffer[i] != '\n')
				continue;
			for (size_t k = from; k < i; k++)
				if (ls_starts(buffer + k, key)) {
					const char *p = buffer + k + ls_length(key);
					while (*p == ' ' || (end && *p != end && *p != '\n'))
						p++;
					uint64_t word = 0;
					p += end != 0;
					ls_parse_hex(&p, &word);
					keep(j, word, what);
					break;
				}
			from = i + 1;
		}
		kept = have - from;
		if (kept == sizeof buffer - 1)
			kept = 0; /* no such file has a line as long */
		ls_copy(buffer, buffer + from, kept);
	}
	ls_sys_close(fd);
}

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* What epoll was given to hand back. */
static void read_epoll(struct ls_job *j)
{
	char names[2048] __attribute__((aligned(8)));
	char path[64], target[32];
	int dir = ls_sys_open("/proc/self/fd", O_RDONLY | O_DIRECTORY, 0);
	long n;
	if (dir < 0)
		return;
	while ((n = ls_sys3(SYS_getdents64, dir, names, sizeof names)) > 0)
		for (long at = 0; at < n;) {
			const struct entry *e = (const void *)(names + at);
			struct ls_text t;
			at += e->length;
			long length =
				ls_sys4(SYS_readlinkat, dir, e->name, target, sizeof target - 1);
			target[length > 0 ? length : 0] = 0;
			if (!ls_starts(target, "anon_inode:[eventpoll]"))
				continue;
			ls_text_start(&t, path, sizeof path);
			ls_text_add(&t, "/proc/self/fdinfo/");
			ls_text_add(&t, e->name);
			read_numbers(j, path, "data:", 0, "epoll");
		}
	ls_sys_close(dir);
}

/* What timers hand to their handlers.  A duplicated process has none: ask for the original's. */
static void read_timers(struct ls_job *j)
{
	char path[64];
	struct ls_text t;
	ls_text_start(&t, path, sizeof path);
	ls_text_add(&t, "/proc/");
	ls_text_number(&t, ls_header->pid);
	ls_text_add(&t, "/timers");
	read_numbers(j, path, "signal:", '/', "timer");
}

bool ls_kernel_read(struct ls_job *j)
{
	j->kernel_room = FIRST_WORDS;
	j->kernel = ls_job_alloc(j, j->kernel_room * sizeof *j->kernel);
	if (!j->kernel)
		return false;
	read_epoll(j);
	read_timers(j);
	return !j->kernel_cut;
}
