/* SPDX-License-Identifier: MIT */
/* See gpu_driver.h.  Everything here is idempotent: threads may find the driver at once, without a lock. */
#include "gpu_driver.h"

#include <dlfcn.h>
#include <errno.h>

#include "gpu.h"
#include "loaded.h"
#include "text.h"

#define DRIVER "libcuda.so.1"
/* Look-ups for a newer one may mean functions of other arguments. */
#define NEWEST_KNOWN 13000

struct ls_driver ls_driver;
__thread uintptr_t ls_driver_frame __attribute__((tls_model("initial-exec")));
static bool found; /* ls_driver is filled in, from what was loaded here: */
static uintptr_t found_start;
static char found_name[256];

struct entry {
	const char *name, *base, *suffix;
	int version;
	void *wrapper;
};

static const struct entry wrapped[] = {
#define X(name, base, version, suffix, arguments)                                                  \
	{#name, #base, #suffix, version, (void *)ls_cu_##name},
	LS_DRIVER_WRAPPED(X)
#undef X
};

static const char *const asked[] = {
#define X(name, base, version, suffix, arguments) #name,
	LS_DRIVER_ASKED(X)
#undef X
};
#define ASKED (sizeof asked / sizeof *asked)

/* ls_driver as an array: the wrapped ones, then those that are asked. */
LS_INLINE void **slot(unsigned i)
{
	return (void **)&ls_driver + i;
}
_Static_assert(sizeof ls_driver == (LS_DRIVER_COUNT + ASKED) * sizeof(void *), "pointers only");

static void set(unsigned i, void *function)
{
	__atomic_store_n(slot(i), function, __ATOMIC_RELEASE);
}

void *ls_driver_real(enum ls_driver_id id)
{
	return __atomic_load_n(slot(id), __ATOMIC_RELAXED);
}

void *ls_driver_wrapper(enum ls_driver_id id)
{
	return wrapped[id].wrapper;
}

/* ---- finding it ---- */

/*
 * What was there at the start is searched as the loader does: a library that stands
 * between the shim and the driver, and defines the driver's functions, is what the
 * program would have called without us.  What was opened later counts only if it is
 * the driver.
 */
static unsigned objects_at_start;

struct search {
	unsigned object; /* number in the loader's order */
	bool behind;     /* us */
	bool found;
	uintptr_t start;
	char name[sizeof found_name];
	void *functions[LS_DRIVER_COUNT + ASKED];
};

static bool count_object(const struct ls_loaded *o, void *arg)
{
	(void)o;
	++*(unsigned *)arg;
	return false;
}

void ls_driver_start(void)
{
	ls_loaded_each(count_object, &objects_at_start);
}

static void take(struct search *s, const struct ls_loaded *o)
{
	for (unsigned i = 0; i < LS_DRIVER_COUNT; i++)
		if (!s->functions[i])
			s->functions[i] = ls_loaded_function(o, wrapped[i].name);
}

static void copy_name(char *to, const char *name)
{
	size_t n = ls_length(name);
	ls_copy(to, name, n < sizeof found_name ? n : sizeof found_name - 1);
}

static bool look(const struct ls_loaded *o, void *arg)
{
	struct search *s = arg;
	bool at_start = s->object++ < objects_at_start;
	if (o->ours)
		s->behind = true;
	else if (s->behind && at_start)
		take(s, o);
	if (ls_loaded_is(o, DRIVER)) {
		take(s, o);
		for (unsigned i = 0; i < ASKED; i++)
			s->functions[LS_DRIVER_COUNT + i] = ls_loaded_function(o, asked[i]);
		s->found = true;
		s->start = o->start;
		copy_name(s->name, o->name);
		return true;
	}
	return false;
}

static LS_COLD bool find(void)
{
	struct search s;
	int saved = errno;
	ls_zero(&s, sizeof s);
	ls_loaded_each(look, &s);
	if (s.found) {
		/* a thread that finds a wrapped one there will want to ask */
		for (unsigned i = LS_DRIVER_COUNT + ASKED; i-- > 0;)
			set(i, s.functions[i]);
		found_start = s.start;
		ls_copy(found_name, s.name, sizeof found_name);
		__atomic_store_n(&found, true, __ATOMIC_RELEASE);
		ls_gpu_seen();
	}
	errno = saved;
	return s.found;
}

bool ls_driver_find(void)
{
	return ls_likely(__atomic_load_n(&found, __ATOMIC_ACQUIRE)) || find();
}

void ls_driver_sweep(void)
{
	struct dl_find_object o;
	char name[sizeof found_name] = "";
	if (ls_likely(!__atomic_load_n(&found, __ATOMIC_ACQUIRE)))
		return;
	if (_dl_find_object((void *)found_start, &o) == 0 && o.dlfo_link_map) {
		copy_name(name, o.dlfo_link_map->l_name);
		if (ls_equal(name, found_name))
			return;
	}
	__atomic_store_n(&found, false, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < LS_DRIVER_COUNT + ASKED; i++)
		set(i, NULL);
}

void *ls_driver_missing(enum ls_driver_id id)
{
	if (ls_driver_find())
		return ls_driver_real(id);
	int saved = errno;
	void *other = ls_loaded_next(wrapped[id].name);
	errno = saved;
	return other;
}

/* ---- names ---- */

static int compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

enum ls_driver_id ls_driver_name(const char *name)
{
	unsigned low = 0, high = LS_DRIVER_COUNT;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		int c = compare(name, wrapped[middle].name);
		if (c == 0)
			return middle;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return LS_DRIVER_COUNT;
}

struct exported {
	uintptr_t address;
	const char *name;
};

static bool look_exported(const struct ls_loaded *o, void *arg)
{
	struct exported *e = arg;
	if (e->address < o->start || e->address >= o->end)
		return false;
	e->name = ls_loaded_name(o, e->address);
	return true;
}

/* The variant that BASE means in that VERSION. */
static enum ls_driver_id variant(const char *base, int version, uint64_t flags)
{
	enum ls_driver_id best = LS_DRIVER_COUNT;
	/* its arguments changed without a new name */
	if (version >= 12000 && ls_equal(base, "cuGraphInstantiate"))
		base = "cuGraphInstantiateWithFlags";
	bool per_thread = flags & LS_CU_PER_THREAD_STREAM, best_per_thread = false;
	for (unsigned i = 0; i < LS_DRIVER_COUNT; i++) {
		const struct entry *e = &wrapped[i];
		bool is_per_thread = e->suffix[0] != 0;
		if (e->version > version || (is_per_thread && !per_thread) ||
		    !ls_equal(e->base, base))
			continue;
		if (best == LS_DRIVER_COUNT || (is_per_thread && !best_per_thread) ||
		    (is_per_thread == best_per_thread && e->version > wrapped[best].version)) {
			best = i;
			best_per_thread = is_per_thread;
		}
	}
	return best;
}

static LS_COLD void *answer_by_name(void *address, const char *base, int version, uint64_t flags)
{
	struct exported e = {(uintptr_t)address, NULL};
	/* the oldest variant has the base name */
	if (ls_driver_name(base) == LS_DRIVER_COUNT)
		return address;
	enum ls_driver_id id = variant(base, version, flags);
	if (id == LS_DRIVER_COUNT)
		return address;
	ls_loaded_each(look_exported, &e);
	if (e.name || version > NEWEST_KNOWN) {
		/* a variant that the shim has never heard of: its arguments may be others */
		ls_gpu_untracked(
			"this CUDA driver has newer variants of functions that allocate or "
			"free than this build of leakscope knows: what goes through them "
			"is not tracked");
		return address;
	}
	if (!ls_driver_real(id))
		set(id, address);
	return wrapped[id].wrapper;
}

void *ls_driver_answer(void *address, const char *base, int version, uint64_t flags)
{
	if (!address || !ls_driver_find())
		return address;
	for (unsigned i = 0; i < LS_DRIVER_COUNT; i++)
		if (ls_driver_real(i) == address)
			return wrapped[i].wrapper;
	return base ? answer_by_name(address, base, version, flags) : address;
}
