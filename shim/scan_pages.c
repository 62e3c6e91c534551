/* SPDX-License-Identifier: MIT */
/*
 * Which pages of a mapping can hold a pointer of the program: those that were
 * written to.  A reserved heap of gigabytes that was never touched, or the part
 * of a library's data that is still as it is in its file, is passed over, and so
 * is never read in.  Private memory is asked for in /proc/self/pagemap, shared
 * memory, whose pages a duplicated process has not mapped, by mincore.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "scan_internal.h"
#include "text.h"

#define PAGE ((uintptr_t)4096)
#define AT_ONCE 512u
/* Up to here it costs more to ask than to look. */
#define FEW_PAGES 16u

enum { PRESENT = 63, SWAPPED = 62, OF_FILE = 61 };

struct stretch {
	uintptr_t start, end; /* start == end: none */
	void (*fn)(void *, uintptr_t, uintptr_t);
	void *arg;
};

static void add(struct stretch *s, uintptr_t page, bool wanted)
{
	if (wanted && s->end == page && s->start != s->end) {
		s->end = page + PAGE;
		return;
	}
	if (s->start != s->end)
		s->fn(s->arg, s->start, s->end);
	s->start = page;
	s->end = wanted ? page + PAGE : page;
}

static bool by_mincore(struct stretch *s, uintptr_t start, uintptr_t end)
{
	unsigned char in[AT_ONCE];
	for (uintptr_t at = start; at < end; at += AT_ONCE * PAGE) {
		size_t pages = (end - at + PAGE - 1) / PAGE;
		if (pages > AT_ONCE)
			pages = AT_ONCE;
		if (ls_sys3(SYS_mincore, at, pages * PAGE, in) < 0)
			return false;
		for (size_t i = 0; i < pages; i++)
			add(s, at + i * PAGE, in[i] & 1);
	}
	return true;
}

static bool by_pagemap(struct stretch *s, uintptr_t start, uintptr_t end, bool file)
{
	uint64_t entry[AT_ONCE];
	int fd = ls_sys_open("/proc/self/pagemap", O_RDONLY, 0);
	bool ok = fd >= 0;
	for (uintptr_t at = start; ok && at < end; at += AT_ONCE * PAGE) {
		size_t pages = (end - at + PAGE - 1) / PAGE;
		if (pages > AT_ONCE)
			pages = AT_ONCE;
		ok = ls_sys4(SYS_pread64, fd, entry, pages * 8, at / PAGE * 8) == (long)pages * 8;
		for (size_t i = 0; ok && i < pages; i++) {
			bool there = entry[i] >> PRESENT & 1 || entry[i] >> SWAPPED & 1;
			/* a private page that is still the file's was never written to */
			add(s, at + i * PAGE, there && !(file && entry[i] >> OF_FILE & 1));
		}
	}
	if (fd >= 0)
		ls_sys_close(fd);
	return ok;
}

/* Cuts what is handed on to what was asked for: pages are whole, the bounds need not be. */
struct clip {
	uintptr_t start, end;
	void (*fn)(void *, uintptr_t, uintptr_t);
	void *arg;
	uintptr_t done; /* handed on up to here */
};

static void clip(void *arg, uintptr_t start, uintptr_t end)
{
	struct clip *c = arg;
	start = start < c->start ? c->start : start;
	end = end > c->end ? c->end : end;
	if (start < end)
		c->fn(c->arg, start, end);
	c->done = end;
}

/* Page by page, without a fault: a file may have been cut short since it was mapped. */
static void by_trial(struct stretch *s, uintptr_t start, uintptr_t end, struct clip *c)
{
	s->start = s->end = start;
	for (uintptr_t at = start; at < end; at += PAGE) {
		char byte;
		struct iovec local = {&byte, 1}, remote = {(void *)at, 1};
		add(s, at,
		    ls_sys6(SYS_process_vm_readv, ls_sys_getpid(), &local, 1, &remote, 1, 0) !=
			    -EFAULT);
	}
	if (s->start != s->end)
		clip(c, s->start, s->end);
}

void ls_pages_each(const struct ls_region *region, uintptr_t start, uintptr_t end,
		   void (*fn)(void *, uintptr_t, uintptr_t), void *arg)
{
	struct clip c = {start, end, fn, arg, start};
	uintptr_t first = start & ~(PAGE - 1);
	struct stretch s = {first, first, clip, &c};
	bool file = region->flags & LS_FILE, shared = region->flags & LS_SHARED, ok;
	if (!file && !shared && end - first <= FEW_PAGES * PAGE) {
		fn(arg, start, end);
		return;
	}
	if (shared)
		ok = by_mincore(&s, first, end);
	else
		ok = by_pagemap(&s, first, end, file);
	if (s.start != s.end)
		clip(&c, s.start, s.end);
	if (ok || c.done >= end)
		return;
	/*
	 * No answer (a process that has changed its user is refused): everything that
	 * can be read is, but for a file's memory that nobody can have written to.
	 */
	if (!file && !shared)
		fn(arg, c.done, end);
	else if (region->flags & LS_W)
		by_trial(&s, c.done & ~(PAGE - 1), end, &c);
}
