/* SPDX-License-Identifier: MIT */
/*
 * See gpu.h: what is created and released.  Beside the backtrace a creation costs one
 * cached context and one entry of the index, a release two look-ups, and both the exact
 * totals; in steady state nothing is allocated and no system call made.
 */
#include <errno.h>

#include "context.h"
#include "gpu_table.h"
#include "note.h"
#include "recording.h"
#include "scope.h"
#include "totals.h"
#include "track.h"
#include "track_guard.h"

/* How a release found its record: ls_gpu_release.was. */
enum { WAS_UNKNOWN, WAS_ONE_OF_MORE, WAS_LAST, WAS_RECLAIMED };

/* What has left the table, still to be counted. */
struct gone {
	uint32_t context; /* 0: nothing */
	uint64_t bytes;
	uint16_t device;
	bool reclaimed; /* the totals know already */
};

void ls_gpu_count_lost(void)
{
	__atomic_fetch_add(&ls_header->lost_events, 1, __ATOMIC_RELAXED);
}

/* The handle stands for the same thing at each creation. */
static bool counted(enum ls_gpu_class class)
{
	return class == LS_GPU_IPC || class == LS_GPU_VMM || class == LS_GPU_PRIMARY;
}

static bool is_memory(enum ls_gpu_class class)
{
	return class <= LS_GPU_ARRAY && class != LS_GPU_RANGE;
}

/* What the driver frees with a context; graphs are the host's and stay. */
static bool goes_with_context(uint32_t type)
{
	const uint64_t types =
		1ull << LS_RES_ALLOC | 1ull << LS_RES_ALLOC_PITCH | 1ull << LS_RES_ALLOC_MANAGED |
		1ull << LS_RES_ALLOC_HOST | 1ull << LS_RES_HOST_ALLOC | 1ull << LS_RES_ARRAY |
		1ull << LS_RES_MIPMAP | 1ull << LS_RES_EXTERNAL_MEMORY |
		1ull << LS_RES_EXTERNAL_SEMAPHORE | 1ull << LS_RES_EXTERNAL_BUFFER |
		1ull << LS_RES_EXTERNAL_MIPMAP | 1ull << LS_RES_STREAM | 1ull << LS_RES_EVENT |
		1ull << LS_RES_MODULE | 1ull << LS_RES_LINK | 1ull << LS_RES_TEXTURE |
		1ull << LS_RES_SURFACE | 1ull << LS_RES_GRAPH_EXEC;
	return types >> type & 1;
}

/* ---- totals ---- */

static bool on_device(uint32_t memory)
{
	return LS_MEM_ON_DEVICES >> memory & 1;
}

/* Address space and handles are no bytes of memory. */
LS_INLINE uint64_t bytes_of(uint32_t memory, uint64_t size)
{
	return memory == LS_MEM_HANDLE ? 0 : size;
}

/* Never batched, and atomic whatever the threads: these figures are exact. */
static void add_totals(uint32_t memory, uint32_t path, uint16_t device, int64_t bytes)
{
	if (!bytes)
		return;
	ls_totals_shared(memory, path, bytes);
	if (device && on_device(memory))
		ls_totals_peak(&ls_gpu_device_at(device)->memory, bytes);
}

static void count_reclaimed(uint16_t device, uint32_t memory, uint64_t bytes, bool gone)
{
	struct ls_device *d = device ? ls_gpu_device_at(device) : NULL;
	if (!d || memory == LS_MEM_HANDLE)
		return;
	__atomic_fetch_add(&d->reclaimed_bytes, gone ? -bytes : bytes, __ATOMIC_RELAXED);
	__atomic_fetch_add(&d->reclaimed_blocks, gone ? -1ull : 1ull, __ATOMIC_RELAXED);
}

/* NESTED: from a signal handler inside the shim. */
static void count_gone(struct ls_thread_state *t, const struct gone *g, bool nested)
{
	if (!g->context)
		return;
	const struct ls_context *c = ls_context_at(g->context);
	uint32_t memory = c->memory, path = c->path; /* the context may go with its last block */
	ls_context_count_free(t, g->context, 1, g->bytes, nested);
	if (g->reclaimed)
		count_reclaimed(g->device, memory, g->bytes, true);
	else
		add_totals(memory, path, g->device, -(int64_t)g->bytes);
}

