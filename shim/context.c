/* SPDX-License-Identifier: MIT */
/* See context.h.  Relies on recording and scope.  Interning takes the recording's lock. */
#include "context.h"

#include "note.h"
#include "recording.h"
#include "text.h"
#include "scope.h"

enum { FREE = 0, OPEN = 1, CLOSED = 2 };
#define FIRST_INDEX 256u
#define DELETED 0xffffffffu

/* Open addressing over ids; keys are in the records. */
static struct {
	uint32_t *id;
	uint32_t mask, used; /* used: deleted ones included */
} contexts, sites;

static uint32_t free_list; /* through ls_context.next */

struct ls_context *ls_context_at(uint32_t id)
{
	return ls_table_at(&ls_contexts_table, id);
}

LS_INLINE uint32_t mix(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15ull;
	h = (h ^ ((uint64_t)c << 32 | d) ^ h >> 29) * 0xbf58476d1ce4e5b9ull;
	return (uint32_t)(h >> 32);
}

static uint32_t key_hash(const struct ls_context *c)
{
	return mix(c->stack, c->scope, c->thread, c->memory);
}

static bool index_new(uint32_t slots, uint32_t **id)
{
	*id = ls_mem_alloc(slots * sizeof **id);
	return *id != NULL;
}

static void index_put(uint32_t *id, uint32_t mask, uint32_t hash, uint32_t value)
{
	uint32_t i = hash & mask;
	while (id[i] && id[i] != DELETED)
		i = (i + 1) & mask;
	id[i] = value;
}

/* Rebuild the context index without its deleted entries, larger if it is full of live ones. */
static bool contexts_rebuild(void)
{
	uint32_t live = 0, *fresh;
	for (uint32_t i = 0; i <= contexts.mask; i++)
		live += contexts.id[i] && contexts.id[i] != DELETED;
	uint32_t slots = contexts.mask + 1;
	if (live > slots / 2)
		slots *= 2;
	if (!index_new(slots, &fresh))
		return false;
	for (uint32_t i = 0; i <= contexts.mask; i++)
		if (contexts.id[i] && contexts.id[i] != DELETED)
			index_put(fresh, slots - 1, key_hash(ls_context_at(contexts.id[i])),
				  contexts.id[i]);
	ls_mem_free(contexts.id, (contexts.mask + 1) * sizeof *contexts.id);
	contexts.id = fresh;
	contexts.mask = slots - 1;
	contexts.used = live;
	return true;
}

static bool sites_grow(void)
{
	uint32_t slots = (sites.mask + 1) * 2, *fresh;
	if (!index_new(slots, &fresh))
		return false;
	for (uint32_t i = 0; i <= sites.mask; i++)
		if (sites.id[i]) {
			const struct ls_site *s = ls_table_at(&ls_sites_table, sites.id[i]);
			index_put(fresh, slots - 1, mix(s->path, s->stack, s->memory, 7),
				  sites.id[i]);
		}
	ls_mem_free(sites.id, (sites.mask + 1) * sizeof *sites.id);
	sites.id = fresh;
	sites.mask = slots - 1;
	return true;
}

/* The site of a context; NULL: no memory. */
static struct ls_site *site_of(struct ls_context *c)
{
	struct ls_site *s;
	if (c->site)
		return ls_table_at(&ls_sites_table, c->site);
	if (!sites.id) {
		if (!index_new(FIRST_INDEX, &sites.id))
			return NULL;
		sites.mask = FIRST_INDEX - 1;
	}
	uint32_t hash = mix(c->path, c->stack, c->memory, 7);
	for (uint32_t i = hash & sites.mask; sites.id[i]; i = (i + 1) & sites.mask) {
		s = ls_table_at(&ls_sites_table, sites.id[i]);
		if (s->path == c->path && s->stack == c->stack && s->memory == c->memory) {
			c->site = sites.id[i];
			return s;
		}
	}
	if ((sites.used + 1) * 4 > sites.mask * 3 && !sites_grow())
		return NULL;
	uint32_t id = ls_table_add(&ls_sites_table, (void **)&s);
	if (!id)
		return NULL;
	s->path = c->path;
	s->stack = c->stack;
	s->memory = c->memory;
	s->first_tick = c->first_tick;
	__atomic_store_n(&s->state, 1, __ATOMIC_RELEASE);
	index_put(sites.id, sites.mask, hash, id);
	sites.used++;
	c->site = id;
	return s;
}

