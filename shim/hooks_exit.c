/* SPDX-License-Identifier: MIT */
/*
 * The ways a process ends that pass through libc: exit (through on_exit),
 * _exit, _Exit, quick_exit, abort.  The others leave an unfinished recording,
 * which is complete all the same.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "finish.h"
#include "glue.h"
#include "hooks.h"
#include "process.h"

LS_EXPORT __attribute__((noreturn)) void _exit(int status);
LS_EXPORT __attribute__((noreturn)) void _Exit(int status);
LS_EXPORT __attribute__((noreturn)) void quick_exit(int status);
LS_EXPORT __attribute__((noreturn)) void abort(void);

/* Of glibc, without a header: what at_quick_exit calls. */
extern int __cxa_at_quick_exit(void (*fn)(void *), void *dso);

static void (*real_abort)(void);
static void (*real_quick_exit)(int);
static int quick_status;

/*
 * Registered in the constructor, before anything else could be, with no DSO:
 * it runs after every destructor and handler of the program.
 */
static void at_exit(int status, void *unused)
{
	(void)unused;
	ls_finish_exit(status, true);
}

/* After the program's own destructors, before those of its libraries. */
__attribute__((destructor)) static void at_fini(void)
{
	ls_finish_scan();
}

static void at_quick(void *unused)
{
	(void)unused;
	ls_finish_exit(quick_status, false);
}

void ls_hooks_exit_start(void)
{
	*(void **)&real_abort = ls_real_symbol("abort");
	*(void **)&real_quick_exit = ls_real_symbol("quick_exit");
	on_exit(at_exit, NULL);
	__cxa_at_quick_exit(at_quick, NULL);
}

__attribute__((noreturn)) static void leave(int status)
{
	for (;;)
		ls_sys1(SYS_exit_group, status);
}

void _exit(int status)
{
	status = ls_finish_exit(status, false);
	leave(status);
}

void _Exit(int status)
{
	status = ls_finish_exit(status, false);
	leave(status);
}

void quick_exit(int status)
{
	quick_status = status;
	if (!real_quick_exit)
		leave(status);
	real_quick_exit(status);
	__builtin_unreachable();
}

void abort(void)
{
	ls_finish_signal(SIGABRT);
	if (real_abort)
		real_abort();
	ls_sys2(SYS_kill, ls_sys_getpid(), SIGABRT);
	leave(127);
}
