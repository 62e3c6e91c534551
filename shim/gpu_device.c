/* SPDX-License-Identifier: MIT */
/*
 * See gpu.h: devices, the contexts on them, and the memory of whole devices.  Contexts
 * are looked up without a lock by every wrapper: the table never moves.
 */
#include <errno.h>

#include "gpu_table.h"
#include "note.h"
#include "recording.h"
#include "text.h"
#include "track_guard.h"

#define MOST_ORDINALS 256u
#define CONTEXTS 1024u /* a power of two; three quarters of it may be in use */
#define DELETED 1u     /* no context has this handle */

/* A context: entries are written under the lock, the handle last. */
struct known_context {
	uint64_t handle; /* 0 = free: ends the search; DELETED: goes on */
	int32_t ordinal;
};
static struct known_context contexts[CONTEXTS];
static uint32_t contexts_used;
static uint16_t device_of[MOST_ORDINALS]; /* record by ordinal, 0 = not told of */
static uint64_t primary[MOST_ORDINALS];   /* the primary context by ordinal, 0 = not known */
static uint32_t measured_for[MOST_ORDINALS];
static uint32_t snapshots, snapshot_latest;
/* Contexts whose handle was given to another before their end was told: see ls_gpu_context_created. */
static uint64_t taken_over[8];
static struct ls_lock lock;

static bool in_range(int ordinal)
{
	return ordinal >= 0 && ordinal < (int)MOST_ORDINALS;
}

/* ---- contexts ---- */

LS_INLINE uint32_t home(uint64_t handle)
{
	return (uint32_t)(handle * 0x9e3779b97f4a7c15ull >> 54) & (CONTEXTS - 1);
}

static struct known_context *find_context(uint64_t handle)
{
	if (handle <= DELETED)
		return NULL;
	for (uint32_t i = home(handle), n = 0; n < CONTEXTS; n++, i = (i + 1) & (CONTEXTS - 1)) {
		uint64_t h = __atomic_load_n(&contexts[i].handle, __ATOMIC_ACQUIRE);
		if (h == handle)
			return &contexts[i];
		if (!h)
			return NULL;
	}
	return NULL;
}

/* Under the lock; false: no room. */
static bool add_context(uint64_t handle, int ordinal)
{
	uint32_t i = home(handle);
	if (contexts_used >= CONTEXTS / 4 * 3)
		return false;
	while (contexts[i].handle > DELETED)
		i = (i + 1) & (CONTEXTS - 1);
	__atomic_store_n(&contexts[i].ordinal, ordinal, __ATOMIC_RELAXED);
	__atomic_store_n(&contexts[i].handle, handle, __ATOMIC_RELEASE);
	contexts_used++;
	return true;
}

/* Under the lock. */
static void remove_context(uint64_t handle)
{
	struct known_context *c = find_context(handle);
	if (!c)
		return;
	uint32_t i = (uint32_t)(c - contexts);
	__atomic_store_n(&c->handle, DELETED, __ATOMIC_RELEASE);
	contexts_used--;
	/* graves at the end of a chain are free again, so that churn fills no table */
	if (contexts[(i + 1) & (CONTEXTS - 1)].handle)
		return;
	for (; contexts[i].handle == DELETED; i = (i - 1) & (CONTEXTS - 1))
		__atomic_store_n(&contexts[i].handle, 0, __ATOMIC_RELEASE);
}

bool ls_gpu_context_alive(uint64_t cuda_context)
{
	return find_context(cuda_context) != NULL;
}

static int ordinal_of(uint64_t cuda_context)
{
	const struct known_context *c = find_context(cuda_context);
	return c ? __atomic_load_n(&c->ordinal, __ATOMIC_RELAXED) : -1;
}

bool ls_gpu_context_known(uint64_t cuda_context)
{
	/* in a forked child the first event makes everything anew */
	return cuda_context == 0 || !ls_recording_on() || find_context(cuda_context) != NULL;
}

static void tell_context(uint64_t cuda_context, int ordinal)
{
	if (cuda_context <= DELETED || !ls_lock(&lock))
		return;
	struct known_context *c = find_context(cuda_context);
	bool room = true;
	if (c)
		__atomic_store_n(&c->ordinal, ordinal, __ATOMIC_RELAXED);
	else
		room = add_context(cuda_context, ordinal);
	ls_unlock(&lock);
	if (!room)
		ls_note_locked(LS_NOTE_WARNING,
			       "more than 768 CUDA contexts at a time: what is made in the "
			       "others is not told apart by device, nor known to go with them");
}

void ls_gpu_context(uint64_t cuda_context, int ordinal)
{
	int error = errno;
	struct ls_thread_state *t;
	if (ls_track_enter(&t) == LS_MODE_NORMAL) {
		tell_context(cuda_context, ordinal);
		ls_track_leave(t);
	}
	errno = error;
}

