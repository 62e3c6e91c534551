/* SPDX-License-Identifier: MIT */
/*
 * Memory that the program keeps from its children (MADV_DONTFORK, MADV_WIPEONFORK;
 * V8 marks all of its heap so): the copy that is scanned shall have it. Which it is
 * the kernel is asked for while everybody stands still, as what a program once
 * advised may be another mapping by now.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "scan.h"
#include "scan_internal.h"
#include "text.h"

#define MOST_UNFORKED 4096u

bool ls_scan_unforked;

static struct {
	struct ls_range range;
	int advice;
} unforked[MOST_UNFORKED];
static unsigned count;

/* A line of smaps: "start-end …" begins a mapping, "VmFlags: …" says what was advised. */
static void read_line(const char *line, struct ls_range *now)
{
	const char *p = line;
	uint64_t start, end;
	if (ls_parse_hex(&p, &start) && *p++ == '-' && ls_parse_hex(&p, &end)) {
		*now = (struct ls_range){start, end};
		return;
	}
	if (!ls_starts(line, "VmFlags:"))
		return;
	int advice = 0;
	for (; *line; line++) {
		if (ls_starts(line, " io"))
			return; /* a device's: never looked into */
		if (ls_starts(line, " dc"))
			advice = MADV_DONTFORK;
		else if (ls_starts(line, " wf") && !advice)
			advice = MADV_WIPEONFORK;
	}
	if (advice && count < MOST_UNFORKED) {
		unforked[count].range = *now;
		unforked[count++].advice = advice;
	}
}

static void advise(unsigned i, int advice)
{
	const struct ls_range *r = &unforked[i].range;
	ls_sys3(SYS_madvise, r->start, r->end - r->start, advice);
}

void ls_unforked_share(void)
{
	static char buffer[16384];
	struct ls_range now = {0, 0};
	size_t kept = 0;
	long n;
	count = 0;
	int fd = ls_scan_unforked ? ls_sys_open("/proc/self/smaps", O_RDONLY, 0) : -1;
	if (fd < 0)
		return;
	while ((n = ls_sys_read(fd, buffer + kept, sizeof buffer - 1 - kept)) > 0) {
		size_t have = kept + (size_t)n, from = 0;
		for (size_t i = 0; i < have; i++)
			if (buffer[i] == '\n') {
				buffer[i] = 0;
				read_line(buffer + from, &now);
				from = i + 1;
			}
		kept = have - from;
		if (kept == sizeof buffer - 1)
			kept = 0; /* no line is as long */
		ls_copy(buffer, buffer + from, kept);
	}
	ls_sys_close(fd);
	for (unsigned i = 0; i < count; i++)
		advise(i, unforked[i].advice == MADV_DONTFORK ? MADV_DOFORK : MADV_KEEPONFORK);
}

void ls_unforked_restore(void)
{
	for (unsigned i = 0; i < count; i++)
		advise(i, unforked[i].advice);
	count = 0;
}
