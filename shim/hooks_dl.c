/* SPDX-License-Identifier: MIT */
/*
 * What happens before dlopen, dlmopen and dlclose; the stubs then jump to the
 * real functions, for which nothing has changed.  Modules that earlier
 * dlcloses unmapped are noticed here, before anything can be mapped in their
 * place.
 */
#include "hooks.h"

#include <dlfcn.h>
#include <errno.h>

#include "glue.h"
#include "gpu_driver.h"
#include "modules.h"
#include "note.h"
#include "process.h"

static void sweep(const char *note, bool closing)
{
	int saved = errno;
	ls_real_ready();
	ls_driver_sweep();
	struct ls_thread_state *t = ls_guard_enter();
	if (t) {
		ls_modules_sweep(closing);
		if (note)
			ls_note_locked(LS_NOTE_WARNING, note);
		ls_guard_leave();
	}
	errno = saved;
}

void ls_dlopen_event(const char *file, int mode)
{
	(void)file;
	sweep(mode & RTLD_DEEPBIND
		      ? "a library was opened with RTLD_DEEPBIND: its own calls of malloc and free "
			"may not be seen"
		      : NULL,
	      false);
}

void ls_dlmopen_event(long namespace_id, const char *file, int mode)
{
	(void)file;
	(void)mode;
	sweep(namespace_id != LM_ID_BASE
		      ? "a library was opened in a namespace of its own (dlmopen): what it allocates "
			"with its own libc is not seen"
		      : NULL,
	      false);
}

void ls_dlclose_event(void *handle)
{
	(void)handle;
	sweep(NULL, true);
}