static uint64_t live_blocks(const struct ls_context *c)
{
	uint64_t in = c->allocations + c->moved_in;
	uint64_t out =
		c->frees + __atomic_load_n(&c->foreign_frees, __ATOMIC_ACQUIRE) + c->moved_out;
	return in > out ? in - out : 0;
}

static uint64_t live_bytes(const struct ls_context *c)
{
	uint64_t in = c->allocated_bytes + c->moved_in_bytes;
	uint64_t out = c->freed_bytes + __atomic_load_n(&c->foreign_freed_bytes, __ATOMIC_ACQUIRE) +
		       c->moved_out_bytes;
	return in > out ? in - out : 0;
}

static struct ls_context *find(uint32_t stack, uint32_t scope, uint32_t thread, uint32_t memory,
			       uint32_t *id)
{
	for (uint32_t i = mix(stack, scope, thread, memory) & contexts.mask; contexts.id[i];
	     i = (i + 1) & contexts.mask) {
		if (contexts.id[i] == DELETED)
			continue;
		struct ls_context *c = ls_context_at(contexts.id[i]);
		if (c->stack == stack && c->scope == scope && c->thread == thread &&
		    c->memory == memory && c->state == OPEN) {
			*id = contexts.id[i];
			return c;
		}
	}
	return NULL;
}

static void index_remove(uint32_t id, const struct ls_context *c)
{
	for (uint32_t i = key_hash(c) & contexts.mask; contexts.id[i]; i = (i + 1) & contexts.mask)
		if (contexts.id[i] == id) {
			contexts.id[i] = DELETED;
			return;
		}
}

/* Find or make.  Under the lock. */
static uint32_t intern(uint32_t stack, uint32_t scope, uint32_t thread, uint32_t memory)
{
	uint32_t id;
	struct ls_context *c = find(stack, scope, thread, memory, &id);
	if (c)
		return id;
	if ((contexts.used + 1) * 4 > contexts.mask * 3 && !contexts_rebuild())
		return 0;
	if (free_list) {
		id = free_list;
		c = ls_context_at(id);
		free_list = c->next;
		ls_zero(c, sizeof *c);
	} else {
		id = ls_table_add(&ls_contexts_table, (void **)&c);
		if (!id)
			return 0;
	}
	struct ls_scope *s = ls_table_at(&ls_scopes_table, scope);
	c->stack = stack;
	c->scope = scope;
	c->path = s->path;
	c->thread = thread;
	c->memory = memory;
	c->first_tick = c->last_tick = ls_tick_read();
	c->next = s->first_context;
	__atomic_store_n(&c->state, OPEN, __ATOMIC_RELEASE);
	s->first_context = id;
	index_put(contexts.id, contexts.mask, mix(stack, scope, thread, memory), id);
	contexts.used++;
	return id;
}

/* Contexts that closed without survivors while their own thread was another one. */
static uint32_t idle_list; /* through ls_context.next */

static void recycle(uint32_t id, struct ls_context *c)
{
	c->state = FREE;
	c->next = free_list;
	free_list = id;
}

/* Add a closed context's counters to its site and let it go.  Under the lock. */
static void fold(uint32_t id, struct ls_context *c, uint32_t self)
{
	struct ls_site *s = site_of(c);
	if (!s)
		return; /* it stays as it is: nothing is lost, only memory */
	if (c->thread != self) {
		c->next = idle_list;
		idle_list = id;
		return;
	}
	s->allocations += c->allocations;
	s->allocated_bytes += c->allocated_bytes;
	s->frees += c->frees + c->foreign_frees;
	s->freed_bytes += c->freed_bytes + c->foreign_freed_bytes;
	if (c->last_tick > s->last_tick)
		s->last_tick = c->last_tick;
	recycle(id, c);
}

/* Put a closed context into the list of an open scope, so that leaks_now finds its survivors. */
static void adopt(uint32_t id, struct ls_context *c, uint32_t scope)
{
	struct ls_scope *s = ls_table_at(&ls_scopes_table, scope);
	c->adopter = scope;
	c->previous = 0;
	c->next = s->first_adopted;
	if (c->next)
		ls_context_at(c->next)->previous = id;
	s->first_adopted = id;
}

static void abandon(struct ls_context *c)
{
	struct ls_scope *s = ls_table_at(&ls_scopes_table, c->adopter);
	if (c->previous)
		ls_context_at(c->previous)->next = c->next;
	else
		s->first_adopted = c->next;
	if (c->next)
		ls_context_at(c->next)->previous = c->previous;
	c->adopter = c->previous = c->next = 0;
}