/* Take a record out of the table.  Its shard's lock is held, and its entry in the index gone. */
static struct gone retire(struct ls_gpu_shard *s, uint32_t id, bool reclaimed)
{
	const struct ls_resource *r = ls_gpu_at(id);
	uint32_t memory = ls_context_at(r->context)->memory;
	struct gone g = {r->context, bytes_of(memory, r->size), r->device, reclaimed};
	ls_gpu_give_back(s, id);
	return g;
}

/* The driver has it back, and the program never released it.  Its shard's lock is held. */
static void reclaim(struct ls_resource *r)
{
	const struct ls_context *c = ls_context_at(r->context);
	uint64_t bytes = bytes_of(c->memory, r->size);
	__atomic_store_n(&r->state, LS_RESOURCE_RECLAIMED, __ATOMIC_RELEASE);
	__atomic_store_n(&r->scan, 0, __ATOMIC_RELEASE); /* nobody needs its address any more */
	add_totals(c->memory, c->path, r->device, -(int64_t)bytes);
	count_reclaimed(r->device, c->memory, bytes, false);
}

/* ---- creation ---- */

/* One reference more for a handle that is known; false: it isn't.  ANEW: by a creation. */
static bool retain(enum ls_gpu_class class, uint64_t handle, bool anew)
{
	struct ls_gpu_shard *s = ls_gpu_shard_of(class, handle);
	if (!ls_lock(&s->lock)) {
		ls_gpu_count_lost();
		return false;
	}
	const struct ls_gpu_slot *e = ls_gpu_find(s, class, handle);
	struct ls_resource *r = e ? ls_gpu_at(e->id) : NULL;
	/* memory that only mappings hold: its handle may have been given to other memory */
	if (r && (r->state != LS_RESOURCE_LIVE || (anew && !ls_gpu_handle_references(r))))
		r = NULL;
	/* which of the two came first can't be told: the one that keeps what is there */
	if (!r && !(anew && class == LS_GPU_VMM) &&
	    (e = ls_gpu_find_releasing(s, class, handle)) != NULL)
		r = ls_gpu_at(e->id);
	if (r)
		r->references++;
	ls_unlock(&s->lock);
	return r != NULL;
}

static void fill(struct ls_resource *r, const struct ls_gpu_new *n, uint32_t context,
		 uint16_t device)
{
	r->context = context;
	r->handle = n->handle;
	r->size = n->size;
	r->cuda_context = n->cuda_context;
	r->stream = n->stream;
	r->parent = n->parent;
	r->type = (uint16_t)n->type;
	r->device = device;
	r->flags = 0;
	r->references = 1;
	r->birth = ls_header->epoch;
	r->tick = ls_tick_read();
	__atomic_store_n(&r->scan, 0, __ATOMIC_RELAXED);
	r->mappings = 0;
	__atomic_store_n(&r->state, LS_RESOURCE_LIVE, __ATOMIC_RELEASE);
}

/*
 * The driver has handed out a handle that is in the table.  What was reclaimed, or is
 * held by mappings, stays there without its entry in the index; what is live was
 * released without our seeing it, with its context or else.
 */
static struct gone displace(struct ls_gpu_shard *s, struct ls_gpu_slot *e, uint32_t id)
{
	struct ls_resource *old = ls_gpu_at(e->id);
	struct gone g = {0, 0, 0, false};
	if (old->state == LS_RESOURCE_LIVE && ls_gpu_handle_references(old)) {
		if (goes_with_context(old->type) && old->cuda_context &&
		    !ls_gpu_context_alive(old->cuda_context))
			reclaim(old);
		else
			g = retire(s, e->id, false);
	}
	e->id = id;
	return g;
}

