/* SPDX-License-Identifier: MIT */
/*
 * What the launcher tells the shim: where the library is, where recordings go,
 * and the environment that carries both (LD_PRELOAD, LEAKSCOPE_OPTIONS,
 * LEAKSCOPE_RUN).
 */
#ifndef LR_LAUNCH_ENV_H
#define LR_LAUNCH_ENV_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "err.h"
#include "launch_options.h"

/* Where recordings go. */
struct launch_place {
	char dir[PATH_MAX]; /* absolute, exists, can be written to */
	char out[PATH_MAX]; /* absolute name of the root's recording, or "" */
};

struct launch_env {
	char shim[PATH_MAX]; /* absolute */
	char session[33];    /* hex */
	struct launch_place place;
	struct launch_options options;
	bool preload; /* false: the program's loader would choke on it */
	bool torch_no_cache;
};

/* Find libleakscope.so into PATH (PATH_MAX bytes).  0, or -1 with ERR. */
int launch_find_shim(char *path, struct lr_error *err);

/*
 * Turn -o's PATH (NULL = not given) into a place: an existing directory, or a
 * name that ends in '/' (created), takes the recordings inside; else PATH is
 * the name of the root's recording.  0, or -1 with ERR.
 */
int launch_place_find(struct launch_place *place, const char *path, struct lr_error *err);

/* An absolute directory for recordings while they are written (--store). */
int launch_store_find(char *absolute, const char *path, struct lr_error *err);

/* A fresh session id. */
void launch_session_new(char session[33]);

/* Look whether ENV can be written at all.  0, or -1 with ERR. */
int launch_env_check(struct launch_env *env, struct lr_error *err);

/* Set the environment of this process, whose pid is PID: a launch_prepare. */
int launch_env_apply(void *env, pid_t pid);

#endif
