/* SPDX-License-Identifier: MIT */
/*
 * One line on stderr, rewritten in place while symbols are read, for people who
 * wait.  It shows only after half a second and leaves no trace.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "symbols_progress.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void lr_progress_start(struct lr_progress *p, bool wanted)
{
	*p = (struct lr_progress){.wanted = wanted};
}

void lr_progress_show(struct lr_progress *p, const char *what)
{
	double t;
	char line[80];
	const char *base;

	if (!p->wanted)
		return;
	t = now();
	if (p->started <= 0)
		p->started = t;
	if (t - p->started < 0.5 || t - p->shown < 0.1)
		return;
	p->shown = t;
	base = what ? strrchr(what, '/') : NULL;
	base = base ? base + 1 : what;
	if (p->total)
		snprintf(line, sizeof(line), "symbols: %zu of %zu%s%.40s", p->done, p->total,
			 base ? ", reading " : "", base ? base : "");
	else
		snprintf(line, sizeof(line), "symbols: reading %.40s", base ? base : "");
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	p->visible = true;
}

void lr_progress_end(struct lr_progress *p)
{
	if (p->visible) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	p->visible = false;
	p->started = 0;
}
