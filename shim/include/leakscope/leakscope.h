/* SPDX-License-Identifier: MIT */
/*
 * leakscope: the scope API, for C and C++.  Header-only: nothing to link, and
 * every call is a no-op when the program does not run under leakscope.
 *
 * A scope is a named part of the program's work.  Each allocation is tagged
 * with the active scope of the thread that makes it; what is still live when
 * its scope closes is a survivor, and a leak of that scope if it is never freed.
 *
 *     LEAKSCOPE_SCOPE("request") {            // C: closes at the end of the block
 *         handle(request);
 *     }
 *     leakscope::scope s("request");          // C++: closes in the destructor
 *
 * All functions may be called from any thread, at any time after the program's
 * own start (constructors included); none of them may be called from a signal
 * handler.  None of them fails: what cannot be done is a no-op, and the report
 * says so.  Handles are plain values; 0 is "no scope" and harmless everywhere.
 *
 * The header finds the shim once, through dlsym(RTLD_DEFAULT,
 * "leakscope_api_1").  On systems whose libc keeps dlsym in libdl (glibc before
 * 2.34), link with -ldl.
 */
#ifndef LEAKSCOPE_LEAKSCOPE_H
#define LEAKSCOPE_LEAKSCOPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One scope instance.  Never reused: a stale handle is recognised and ignored. */
typedef uint64_t leakscope_scope_t;

typedef enum leakscope_kind {
	LEAKSCOPE_PROCESS = 0, /* the root; cannot be created */
	LEAKSCOPE_USER = 1,
	LEAKSCOPE_MANAGER = 2,
	LEAKSCOPE_NVTX = 3
} leakscope_kind_t;

/* The table the shim exports as `leakscope_api_1`.  Later versions only append. */
typedef struct leakscope_api {
	uint32_t version; /* 1 */
	uint32_t size;    /* bytes of the table */
	leakscope_scope_t (*scope_open)(const char *name);
	leakscope_scope_t (*scope_new)(leakscope_scope_t parent, const char *name, int kind);
	void (*scope_close)(leakscope_scope_t scope);
	void (*scope_enter)(leakscope_scope_t scope);
	void (*scope_leave)(leakscope_scope_t scope);
	void (*retag)(const void *block, leakscope_scope_t scope);
	void (*snapshot)(const char *label);
	size_t (*leaks_now)(leakscope_scope_t scope);
	int (*active)(void);
	void (*pause)(void);
	void (*resume)(void);
} leakscope_api_t;

/* Declared here so that <dlfcn.h>, whose RTLD_DEFAULT needs _GNU_SOURCE, isn't. */
extern void *dlsym(void *handle, const char *name)
#ifdef __cplusplus
	noexcept(true)
#endif
		;

/* The shim's table, or NULL.  Looked up once per translation unit. */
static inline const leakscope_api_t *leakscope_api_get(void)
{
	static const leakscope_api_t *api;
	static int looked;
	if (!__atomic_load_n(&looked, __ATOMIC_ACQUIRE)) {
		const leakscope_api_t *found =
			(const leakscope_api_t *)dlsym((void *)0, "leakscope_api_1");
		__atomic_store_n(&api, found, __ATOMIC_RELAXED);
		__atomic_store_n(&looked, 1, __ATOMIC_RELEASE);
	}
	return __atomic_load_n(&api, __ATOMIC_RELAXED);
}

/*
 * Open a scope NAME under the thread's active scope and make it active on this
 * thread until it is closed.  NAME is copied; '/' in it is escaped; NULL or ""
 * is "unnamed".  Returns its handle.
 */
static inline leakscope_scope_t leakscope_scope_open(const char *name)
{
	const leakscope_api_t *api = leakscope_api_get();
	return api ? api->scope_open(name) : 0;
}

/*
 * Create a scope NAME of kind KIND under PARENT (0: under the root), without
 * activating it.  Used by owners of memory such as managers, whose blocks are
 * retagged to it.
 */
static inline leakscope_scope_t leakscope_scope_new(leakscope_scope_t parent, const char *name,
						    leakscope_kind_t kind)
{
	const leakscope_api_t *api = leakscope_api_get();
	return api ? api->scope_new(parent, name, (int)kind) : 0;
}

/*
 * Close SCOPE and its open descendants, from any thread, and write the close
 * record: what is still live and tagged with it.  It stops being active on
 * every thread.  Closing twice is harmless.
 */
static inline void leakscope_scope_close(leakscope_scope_t scope)
{
	const leakscope_api_t *api = leakscope_api_get();
	if (api)
		api->scope_close(scope);
}

/* Make SCOPE the active scope of this thread, until the matching leave. */
static inline void leakscope_scope_enter(leakscope_scope_t scope)
{
	const leakscope_api_t *api = leakscope_api_get();
	if (api)
		api->scope_enter(scope);
}

