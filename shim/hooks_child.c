/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children of every sort.  The scan's copy of the process is a clone without an
 * exit signal: only a wait with __WALL or __WCLONE, as the first process of a container may
 * make, could see it, so that waits until the copy has ended and is collected.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "glue.h"
#include "hooks.h"
#include "process.h"
#include "scan.h"
#include "thread.h"

static struct {
	pid_t (*waitpid)(pid_t, int *, int);
	pid_t (*wait3)(int *, int, struct rusage *);
	pid_t (*wait4)(pid_t, int *, int, struct rusage *);
	int (*waitid)(idtype_t, id_t, siginfo_t *, int);
} real;

void ls_hooks_child_start(void)
{
	*(void **)&real.wait3 = ls_real_symbol("wait3");
	*(void **)&real.wait4 = ls_real_symbol("wait4");
	*(void **)&real.waitid = ls_real_symbol("waitid");
	*(void **)&real.waitpid = ls_real_symbol("waitpid");
}

LS_INLINE void before(int options)
{
	if (ls_unlikely(!real.waitpid)) /* before the constructor */
		ls_hooks_child_start();
	/* in a forked child that is not set up yet it would be the parent's copy */
	if (ls_unlikely((unsigned)options & ((unsigned)__WALL | (unsigned)__WCLONE)) &&
	    ls_tls.generation == ls_generation)
		ls_scan_await();
}

LS_EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	before(options);
	return real.waitpid(pid, status, options);
}

LS_EXPORT pid_t wait3(int *status, int options, struct rusage *usage)
{
	before(options);
	return real.wait3(status, options, usage);
}

LS_EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	before(options);
	return real.wait4(pid, status, options, usage);
}

LS_EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	before(options);
	return real.waitid(type, id, info, options);
}