static struct ls_survivors count_survivors(uint32_t id, struct ls_context *c, uint32_t adopter)
{
	struct ls_path *p = ls_table_at(&ls_paths_table, c->path);
	struct ls_survivors v = {live_blocks(c), live_bytes(c)};
	struct ls_site *s = site_of(c);
	adopt(id, c, adopter);
	if (s) {
		s->outlived_blocks += v.blocks;
		s->outlived_bytes += v.bytes;
		s->closes++;
	}
	p->outlived_blocks += v.blocks;
	p->outlived_bytes += v.bytes;
	return v;
}

/* Fold what has become idle and belongs to thread SELF.  Under the lock. */
static void fold_idle(uint32_t self)
{
	uint32_t *link = &idle_list;
	while (*link) {
		uint32_t id = *link;
		struct ls_context *c = ls_context_at(id);
		const struct ls_thread *r = ls_table_at(&ls_threads_table, c->thread);
		/* a thread that has ended counts no more */
		if (c->thread != self && r->state != 2) {
			link = &c->next;
			continue;
		}
		*link = c->next;
		if (live_blocks(c))
			count_survivors(
				id, c,
				LS_ROOT_SCOPE); /* it was about to count when the scope closed */
		else
			fold(id, c, c->thread);
	}
}

static LS_COLD uint32_t get_slow(struct ls_thread_state *t, uint32_t stack, uint32_t memory)
{
	if (!ls_lock(&ls_recording_lock))
		return 0;
	if (idle_list)
		fold_idle(t->id);
	uint32_t scope = ls_scope_active(t); /* cannot close while the lock is held */
	uint32_t id = intern(stack, scope, t->id, memory);
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	return id;
}

uint32_t ls_context_get(struct ls_thread_state *t, uint32_t stack, uint32_t memory)
{
	uint32_t scope = ls_scope_active(t);
	uint32_t slot = (stack ^ scope * 0x85ebca6bu ^ memory << 7) * 0x9e3779b1u >> 23;
	struct ls_cached_context *e = &t->cache[slot & (LS_CONTEXT_CACHE - 1)];
	if (ls_likely(e->stack == stack && e->scope == scope && e->memory == memory &&
		      e->context)) {
		/* it may have been recycled since, even for the same key: then it is right again */
		const struct ls_context *c = ls_context_at(e->context);
		if (ls_likely(c->state == OPEN && c->stack == stack && c->scope == scope &&
			      c->thread == t->id && c->memory == memory))
			return e->context;
	}
	uint32_t id = get_slow(t, stack, memory);
	if (id)
		*e = (struct ls_cached_context){stack, ls_context_at(id)->scope, memory, id};
	return id;
}

uint32_t ls_context_in(struct ls_thread_state *t, uint32_t stack, uint64_t scope, uint32_t memory)
{
	if (!ls_lock(&ls_recording_lock))
		return 0;
	uint32_t id = intern(stack, ls_scope_nearest(scope), t->id, memory);
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	return id;
}

static uint32_t ignored; /* of the root scope, which never closes */

uint32_t ls_context_ignored(void)
{
	uint32_t id = __atomic_load_n(&ignored, __ATOMIC_ACQUIRE);
	if (ls_likely(id) || !ls_lock(&ls_recording_lock))
		return id;
	id = intern(0, LS_ROOT_SCOPE, 0, LS_MEM_IGNORED);
	__atomic_store_n(&ignored, id, __ATOMIC_RELEASE);
	ls_unlock(&ls_recording_lock);
	return id;
}

void ls_context_count_alloc(struct ls_context *c, uint64_t blocks, uint64_t bytes)
{
	c->allocations += blocks;
	c->allocated_bytes += bytes;
	uint32_t tick = ls_tick_read();
	if (c->last_tick != tick)
		c->last_tick = tick;
}

