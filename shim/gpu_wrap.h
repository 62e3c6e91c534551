/* SPDX-License-Identifier: MIT */
/*
 * The macros the wrappers of the driver's functions are written with.  Statement
 * expressions: a release has to be begun before the real call, in the midst of a line
 * of a table.
 */
#ifndef LS_GPU_WRAP_H
#define LS_GPU_WRAP_H

#include "gpu_tell.h"

/*
 * The wrapper of the driver's function NAME.  WORK calls it as real(…) and tells
 * gpu.h; pc is the caller's address, for the backtrace.
 */
#define LS_DRIVER_WRAP(name, arguments, values, work)                                              \
	__asm__(".symver ls_cu_" #name ", " #name "@" LS_DRIVER_VERSION);                          \
	CUresult ls_cu_##name arguments                                                            \
	{                                                                                          \
		ls_fn_##name real = ls_driver.name;                                                \
		if (ls_unlikely(!real)) {                                                          \
			real = (ls_fn_##name)ls_driver_missing(LS_DRIVER_##name);                  \
			if (!real)                                                                 \
				return LS_CU_STUB_LIBRARY;                                         \
		}                                                                                  \
		if (real != ls_driver.name || !ls_driver_enter())                                  \
			return real values;                                                        \
		uintptr_t pc = (uintptr_t)__builtin_return_address(0);                             \
		CUresult result = work;                                                            \
		(void)pc;                                                                          \
		ls_driver_leave();                                                                 \
		return result;                                                                     \
	}

/* What a call answers through a pointer, which may be NULL, and is nothing if it failed. */
#define ANSWERED(result, out) ((result) == LS_CU_SUCCESS && (out) ? *(out) : 0)

#define RELEASED(class, handle, call)                                                              \
	({                                                                                         \
		struct ls_gpu_release release_;                                                    \
		ls_gpu_release_begin(&release_, class, (uint64_t)(uintptr_t)(handle));             \
		ls_tell_released(call, &release_);                                                 \
	})

/* A resource whose handle is the answer of CALL; its other members follow. */
#define CREATED(how, call, out, ...)                                                               \
	({                                                                                         \
		CUresult r_ = call;                                                                \
		struct ls_gpu_new n_ = {.handle = (uint64_t)(uintptr_t)ANSWERED(r_, out),          \
					__VA_ARGS__};                                              \
		how(r_, &n_, pc);                                                                  \
	})

#endif