uint64_t ls_gpu_primary_of(int ordinal)
{
	return in_range(ordinal) ? __atomic_load_n(&primary[ordinal], __ATOMIC_RELAXED) : 0;
}

void ls_gpu_primary(int ordinal, uint64_t cuda_context)
{
	int error = errno;
	struct ls_thread_state *t;
	if (in_range(ordinal) && ls_track_enter(&t) == LS_MODE_NORMAL) {
		__atomic_store_n(&primary[ordinal], cuda_context, __ATOMIC_RELAXED);
		tell_context(cuda_context, ordinal);
		ls_track_leave(t);
	}
	errno = error;
}

/*
 * While one thread is still inside the call that destroyed a context, another may have
 * got its handle.  What was made in the first went with it; the end that is still to
 * be told is not that of the second.
 */
static void take_over(uint64_t cuda_context)
{
	if (ls_lock(&lock)) {
		for (unsigned i = 0; i < sizeof taken_over / sizeof *taken_over; i++)
			if (!taken_over[i]) {
				taken_over[i] = cuda_context;
				break;
			}
		ls_unlock(&lock);
	}
	ls_gpu_reclaim(cuda_context);
}

/* Under the lock. */
static bool was_taken_over(uint64_t cuda_context)
{
	for (unsigned i = 0; i < sizeof taken_over / sizeof *taken_over; i++)
		if (taken_over[i] == cuda_context) {
			taken_over[i] = 0;
			return true;
		}
	return false;
}

void ls_gpu_context_created(uint64_t cuda_context, bool early)
{
	if (early)
		take_over(cuda_context);
	for (unsigned i = 0; i < MOST_ORDINALS; i++)
		if (__atomic_load_n(&primary[i], __ATOMIC_RELAXED) == cuda_context)
			__atomic_store_n(&primary[i], 0, __ATOMIC_RELAXED);
}

/* Forget it first: a release that fails from here on finds that its context is gone. */
static void context_gone(struct ls_thread_state *t, uint64_t cuda_context)
{
	if (!cuda_context || !ls_lock(&lock))
		return;
	bool gone = !was_taken_over(cuda_context);
	if (gone)
		remove_context(cuda_context);
	ls_unlock(&lock);
	if (gone) {
		ls_gpu_reclaim(cuda_context);
		ls_gpu_end_context(t, cuda_context);
	}
}

void ls_gpu_context_destroyed(uint64_t cuda_context)
{
	int error = errno;
	struct ls_thread_state *t;
	if (ls_track_enter(&t) == LS_MODE_NORMAL) {
		context_gone(t, cuda_context);
		ls_track_leave(t);
	}
	errno = error;
}

void ls_gpu_primary_destroyed(int ordinal)
{
	int error = errno;
	struct ls_thread_state *t;
	if (in_range(ordinal) && ls_track_enter(&t) == LS_MODE_NORMAL) {
		context_gone(t, __atomic_exchange_n(&primary[ordinal], 0, __ATOMIC_RELAXED));
		ls_track_leave(t);
	}
	errno = error;
}

/* ---- devices ---- */

struct ls_device *ls_gpu_device_at(uint16_t id)
{
	return ls_table_at(&ls_devices_table, id);
}

uint16_t ls_gpu_device_of(int ordinal, uint64_t cuda_context)
{
	if (ordinal < 0)
		ordinal = ordinal_of(cuda_context);
	return in_range(ordinal) ? __atomic_load_n(&device_of[ordinal], __ATOMIC_ACQUIRE) : 0;
}

bool ls_gpu_device_known(int ordinal)
{
	return !in_range(ordinal) || !ls_recording_on() || ls_gpu_device_of(ordinal, 0);
}