static LS_COLD void free_of_closed(struct ls_thread_state *t, uint32_t id, struct ls_context *c,
				   uint64_t blocks, uint64_t bytes, bool last)
{
	struct ls_path *p = ls_table_at(&ls_paths_table, c->path);
	__atomic_fetch_add(&p->outlived_freed_blocks, blocks, __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->outlived_freed_bytes, bytes, __ATOMIC_RELAXED);
	if (c->site) {
		struct ls_site *s = ls_table_at(&ls_sites_table, c->site);
		__atomic_fetch_add(&s->outlived_freed_blocks, blocks, __ATOMIC_RELAXED);
		__atomic_fetch_add(&s->outlived_freed_bytes, bytes, __ATOMIC_RELAXED);
	}
	if (!last || !ls_lock(&ls_recording_lock))
		return;
	if (c->state == CLOSED && !live_blocks(c) && c->adopter) {
		abandon(c); /* once */
		fold(id, c, t ? t->id : 0);
	}
	ls_unlock(&ls_recording_lock);
}

void ls_context_count_free(struct ls_thread_state *t, uint32_t id, uint64_t blocks, uint64_t bytes,
			   bool nested)
{
	struct ls_context *c = ls_context_at(id);
	if (ls_likely(!nested && c->thread == t->id && c->state == OPEN)) {
		c->frees += blocks;
		c->freed_bytes += bytes;
		return;
	}
	__atomic_fetch_add(&c->foreign_freed_bytes, bytes, __ATOMIC_ACQ_REL);
	uint64_t foreign = __atomic_add_fetch(&c->foreign_frees, blocks, __ATOMIC_ACQ_REL);
	if (__atomic_load_n(&c->state, __ATOMIC_ACQUIRE) == CLOSED)
		/* nested in a hook the lock may be this thread's own: the context then waits */
		free_of_closed(nested ? NULL : t, id, c, blocks, bytes,
			       !nested && c->allocations + c->moved_in ==
						  c->frees + c->moved_out + foreign);
}

struct ls_survivors
ls_context_close_all(struct ls_scope *scope, uint32_t self,
		     void (*each)(const struct ls_context *, uint64_t, uint64_t, void *), void *arg)
{
	struct ls_survivors sum = {0, 0};
	struct ls_path *p = ls_table_at(&ls_paths_table, scope->path);
	for (uint32_t id = scope->first_context, next; id; id = next) {
		struct ls_context *c = ls_context_at(id);
		next = c->next;
		index_remove(id, c);
		__atomic_store_n(&c->state, CLOSED, __ATOMIC_RELEASE);
		if (!live_blocks(c)) {
			fold(id, c, self);
			continue;
		}
		struct ls_survivors v = count_survivors(id, c, scope->parent);
		sum.blocks += v.blocks;
		sum.bytes += v.bytes;
		if (each)
			each(c, v.blocks, v.bytes, arg);
	}
	scope->first_context = 0;
	while (scope->first_adopted) { /* what its descendants left goes up too */
		uint32_t id = scope->first_adopted;
		struct ls_context *c = ls_context_at(id);
		abandon(c);
		adopt(id, c, scope->parent);
	}
	if (sum.blocks)
		p->closes_with_survivors++;
	return sum;
}

struct ls_survivors ls_context_live(const struct ls_scope *scope)
{
	struct ls_survivors sum = {0, 0};
	const uint32_t lists[] = {scope->first_context, scope->first_adopted};
	for (unsigned i = 0; i < 2; i++)
		for (uint32_t id = lists[i]; id; id = ls_context_at(id)->next) {
			sum.blocks += live_blocks(ls_context_at(id));
			sum.bytes += live_bytes(ls_context_at(id));
		}
	return sum;
}

uint32_t ls_context_for_scope(uint32_t id, uint32_t scope)
{
	const struct ls_context *c = ls_context_at(id);
	return intern(c->stack, scope, c->thread, c->memory);
}

void ls_context_moved(uint32_t from, uint32_t to, uint64_t bytes, uint32_t self)
{
	struct ls_context *a = ls_context_at(from), *b = ls_context_at(to);
	b->moved_in++;
	b->moved_in_bytes += bytes;
	a->moved_out++;
	a->moved_out_bytes += bytes;
	if (a->state != CLOSED)
		return;
	struct ls_path *p = ls_table_at(&ls_paths_table, a->path);
	__atomic_fetch_add(&p->outlived_freed_blocks, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->outlived_freed_bytes, bytes, __ATOMIC_RELAXED);
	if (!live_blocks(a) && a->adopter) {
		abandon(a);
		fold(from, a, self);
	}
}

bool ls_context_start(void)
{
	free_list = idle_list = ignored = 0;
	ls_zero(&sites, sizeof sites);
	contexts.mask = FIRST_INDEX - 1;
	contexts.used = 0;
	return index_new(FIRST_INDEX, &contexts.id);
}