static void create(struct ls_thread_state *t, const struct ls_gpu_new *n, uintptr_t pc)
{
	struct ls_gpu_shard *s = ls_gpu_shard_of(n->class, n->handle);
	if (counted(n->class) && retain(n->class, n->handle, true))
		return;
	if (ls_tls.paused)
		return;
	uint32_t stack = n->stack ? n->stack : ls_track_stack(t, pc);
	uint32_t context = !stack     ? 0
			   : n->scope ? ls_context_in(t, stack, n->scope, n->memory)
				      : ls_context_get(t, stack, n->memory);
	if (!context || !ls_gpu_lock_with_room(s)) {
		ls_gpu_count_lost();
		return;
	}
	uint16_t device = ls_gpu_device_of(n->ordinal, n->cuda_context);
	uint32_t id = ls_gpu_take(s);
	struct ls_gpu_slot *e = ls_gpu_find(s, n->class, n->handle);
	struct gone g = {0, 0, 0, false};
	if (ls_unlikely(e != NULL))
		g = displace(s, e, id);
	else
		ls_gpu_index(s, n->class, n->handle, id);
	fill(ls_gpu_at(id), n, context, device);
	bool early = n->class == LS_GPU_CONTEXT && ls_gpu_find_releasing(s, n->class, n->handle);
	ls_unlock(&s->lock);

	struct ls_context *c = ls_context_at(context);
	uint64_t bytes = bytes_of(n->memory, n->size);
	ls_context_count_alloc(c, 1, bytes);
	add_totals(n->memory, c->path, device, (int64_t)bytes);
	if (n->class == LS_GPU_CONTEXT)
		ls_gpu_context_created(n->handle, early);
	if (ls_unlikely(g.context)) {
		count_gone(t, &g, false);
		ls_note_locked(LS_NOTE_INFO,
			       "the CUDA driver handed out an address or handle again whose "
			       "release was not seen: what had it before counts as released");
	}
}

void ls_gpu_created(const struct ls_gpu_new *n, uintptr_t pc)
{
	int error = errno;
	struct ls_thread_state *t;
	enum ls_mode mode = n->handle ? ls_track_enter(&t) : LS_MODE_OFF;
	if (ls_likely(mode == LS_MODE_NORMAL)) {
		create(t, n, pc);
		ls_track_leave(t);
	} else if (mode == LS_MODE_NESTED) {
		ls_gpu_count_lost();
	}
	errno = error;
}

void ls_gpu_retained(enum ls_gpu_class class, uint64_t handle)
{
	int error = errno;
	struct ls_thread_state *t;
	enum ls_mode mode = handle ? ls_track_enter(&t) : LS_MODE_OFF;
	if (mode != LS_MODE_OFF)
		retain(class, handle, false);
	if (mode == LS_MODE_NORMAL)
		ls_track_leave(t);
	errno = error;
}

/* ---- release ---- */

static void begin(struct ls_gpu_release *r)
{
	struct ls_gpu_shard *s = ls_gpu_shard_of(r->class, r->handle);
	if (!ls_lock(&s->lock)) {
		ls_gpu_count_lost();
		return;
	}
	const struct ls_gpu_slot *e = ls_gpu_find(s, r->class, r->handle);
	struct ls_resource *x = e ? ls_gpu_at(e->id) : NULL;
	if (x && x->state == LS_RESOURCE_RECLAIMED)
		r->was = WAS_RECLAIMED;
	else if (x && ls_gpu_handle_references(x))
		r->was = x->references > 1 ? WAS_ONE_OF_MORE : WAS_LAST;
	if (x && r->was) {
		r->record = e->id;
		r->generation = ls_generation;
		if (r->was == WAS_ONE_OF_MORE)
			x->references--;
		else
			__atomic_store_n(&x->state, LS_RESOURCE_RELEASING, __ATOMIC_RELEASE);
	}
	ls_unlock(&s->lock);
}

void ls_gpu_release_begin(struct ls_gpu_release *r, enum ls_gpu_class class, uint64_t handle)
{
	int error = errno;
	struct ls_thread_state *t;
	*r = (struct ls_gpu_release){.handle = handle, .class = class};
	enum ls_mode mode = handle ? ls_track_enter(&t) : LS_MODE_OFF;
	if (mode != LS_MODE_OFF) /* the record can be retired even in a signal handler */
		begin(r);
	if (ls_likely(mode == LS_MODE_NORMAL))
		ls_track_leave(t);
	errno = error;
}

