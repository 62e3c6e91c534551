/* SPDX-License-Identifier: MIT */
/*
 * getenv: NVTX code asks it which library to load, and is told that we are the one.
 * The environment itself stays as it is, for everybody who looks at it and for
 * every program that is started; what the user has set there is used by
 * nvtx_attach.c.  Everything else passes through.
 */
#include <unistd.h>

#include "glue.h"
#include "hooks.h"
#include "options.h"
#include "process.h"
#include "text.h"

static const char injection[] = "NVTX_INJECTION64_PATH";
static char *(*real_getenv)(const char *);

LS_EXPORT char *getenv(const char *name);

void ls_hooks_env_start(void)
{
	*(void **)&real_getenv = ls_real_symbol("getenv");
}

/* Before the constructor, or without libc's. */
static char *look_up(const char *name)
{
	size_t n = ls_length(name);
	for (char **e = environ; e && *e; e++)
		if (ls_starts(*e, name) && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

const char *ls_host_injection(void)
{
	return real_getenv ? real_getenv(injection) : look_up(injection);
}

LS_EXPORT char *getenv(const char *name)
{
	if (ls_unlikely(ls_equal(name, injection)) && ls_options.nvtx && ls_own_path[0] &&
	    ls_process_tracked())
		return ls_own_path;
	return ls_likely(real_getenv != NULL) ? real_getenv(name) : look_up(name);
}
