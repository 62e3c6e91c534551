/* SPDX-License-Identifier: MIT */
/*
 * The driver's own truth about what was created and released, so that a test can compare a
 * tracker's with it.  Under the driver's lock.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

static const char *const names[SIM_COUNTED] = {[SIM_DEVICE] = "device",
					       [SIM_PINNED] = "pinned",
					       [SIM_MANAGED] = "managed",
					       [SIM_REGISTERED] = "registered",
					       [SIM_POOLED] = "pool",
					       [SIM_GRAPHMEM] = "graph",
					       [SIM_VMM] = "vmm",
					       [SIM_RANGE] = "range",
					       [SIM_IPC] = "ipc",
					       [SIM_ARRAY] = "array",
					       [SIM_MIPMAP] = "mipmap",
					       [SIM_CONTEXT] = "context",
					       [SIM_PRIMARY] = "primary",
					       [SIM_GREEN] = "green",
					       [SIM_STREAM] = "stream",
					       [SIM_EVENT] = "event",
					       [SIM_MODULE] = "module",
					       [SIM_LIBRARY] = "library",
					       [SIM_LINK] = "link",
					       [SIM_TEXTURE] = "texture",
					       [SIM_SURFACE] = "surface",
					       [SIM_GRAPH] = "graphobj",
					       [SIM_GRAPHEXEC] = "graphexec",
					       [SIM_POOL] = "mempool",
					       [SIM_EXTMEM] = "extmem",
					       [SIM_EXTBUF] = "extbuffer",
					       [SIM_EXTSEM] = "extsem"};

static struct count {
	uint64_t live, bytes, created, released, peak;
} counts[SIM_COUNTED];
static uint64_t errors;
static int log_file = -1;
static char summary_path[4096];

void sim_account_open(const char *log, const char *summary)
{
	if (log && *log)
		log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (summary && strlen(summary) < sizeof summary_path)
		strcpy(summary_path, summary);
}

/* One write for each line, so that those of several processes do not mix. */
static void say(int fd, const char *line, int length)
{
	if (length > 0 && write(fd, line, (size_t)length) != length)
		return; /* a full disk is the test's to notice */
}

/* Before cuInit as well, from any thread. */
void sim_trace(const char *what, const char *name, int version, uint64_t flags)
{
	const char *path = getenv("SIMCUDA_TRACE");
	int fd = path && *path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
	char line[256];
	if (fd < 0)
		return;
	say(fd, line,
	    snprintf(line, sizeof line, "%s \"%s\" %d %llu\n", what, name, version,
		     (unsigned long long)flags));
	close(fd);
}

void sim_account_create(enum sim_kind kind, const struct sim_entry *e)
{
	struct count *c = &counts[kind];
	c->live++;
	c->created++;
	c->bytes += e->bytes;
	if (c->bytes > c->peak)
		c->peak = c->bytes;
	if (log_file >= 0) {
		char line[256];
		say(log_file, line,
		    snprintf(line, sizeof line,
			     "create %s 0x%llx %llu device %d context 0x%llx stream 0x%llx\n",
			     names[kind], (unsigned long long)e->handle,
			     (unsigned long long)e->bytes, e->device,
			     (unsigned long long)e->context, (unsigned long long)e->stream));
	}
}

void sim_account_release(enum sim_kind kind, uint64_t handle, uint64_t bytes, const char *how)
{
	struct count *c = &counts[kind];
	c->live--;
	c->released++;
	c->bytes -= bytes;
	if (log_file >= 0) {
		char line[256];
		say(log_file, line,
		    snprintf(line, sizeof line, "release %s 0x%llx %llu how %s\n", names[kind],
			     (unsigned long long)handle, (unsigned long long)bytes, how));
	}
}

void sim_account_error(void)
{
	errors++;
}

void sim_account_finish(void)
{
	if (!*summary_path)
		return;
	int fd = open(summary_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	char text[8192];
	size_t n = (size_t)snprintf(text, sizeof text, "process %d\n", (int)getpid());
	for (int i = 1; i < SIM_COUNTED && n < sizeof text; i++) {
		const struct count *c = &counts[i];
		n += (size_t)snprintf(
			text + n, sizeof text - n,
			"%s live %llu bytes %llu created %llu released %llu peak %llu\n", names[i],
			(unsigned long long)c->live, (unsigned long long)c->bytes,
			(unsigned long long)c->created, (unsigned long long)c->released,
			(unsigned long long)c->peak);
	}
	if (n < sizeof text)
		n += (size_t)snprintf(text + n, sizeof text - n, "errors %llu\n",
				      (unsigned long long)errors);
	say(fd, text, (int)n);
	close(fd);
}