static void count_unknown(void)
{
	uint64_t *counter = ls_header->flags & LS_F_FORKED ? &ls_header->inherited_frees
							   : &ls_header->unknown_frees;
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* It failed: everything is as before, unless the context has ended meanwhile. */
static void keep(const struct ls_gpu_release *r, struct ls_resource *x)
{
	if (r->was == WAS_ONE_OF_MORE) {
		if (x->state == LS_RESOURCE_LIVE && x->handle == r->handle)
			x->references++;
		return;
	}
	bool dead = goes_with_context(x->type) && x->cuda_context &&
		    !ls_gpu_context_alive(x->cuda_context);
	if (r->was == WAS_LAST && dead)
		reclaim(x);
	else
		__atomic_store_n(&x->state,
				 r->was == WAS_LAST ? LS_RESOURCE_LIVE : LS_RESOURCE_RECLAIMED,
				 __ATOMIC_RELEASE);
}

static void end(struct ls_thread_state *t, const struct ls_gpu_release *r, bool kept, bool nested)
{
	struct ls_gpu_shard *s = ls_gpu_shard_of(r->class, r->handle);
	struct gone g = {0, 0, 0, false};
	if (r->was == WAS_ONE_OF_MORE && !kept)
		return;
	if (r->generation != ls_generation)
		return; /* of the process that this one was forked from */
	if (!ls_lock(&s->lock)) {
		ls_gpu_count_lost();
		return;
	}
	struct ls_resource *x = ls_gpu_at(r->record);
	if (kept) {
		keep(r, x);
	} else if (--x->references) { /* retained meanwhile */
		__atomic_store_n(&x->state, LS_RESOURCE_LIVE, __ATOMIC_RELEASE);
	} else {
		ls_gpu_unindex(s, r->class, r->handle, r->record);
		g = retire(s, r->record, r->was == WAS_RECLAIMED);
	}
	ls_unlock(&s->lock);
	count_gone(t, &g, nested);
}

void ls_gpu_release_end(struct ls_gpu_release *r, enum ls_gpu_outcome outcome)
{
	int error = errno;
	struct ls_thread_state *t = NULL;
	enum ls_mode mode = r->handle ? ls_track_enter(&t) : LS_MODE_OFF;
	if (mode != LS_MODE_OFF) {
		if (outcome == LS_GPU_LATE)
			__atomic_fetch_add(&ls_header->late_device_frees, 1, __ATOMIC_RELAXED);
		if (r->record)
			end(t, r, outcome == LS_GPU_KEPT, mode == LS_MODE_NESTED);
		else if (outcome == LS_GPU_RELEASED && is_memory(r->class))
			count_unknown();
	}
	if (ls_likely(mode == LS_MODE_NORMAL))
		ls_track_leave(t);
	r->record = 0;
	errno = error;
}

void ls_gpu_reclaim(uint64_t cuda_context)
{
	for (unsigned i = 0; i < LS_GPU_SHARDS; i++) {
		struct ls_gpu_shard *s = &ls_gpu_shards[i];
		if (!ls_lock(&s->lock)) {
			ls_gpu_count_lost();
			continue;
		}
		for (uint32_t k = 0; s->slot && k <= s->mask; k++) {
			struct ls_resource *r = s->slot[k].id ? ls_gpu_at(s->slot[k].id) : NULL;
			if (r && r->state == LS_RESOURCE_LIVE && r->cuda_context == cuda_context &&
			    goes_with_context(r->type))
				reclaim(r);
		}
		ls_unlock(&s->lock);
	}
}

/* Destroying a context ends it whatever it was attached to; else it is being released just now. */
void ls_gpu_end_context(struct ls_thread_state *t, uint64_t cuda_context)
{
	struct ls_gpu_shard *s = ls_gpu_shard_of(LS_GPU_CONTEXT, cuda_context);
	struct gone g = {0, 0, 0, false};
	if (!ls_lock(&s->lock)) {
		ls_gpu_count_lost();
		return;
	}
	const struct ls_gpu_slot *e = ls_gpu_find(s, LS_GPU_CONTEXT, cuda_context);
	if (e) {
		uint32_t id = e->id;
		ls_gpu_unindex(s, LS_GPU_CONTEXT, cuda_context, id);
		g = retire(s, id, false);
	}
	ls_unlock(&s->lock);
	count_gone(t, &g, false);
}

/* ---- mappings of VMM memory ---- */

uint32_t ls_gpu_add_mapping(uint64_t vmm_handle)
{
	struct ls_gpu_shard *s = ls_gpu_shard_of(LS_GPU_VMM, vmm_handle);
	uint32_t id = 0;
	if (!ls_lock(&s->lock))
		return 0;
	const struct ls_gpu_slot *e = ls_gpu_find(s, LS_GPU_VMM, vmm_handle);
	if (!e)
		e = ls_gpu_find_releasing(s, LS_GPU_VMM, vmm_handle);
	if (e) {
		struct ls_resource *r = ls_gpu_at(e->id);
		r->references++;
		r->mappings++;
		id = e->id;
	}
	ls_unlock(&s->lock);
	return id;
}

void ls_gpu_drop_mapping(struct ls_thread_state *t, uint32_t id)
{
	struct ls_resource *r = ls_gpu_at(id);
	uint64_t handle = r->handle; /* it stays while there are mappings */
	struct ls_gpu_shard *s = ls_gpu_shard_of(LS_GPU_VMM, handle);
	struct gone g = {0, 0, 0, false};
	if (!ls_lock(&s->lock)) {
		ls_gpu_count_lost();
		return;
	}
	r->mappings--;
	if (!--r->references) {
		ls_gpu_unindex(s, LS_GPU_VMM, handle, id);
		g = retire(s, id, false);
	}
	ls_unlock(&s->lock);
	count_gone(t, &g, false);
}

/* ---- stacks and scopes ---- */

uint32_t ls_gpu_stack(uintptr_t pc)
{
	int error = errno;
	struct ls_thread_state *t;
	uint32_t stack = 0;
	if (ls_track_enter(&t) == LS_MODE_NORMAL) {
		stack = ls_track_stack(t, pc);
		ls_track_leave(t);
	}
	errno = error;
	return stack;
}

uint64_t ls_gpu_scope(void)
{
	int error = errno;
	struct ls_thread_state *t;
	uint64_t scope = 0;
	if (ls_track_enter(&t) == LS_MODE_NORMAL) {
		scope = ls_scope_current(t);
		ls_track_leave(t);
	}
	errno = error;
	return scope;
}

/* Move record ID to another scope, if it still is what was looked for. */
static bool move(struct ls_gpu_shard *s, uint32_t id, uint32_t scope)
{
	struct ls_thread_state *t = ls_tls.state;
	struct ls_resource *r = ls_gpu_at(id);
	uint32_t from = r->context;
	if (r->state != LS_RESOURCE_LIVE)
		return false;
	if (ls_context_at(from)->scope == scope)
		return true;
	uint32_t to = ls_context_for_scope(from, scope);
	if (!to)
		return true;
	uint32_t from_path = ls_context_at(from)->path; /* it may go with its last block */
	uint64_t bytes = bytes_of(ls_context_at(from)->memory, r->size);
	__atomic_store_n(&r->context, to, __ATOMIC_RELEASE);
	ls_context_moved(from, to, bytes, t->id);
	ls_totals_move(t, from_path, ls_context_at(to)->path, (int64_t)bytes);
	return true;
}

static bool move_by_key(enum ls_gpu_class class, uint64_t handle, uint32_t scope)
{
	struct ls_gpu_shard *s = ls_gpu_shard_of(class, handle);
	if (!ls_lock(&s->lock))
		return false;
	const struct ls_gpu_slot *e = ls_gpu_find(s, class, handle);
	bool known = e && move(s, e->id, scope);
	ls_unlock(&s->lock);
	return known;
}

static bool move_mapped(uint64_t address, uint32_t scope)
{
	uint32_t id = ls_gpu_mapped_record(address);
	if (!id)
		return false;
	struct ls_gpu_shard *s = ls_gpu_shard_of(LS_GPU_VMM, ls_gpu_at(id)->handle);
	if (!ls_lock(&s->lock))
		return false;
	bool known = move(s, id, scope);
	ls_unlock(&s->lock);
	return known;
}

bool ls_gpu_retag(uint64_t address, uint32_t scope)
{
	return address && (move_by_key(LS_GPU_ADDRESS, address, scope) ||
			   move_by_key(LS_GPU_IPC, address, scope) || move_mapped(address, scope));
}