/* Undo the latest enter of SCOPE on this thread; without one, a no-op. */
static inline void leakscope_scope_leave(leakscope_scope_t scope)
{
	const leakscope_api_t *api = leakscope_api_get();
	if (api)
		api->scope_leave(scope);
}

/*
 * Move the ownership of BLOCK (the address an allocation function returned) to
 * SCOPE; 0 is the root.  The caller must own the block.
 */
static inline void leakscope_retag(const void *block, leakscope_scope_t scope)
{
	const leakscope_api_t *api = leakscope_api_get();
	if (api)
		api->retag(block, scope);
}

/* Record a labelled snapshot.  LABEL is copied. */
static inline void leakscope_snapshot(const char *label)
{
	const leakscope_api_t *api = leakscope_api_get();
	if (api)
		api->snapshot(label);
}

/* Live bytes tagged with SCOPE (0: the root, thus all) and its descendants. */
static inline size_t leakscope_leaks_now(leakscope_scope_t scope)
{
	const leakscope_api_t *api = leakscope_api_get();
	return api ? api->leaks_now(scope) : 0;
}

/* 1 if the program runs under leakscope and is being recorded, else 0. */
static inline int leakscope_active(void)
{
	const leakscope_api_t *api = leakscope_api_get();
	return api ? api->active() : 0;
}

/* Stop recording this thread's allocations until the matching resume (nests). */
static inline void leakscope_pause(void)
{
	const leakscope_api_t *api = leakscope_api_get();
	if (api)
		api->pause();
}

static inline void leakscope_resume(void)
{
	const leakscope_api_t *api = leakscope_api_get();
	if (api)
		api->resume();
}

#ifdef __cplusplus
} /* extern "C" */

namespace leakscope
{
/* A scope for the life of the object. */
class scope
{
      public:
	explicit scope(const char *name) : handle_(leakscope_scope_open(name)) {}
	~scope() { leakscope_scope_close(handle_); }
	scope(const scope &) = delete;
	scope &operator=(const scope &) = delete;
	leakscope_scope_t handle() const { return handle_; }

      private:
	leakscope_scope_t handle_;
};

/* What LEAKSCOPE_SCOPE declares: a scope whose loop runs once. */
class block
{
      public:
	explicit block(const char *name) : scope_(name), done_(false) {}
	bool once() { return done_ ? false : (done_ = true); }

      private:
	scope scope_;
	bool done_;
};

/* Enter a scope that exists already, for the life of the object. */
class enter
{
      public:
	explicit enter(leakscope_scope_t s) : handle_(s) { leakscope_scope_enter(s); }
	~enter() { leakscope_scope_leave(handle_); }
	enter(const enter &) = delete;
	enter &operator=(const enter &) = delete;

      private:
	leakscope_scope_t handle_;
};
} /* namespace leakscope */

#define LEAKSCOPE_CONCAT_(a, b) a##b
#define LEAKSCOPE_CONCAT(a, b) LEAKSCOPE_CONCAT_(a, b)
/*
 * C++: `LEAKSCOPE_SCOPE("name") { … }`.  A loop that runs once, so that C++11
 * will do; `break` and `continue` act on this block, as in C.
 */
#define LEAKSCOPE_SCOPE(name)                                                                      \
	for (::leakscope::block LEAKSCOPE_CONCAT(leakscope_block_, __LINE__){name};                \
	     LEAKSCOPE_CONCAT(leakscope_block_, __LINE__).once();)
#else


/* The state of one LEAKSCOPE_SCOPE block. */
struct leakscope_block_ {
	leakscope_scope_t scope;
	int done;
};

static inline void leakscope_block_cleanup_(struct leakscope_block_ *b)
{
	leakscope_scope_close(b->scope);
}

/*
 * C: `LEAKSCOPE_SCOPE("name") { … }`.  The scope closes however the block is
 * left (end, break, return, goto).  `break` and `continue` act on this block.
 * The cleanup attribute is gcc's and clang's: C has no other way to run code
 * when a block is left through return.
 */
#define LEAKSCOPE_CONCAT_(a, b) a##b
#define LEAKSCOPE_CONCAT(a, b) LEAKSCOPE_CONCAT_(a, b)
#define LEAKSCOPE_BLOCK_(name, block)                                                              \
	for (struct leakscope_block_ block                                                         \
	     __attribute__((cleanup(leakscope_block_cleanup_))) = {leakscope_scope_open(name), 0}; \
	     !block.done; block.done = 1)
/* Named by the line: blocks nest without shadowing each other. */
#define LEAKSCOPE_SCOPE(name) LEAKSCOPE_BLOCK_(name, LEAKSCOPE_CONCAT(leakscope_block_, __LINE__))
#endif

#endif
