/* SPDX-License-Identifier: MIT */
/*
 * The CUDA driver that the process has loaded: its functions, and the wrappers that
 * stand for them.  The shim never loads it; until it is there, nothing of this costs
 * a program more than the room in the file.
 *
 * How calls get to the wrappers:
 *  - what is linked with the driver binds to the symbols the shim exports.  They have
 *    the first version of the shim's file and are hidden: an unversioned reference
 *    accepts that one, dlsym doesn't (the loader's rule for the base version), so that
 *    a look-up never says that there is a driver where there is none;
 *  - dlsym and dlvsym give the wrapper where they found the function it stands for;
 *  - so does cuGetProcAddress.
 */
#ifndef LS_GPU_DRIVER_H
#define LS_GPU_DRIVER_H

#include "glue.h"
#include "gpu_api.h"
#include "process.h"

/* Version of the exported wrappers; the first in libleakscope.map. */
#define LS_DRIVER_VERSION "LEAKSCOPE_DRIVER"

enum ls_driver_id {
#define X(name, base, version, suffix, arguments) LS_DRIVER_##name,
	LS_DRIVER_WRAPPED(X)
#undef X
		LS_DRIVER_COUNT
};

/* The functions the wrappers stand for, NULL where this driver has none; and those they ask. */
struct ls_driver {
#define X(name, base, version, suffix, arguments) ls_fn_##name name;
	LS_DRIVER_WRAPPED(X)
	LS_DRIVER_ASKED(X)
#undef X
};
extern struct ls_driver ls_driver;

/* The wrappers, ls_cu_NAME. */
#define X(name, base, version, suffix, arguments) LS_EXPORT CUresult ls_cu_##name arguments;
LS_DRIVER_WRAPPED(X)
#undef X

/* In the constructor: remembers how much is loaded at the start. */
void ls_driver_start(void);
/* True if the driver is loaded, and ls_driver filled in.  Not inside a lock. */
bool ls_driver_find(void);
/* Before something is loaded or after something may be gone: is the driver still there? */
void ls_driver_sweep(void);

/* The wrapped function called NAME, LS_DRIVER_COUNT if it is none. */
enum ls_driver_id ls_driver_name(const char *name);
/* What it stands for, and the wrapper. */
void *ls_driver_real(enum ls_driver_id id);
void *ls_driver_wrapper(enum ls_driver_id id);

/*
 * cuGetProcAddress was asked for a function and answered FOUND: what the program is
 * given.  By the pointer; a pointer that is no exported function's is known by what was
 * asked for.
 */
void *ls_driver_answer(void *found, const char *base, int version, uint64_t flags);

/*
 * The function a wrapper has to call when ls_driver has none: the driver's, if it is
 * there now, or whatever else in the process has that name (a program's own stand-in
 * for the driver, which is called and not recorded).  NULL: nothing.
 */
void *ls_driver_missing(enum ls_driver_id id);

/* ---- what each wrapper does first and last ---- */

/* The outermost wrapper's frame: a driver that calls its own exports comes back to us. */
extern __thread uintptr_t ls_driver_frame __attribute__((tls_model("initial-exec")));

/* True if the call is to be recorded; then ls_driver_leave must follow. */
LS_INLINE bool ls_driver_enter(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	/* a frame below ours is gone: something jumped out of it */
	if (ls_unlikely(ls_driver_frame && here < ls_driver_frame) || !ls_recording_on())
		return false;
	ls_driver_frame = here;
	return true;
}

LS_INLINE void ls_driver_leave(void)
{
	ls_driver_frame = 0;
}

#endif
