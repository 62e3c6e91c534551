/* SPDX-License-Identifier: MIT */
/*
 * dlsym and dlvsym, for names of the CUDA driver's functions only: the stubs jump to
 * the real ones with anything else, having looked at three letters.
 *
 * With a handle, the caller's address means nothing to the real function, which can
 * be called from here.  RTLD_NEXT and RTLD_DEFAULT depend on the caller, so that it
 * must be jumped to; the exported wrappers are invisible to it, and are found only
 * when it is asked for their version.
 */
#include "hooks_dlsym.h"

#include <dlfcn.h>
#include <errno.h>

#include "glue.h"
#include "gpu_driver.h"
#include "loaded.h"

typedef void *(*dlsym_function)(void *, const char *);
typedef void *(*dlvsym_function)(void *, const char *, const char *);

void *ls_real_dlsym, *ls_real_dlvsym;

/* Not by dlsym: that is us.  Perhaps before any constructor. */
static LS_COLD void find_real(void)
{
	int saved = errno;
	void *dlvsym_found = ls_loaded_next("dlvsym");
	void *dlsym_found = ls_loaded_next("dlsym");
	__atomic_store_n(&ls_real_dlvsym, dlvsym_found, __ATOMIC_RELEASE);
	__atomic_store_n(&ls_real_dlsym, dlsym_found, __ATOMIC_RELEASE);
	errno = saved;
}

static void *look_up(void *handle, const char *name, const char *version)
{
	return version ? ((dlvsym_function)ls_real_dlvsym)(handle, name, version)
		       : ((dlsym_function)ls_real_dlsym)(handle, name);
}

struct order {
	uintptr_t caller;
	bool before;
	const char *name; /* of the caller's object */
};

static bool look_order(const struct ls_loaded *o, void *arg)
{
	struct order *r = arg;
	if (r->caller >= o->start && r->caller < o->end)
		r->name = o->name;
	else if (o->ours && !r->name)
		r->before = false;
	return r->name != NULL;
}

/* Does a library that was opened by itself find the driver among what it needs? */
static bool in_scope_of(const char *library, const char *name, const void *real)
{
	void *(*open)(const char *, int);
	int (*close)(void *);
	*(void **)&open = ls_real_dlopen;
	*(void **)&close = ls_real_dlclose;
	if (!*library || !open || !close)
		return false;
	void *handle = open(library, RTLD_LAZY | RTLD_NOLOAD);
	if (!handle)
		return false;
	bool is = look_up(handle, name, NULL) == real;
	close(handle);
	return is;
}

/*
 * Would the caller get the function that a wrapper stands for?  What other answers
 * there may be, before us in the order, are left alone.
 */
static bool wanted(const struct ls_dlsym_call *c, const void *real)
{
	struct order r = {(uintptr_t)c->caller, true, NULL};
	ls_loaded_each(look_order, &r);
	if (!r.name)
		return false;
	if (c->handle == RTLD_NEXT) /* what comes after us in the order has been called by us */
		return r.before && look_up(RTLD_NEXT, c->name, NULL) == real;
	void *global = look_up(RTLD_DEFAULT, c->name, NULL);
	return global ? global == real : in_scope_of(r.name, c->name, real);
}

bool ls_dlsym_event(struct ls_dlsym_call *c)
{
	int saved = errno;
	if (!__atomic_load_n(&ls_real_dlsym, __ATOMIC_ACQUIRE))
		find_real();
	c->target = c->version ? ls_real_dlvsym : ls_real_dlsym;
	if (!c->name || c->name[0] != 'c' || c->name[1] != 'u')
		return false;
	enum ls_driver_id id = ls_driver_name(c->name);
	if (id == LS_DRIVER_COUNT)
		return false;
	bool pseudo = c->handle == RTLD_DEFAULT || c->handle == RTLD_NEXT;
	if (!pseudo) {
		c->answer = look_up(c->handle, c->name, c->version);
		saved = errno;
	}
	if ((pseudo || c->answer) && ls_driver_find()) {
		void *real = ls_driver_real(id);
		if (!pseudo && c->answer == real) {
			c->answer = ls_driver_wrapper(id);
		} else if (pseudo && real && wanted(c, real)) {
			c->version = LS_DRIVER_VERSION;
			c->target = ls_real_dlvsym;
		}
	}
	errno = saved;
	return !pseudo;
}
