/* SPDX-License-Identifier: MIT */
/* What the stubs of dlsym and dlvsym (stubs_dlsym_<machine>.S) ask when a name may be the CUDA driver's. */
#ifndef LS_HOOKS_DLSYM_H
#define LS_HOOKS_DLSYM_H

#include <stdbool.h>

/* The stubs know this layout. */
struct ls_dlsym_call {
	void *handle;
	const char *name;
	const char *version; /* NULL: dlsym */
	void *caller;        /* return address */
	void *target;        /* the real function, to be jumped to with the arguments above */
	void *answer;
};

/* The real functions, NULL until the first call; the stubs jump through them. */
extern void *ls_real_dlsym, *ls_real_dlvsym;

/* True: the call's ANSWER is final.  False: jump to its TARGET. */
bool ls_dlsym_event(struct ls_dlsym_call *c);

#endif