static bool same(const uint8_t a[16], const uint8_t b[16])
{
	for (unsigned i = 0; i < 16; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* The record with this UUID, if the driver gave one; 0: none yet. */
static uint32_t by_uuid(const uint8_t uuid[16])
{
	static const uint8_t none[16];
	if (!uuid || same(uuid, none))
		return 0;
	for (uint32_t id = 1; id < ls_devices_table.used; id++)
		if (same(ls_gpu_device_at((uint16_t)id)->uuid, uuid))
			return id;
	return 0;
}

/* Under the recording's lock. */
static uint32_t add_device(int ordinal, const uint8_t uuid[16], const char *name,
			   uint64_t total_bytes, bool mig)
{
	struct ls_device *d;
	uint32_t id = ls_devices_table.used > UINT16_MAX
			      ? 0
			      : ls_table_add(&ls_devices_table, (void **)&d);
	if (!id)
		return 0;
	d->ordinal = (uint32_t)ordinal;
	if (uuid)
		ls_copy(d->uuid, uuid, 16);
	d->name = name ? ls_string_add(name) : 0;
	d->flags = mig ? LS_DEVICE_MIG : 0;
	d->total_bytes = total_bytes;
	__atomic_store_n(&d->state, 1, __ATOMIC_RELEASE);
	return id;
}

void ls_gpu_device(int ordinal, const uint8_t uuid[16], const char *name, uint64_t total_bytes,
		   bool mig)
{
	int error = errno;
	struct ls_thread_state *t;
	if (in_range(ordinal) && ls_track_enter(&t) == LS_MODE_NORMAL) {
		if (ls_lock(&ls_recording_lock)) {
			uint32_t id = device_of[ordinal];
			if (!id)
				id = by_uuid(uuid);
			if (!id)
				id = add_device(ordinal, uuid, name, total_bytes, mig);
			__atomic_store_n(&device_of[ordinal], (uint16_t)id, __ATOMIC_RELEASE);
			ls_note_flush();
			ls_unlock(&ls_recording_lock);
		}
		ls_track_leave(t);
	}
	errno = error;
}

/* ---- memory of whole devices ---- */

void ls_gpu_snapshot_made(uint32_t id)
{
	__atomic_store_n(&snapshot_latest, id, __ATOMIC_RELAXED);
	__atomic_fetch_add(&snapshots, 1, __ATOMIC_RELEASE);
}

bool ls_gpu_measure_wanted(uint64_t cuda_context)
{
	uint32_t now = __atomic_load_n(&snapshots, __ATOMIC_ACQUIRE);
	if (ls_likely(!now))
		return false;
	int ordinal = ordinal_of(cuda_context);
	return ls_gpu_device_of(ordinal, 0) &&
	       __atomic_load_n(&measured_for[ordinal], __ATOMIC_RELAXED) != now;
}

static void measured(int ordinal, uint64_t free_bytes, uint64_t total_bytes)
{
	uint16_t id = ls_gpu_device_of(ordinal, 0);
	if (!id || !ls_lock(&lock))
		return;
	struct ls_device *d = ls_gpu_device_at(id);
	__atomic_store_n(&measured_for[ordinal], __atomic_load_n(&snapshots, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELAXED);
	int64_t live = __atomic_load_n(&d->memory.live_bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&d->measured_tick, 0, __ATOMIC_RELEASE);
	d->snapshot = __atomic_load_n(&snapshot_latest, __ATOMIC_RELAXED);
	d->used_bytes = total_bytes > free_bytes ? total_bytes - free_bytes : 0;
	d->tracked_bytes = live > 0 ? (uint64_t)live : 0;
	if (!d->total_bytes)
		d->total_bytes = total_bytes;
	__atomic_store_n(&d->measured_tick, ls_tick_read() ? ls_tick_read() : 1, __ATOMIC_RELEASE);
	ls_unlock(&lock);
}

void ls_gpu_measured(uint64_t cuda_context, uint64_t free_bytes, uint64_t total_bytes)
{
	int error = errno;
	struct ls_thread_state *t;
	if (ls_track_enter(&t) == LS_MODE_NORMAL) {
		measured(ordinal_of(cuda_context), free_bytes, total_bytes);
		ls_track_leave(t);
	}
	errno = error;
}

void ls_gpu_own_grew(int ordinal, uint64_t bytes)
{
	int error = errno;
	struct ls_thread_state *t;
	if (ls_track_enter(&t) == LS_MODE_NORMAL) {
		uint16_t id = ls_gpu_device_of(ordinal, 0);
		if (id)
			__atomic_fetch_add(&ls_gpu_device_at(id)->own_bytes, bytes,
					   __ATOMIC_RELAXED);
		ls_track_leave(t);
	}
	errno = error;
}

/* ---- the driver as a whole ---- */

static void set_flags(uint32_t flags, const char *note)
{
	int error = errno;
	struct ls_thread_state *t;
	if (ls_track_enter(&t) == LS_MODE_NORMAL) {
		if ((__atomic_load_n(&ls_header->gpu_flags, __ATOMIC_RELAXED) & flags) != flags)
			__atomic_fetch_or(&ls_header->gpu_flags, flags, __ATOMIC_RELAXED);
		if (note)
			ls_note_locked(LS_NOTE_WARNING, note);
		ls_track_leave(t);
	}
	errno = error;
}

void ls_gpu_seen(void)
{
	set_flags(LS_GPU_SEEN, NULL);
}

void ls_gpu_untracked(const char *note)
{
	set_flags(LS_GPU_SEEN | LS_GPU_UNTRACKED, note);
}

void ls_gpu_device_start(void)
{
	ls_zero(contexts, sizeof contexts);
	ls_zero(device_of, sizeof device_of);
	ls_zero(primary, sizeof primary);
	ls_zero(measured_for, sizeof measured_for);
	ls_zero(taken_over, sizeof taken_over);
	contexts_used = snapshots = snapshot_latest = 0;
	lock.owner = 0;
}

void ls_gpu_device_abandon(void)
{
	ls_gpu_lock_abandon(&lock);
}
