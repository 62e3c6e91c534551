/* SPDX-License-Identifier: MIT */
/*
 * LeakSanitizer's interface (sanitizer/lsan_interface.h), so that what a program
 * tells it holds here too.  A program with its runtime goes on talking to that one:
 * what comes here is passed on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "finish.h"
#include "glue.h"
#include "hooks.h"
#include "host_symbols.h"
#include "lsan.h"
#include "process.h"
#include "recording.h"
#include "reporter_start.h"
#include "scan.h"
#include "track.h"

#define LEAKS_STATUS 23 /* of a program that LeakSanitizer ends */

LS_EXPORT void __lsan_disable(void);
LS_EXPORT void __lsan_enable(void);
LS_EXPORT void __lsan_ignore_object(const void *p);
LS_EXPORT void __lsan_register_root_region(const void *start, size_t size);
LS_EXPORT void __lsan_unregister_root_region(const void *start, size_t size);
LS_EXPORT void __lsan_do_leak_check(void);
LS_EXPORT int __lsan_do_recoverable_leak_check(void);

/* ---- what there is besides us ---- */

/* Of a sanitizer's runtime; all NULL without one. */
static struct {
	void (*disable)(void), (*enable)(void);
	void (*ignore)(const void *);
	void (*add_root)(const void *, size_t), (*remove_root)(const void *, size_t);
	void (*check)(void);
	int (*check_recoverable)(void);
} runtime;

/* Of the program or a library of it. */
static int (*is_turned_off)(void);
static const char *(*default_suppressions)(void);

void ls_hooks_lsan_start(void)
{
	/* now: a search that finds nothing leaves a message for dlerror */
	*(void **)&is_turned_off = dlsym(RTLD_DEFAULT, "__lsan_is_turned_off");
	*(void **)&default_suppressions = dlsym(RTLD_DEFAULT, "__lsan_default_suppressions");
	/* what a library defines for programs that are linked without a runtime does nothing */
	if (!ls_real_symbol("__lsan_init") && !ls_real_symbol("__asan_init") &&
	    !ls_real_symbol("__hwasan_init"))
		return;
	*(void **)&runtime.check = ls_real_symbol("__lsan_do_leak_check");
	if (!runtime.check)
		return;
	*(void **)&runtime.disable = ls_real_symbol("__lsan_disable");
	*(void **)&runtime.enable = ls_real_symbol("__lsan_enable");
	*(void **)&runtime.ignore = ls_real_symbol("__lsan_ignore_object");
	*(void **)&runtime.add_root = ls_real_symbol("__lsan_register_root_region");
	*(void **)&runtime.remove_root = ls_real_symbol("__lsan_unregister_root_region");
	*(void **)&runtime.check_recoverable = ls_real_symbol("__lsan_do_recoverable_leak_check");
}

void ls_lsan_read_host(void)
{
	static bool asked;
	static const char *text;
	if (!asked) {
		asked = true;
		/* a program exports them only if something it is linked with asks for them */
		if (!is_turned_off)
			*(void **)&is_turned_off = ls_host_function("__lsan_is_turned_off");
		if (!default_suppressions)
			*(void **)&default_suppressions =
				ls_host_function("__lsan_default_suppressions");
		ls_scan_turned_off = is_turned_off && is_turned_off();
		text = default_suppressions ? default_suppressions() : NULL;
	}
	if (text && *text && ls_header && !ls_header->host_suppressions &&
	    ls_lock(&ls_recording_lock)) {
		ls_header->host_suppressions = ls_string_add(text);
		ls_unlock(&ls_recording_lock);
	}
}

/* ---- what is no leak ---- */

/* What a thread allocates meanwhile is known to the scan and to nobody else. */
void __lsan_disable(void)
{
	ls_tls.paused++;
	if (runtime.disable)
		runtime.disable();
}

void __lsan_enable(void)
{
	if (ls_tls.paused)
		ls_tls.paused--;
	if (runtime.enable)
		runtime.enable();
}

void __lsan_ignore_object(const void *p)
{
	int saved = errno;
	ls_track_ignore(p);
	errno = saved;
	if (runtime.ignore)
		runtime.ignore(p);
}

/* Not the usual guard: a region may be named before there is a recording. */
static void name_root(bool (*how)(uintptr_t, size_t), const void *start, size_t size)
{
	int saved = errno;
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = 1;
	how((uintptr_t)start, size);
	ls_tls.depth = depth;
	errno = saved;
}

void __lsan_register_root_region(const void *start, size_t size)
{
	name_root(ls_scan_add_root, start, size);
	if (runtime.add_root)
		runtime.add_root(start, size);
}

void __lsan_unregister_root_region(const void *start, size_t size)
{
	name_root(ls_scan_remove_root, start, size);
	if (runtime.remove_root)
		runtime.remove_root(start, size);
}

/* ---- checks in the midst of the program ---- */

static bool found_leaks(uint32_t scan)
{
	const struct ls_scan *s = scan ? ls_table_at(&ls_scans_table, scan) : NULL;
	if (!s || s->state != LS_SCAN_DONE ||
	    !(s->kinds[LS_KIND_DEFINITE].blocks || s->kinds[LS_KIND_INDIRECT].blocks))
		return false;
	/* suppressions speak of names: those are the reporter's */
	return ls_reporter_check(true);
}

static bool check(uintptr_t here)
{
	struct ls_registers self;
	int saved = errno;
	bool leaks = false;
	if (ls_guard_enter()) {
		ls_lsan_read_host();
		if (!ls_scan_turned_off) {
			ls_registers_of_host(&self, false, here);
			leaks = found_leaks(ls_scan_run(&self, 0, 0, LS_WAIT_DONE));
		}
		ls_guard_leave();
	}
	errno = saved;
	return leaks;
}

void __lsan_do_leak_check(void)
{
	if (runtime.check) {
		runtime.check();
		return;
	}
	if (!check((uintptr_t)__builtin_frame_address(0)))
		return;
	int (*flush)(FILE *) = NULL;
	*(void **)&flush = ls_real_symbol("fflush");
	if (flush)
		flush(NULL);
	int status = ls_finish_exit(LEAKS_STATUS, false);
	for (;;)
		ls_sys1(SYS_exit_group, status);
}

int __lsan_do_recoverable_leak_check(void)
{
	if (runtime.check_recoverable)
		return runtime.check_recoverable();
	return check((uintptr_t)__builtin_frame_address(0));
}
