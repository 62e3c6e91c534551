/* SPDX-License-Identifier: MIT */
/* The hooks that look up real functions of their own, once, in the constructor. */
#ifndef LS_HOOKS_H
#define LS_HOOKS_H

void ls_hooks_thread_start(void);
void ls_hooks_exec_start(void);
void ls_hooks_exit_start(void);
void ls_hooks_lsan_start(void);
void ls_hooks_map_start(void);
void ls_hooks_wait_start(void);
void ls_hooks_child_start(void);
void ls_hooks_transfer_start(void);
void ls_hooks_signal_start(void);
void ls_hooks_env_start(void);

/* The injection library for NVTX that the environment names at this moment, NULL if none. */
const char *ls_host_injection(void);

/* Pre-work of the dl stubs (stubs_<machine>.S). */
void ls_dlopen_event(const char *file, int mode);
void ls_dlmopen_event(long namespace_id, const char *file, int mode);
void ls_dlclose_event(void *handle);

#endif
