/* SPDX-License-Identifier: MIT */
/* See scope.h.  Relies on recording, context and uthash (paths by name: off the hot path). */
#include "scope.h"

#include "context.h"
#include "live.h"
#include "note.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "scope_report.h"
#include "text.h"
#include "totals.h"

/* uthash's memory is the shim's own; running out of it must not end the host. */
#define uthash_malloc(size) ls_mem_alloc(size)
#define uthash_free(p, size) ls_mem_free((p), (size))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->id = 0)
#include <uthash.h>

enum { OPEN = 1, CLOSED = 2 };
#define MAX_NAME 200u
#define MAX_CHILDREN 10000u
#define CLOSE_RING 1024u
#define MAX_DEPTH 256u /* of ranges: a program may push and never pop */

struct path_entry {
	UT_hash_handle hh;
	uint32_t id, children;
	uint32_t key_length;
	struct {
		uint32_t parent;
		char name[MAX_NAME + 1];
	} key;
};
static struct path_entry *paths;
static struct path_entry **by_id; /* path id -> entry */
static uint32_t by_id_size;
/* Closed records wait in line, oldest first, so that stale handles find their ancestors. */
static uint32_t free_first, free_last, free_count; /* through ls_scope.next_sibling */
#define QUARANTINE 256u
static uint64_t next_serial = 1;
uint32_t ls_scope_closes = 1;

static struct ls_scope *at(uint32_t id)
{
	return ls_table_at(&ls_scopes_table, id);
}

static ls_handle handle_of(uint32_t id)
{
	return at(id)->serial << 32 | id;
}

/* The record of a handle if it is open; 0 else. */
static uint32_t open_id(ls_handle h)
{
	uint32_t id = (uint32_t)h;
	if (id == 0 || id >= ls_scopes_table.used)
		return 0;
	return at(id)->state == OPEN && (uint32_t)at(id)->serial == (uint32_t)(h >> 32) ? id : 0;
}

/* The scope itself or its nearest open ancestor; 0 when its record is somebody else's by now. */
static uint32_t nearest_open(uint32_t id, uint32_t serial)
{
	while (id && id < ls_scopes_table.used) {
		const struct ls_scope *s = at(id);
		if ((uint32_t)s->serial != serial)
			return 0;
		if (s->state == OPEN)
			return id;
		serial = s->parent_serial;
		id = s->parent;
	}
	return 0;
}

/* ---- paths ---- */

static size_t escape(const char *name, char *out)
{
	size_t n = 0;
	if (!name || !*name)
		name = "unnamed";
	for (; *name && n + 3 < MAX_NAME; name++) {
		unsigned char c = (unsigned char)*name;
		if (c == '/' || c == '%' || c < 0x20 || c == 0x7f) {
			out[n++] = '%';
			out[n++] = "0123456789ABCDEF"[c >> 4];
			out[n++] = "0123456789ABCDEF"[c & 15];
		} else {
			out[n++] = (char)c;
		}
	}
	out[n] = 0;
	return n;
}

static struct path_entry *path_lookup(uint32_t parent, const char *name, size_t length)
{
	struct path_entry *e = NULL, probe;
	probe.key.parent = parent;
	ls_copy(probe.key.name, name, length);
	HASH_FIND(hh, paths, &probe.key, sizeof parent + length, e);
	return e;
}

static bool by_id_put(struct path_entry *e)
{
	if (e->id >= by_id_size) {
		uint32_t size = by_id_size ? by_id_size * 2 : 32;
		struct path_entry **fresh = ls_mem_alloc(size * sizeof(struct path_entry *));
		if (!fresh)
			return false;
		if (by_id_size)
			ls_copy(fresh, by_id, by_id_size * sizeof(struct path_entry *));
		ls_mem_free(by_id, by_id_size * sizeof(struct path_entry *));
		by_id = fresh;
		by_id_size = size;
	}
	by_id[e->id] = e;
	return true;
}

static struct path_entry *path_add(uint32_t parent, const char *name, size_t length, uint32_t kind)
{
	struct ls_path *p;
	struct path_entry *e = ls_mem_alloc(sizeof *e);
	uint32_t id = e ? ls_table_add(&ls_paths_table, (void **)&p) : 0;
	if (!id) {
		ls_mem_free(e, sizeof *e);
		return NULL;
	}
	p->parent = parent;
	p->name = ls_string_add_n(name, length);
	p->kind = kind;
	p->first_opened_tick = ls_header->tick;
	__atomic_store_n(&p->state, 1, __ATOMIC_RELEASE);
	e->id = id;
	e->key.parent = parent;
	ls_copy(e->key.name, name, length);
	e->key_length = (uint32_t)(sizeof parent + length);
	HASH_ADD_KEYPTR(hh, paths, &e->key, e->key_length, e);
	return e->id && by_id_put(e) ? e : NULL;
}

/* Path id of NAME under PARENT, by name; 0: no memory. */
static uint32_t path_of(uint32_t parent, const char *raw, uint32_t kind)
{
	char name[MAX_NAME + 1];
	size_t length = escape(raw, name);
	struct path_entry *e = path_lookup(parent, name, length);
	if (e)
		return e->id;
	struct path_entry *up = parent < by_id_size ? by_id[parent] : NULL;
	if (up && up->children >= MAX_CHILDREN) {
		ls_note(LS_NOTE_WARNING,
			"more than 10000 scope names under one parent: the others are "
			"counted together as \"*\"; give scopes names that repeat");
		e = path_lookup(parent, "*", 1);
		if (!e)
			e = path_add(parent, "*", 1, kind);
		return e ? e->id : 0;
	}
	e = path_add(parent, name, length, kind);
	if (e && up)
		up->children++;
	return e ? e->id : 0;
}

void ls_scope_path_text(uint32_t path, struct ls_text *out)
{
	uint32_t chain[64] = {0}, n = 0;
	for (uint32_t id = path; id > 1 && n < 64; n++) {
		chain[n] = id;
		id = ((struct ls_path *)ls_table_at(&ls_paths_table, id))->parent;
	}
	if (!n)
		ls_text_add(out, "/");
	while (n--) {
		const struct path_entry *e = chain[n] < by_id_size ? by_id[chain[n]] : NULL;
		ls_text_add(out, "/");
		if (e)
			ls_text_add_n(out, e->key.name, e->key_length - sizeof e->key.parent);
	}
}

/* ---- opening ---- */

static uint32_t new_scope(uint32_t parent, const char *name, uint32_t kind, uint32_t thread,
			  uint32_t stack)
{
	struct ls_scope *s;
	uint32_t path = path_of(at(parent)->path, name, kind), id;
	if (!path)
		return 0;
	if (free_count > QUARANTINE) {
		id = free_first;
		s = at(id);
		free_first = s->next_sibling;
		free_count--;
		ls_zero(s, sizeof *s);
	} else {
		id = ls_table_add(&ls_scopes_table, (void **)&s);
		if (!id)
			return 0;
	}
	struct ls_scope *up = at(parent);
	struct ls_path *p = ls_table_at(&ls_paths_table, path);
	s->parent = parent;
	s->parent_serial = (uint32_t)up->serial;
	s->path = path;
	/* 32 bits of it are in handles: 0 is the root's */
	s->serial = next_serial++ & 0xffffffffu;
	s->opened_tick = ls_header->tick;
	s->thread = thread;
	s->stack = stack;
	s->next_sibling = up->first_child;
	if (up->first_child)
		at(up->first_child)->previous_sibling = id;
	up->first_child = id;
	p->instances++;
	p->open_instances++;
	ls_header->scopes_opened++;
	__atomic_store_n(&s->state, OPEN, __ATOMIC_RELEASE);
	return id;
}

uint32_t ls_scope_find_active(struct ls_thread_state *t)
{
	uint32_t epoch = __atomic_load_n(&ls_scope_closes, __ATOMIC_ACQUIRE), id = LS_ROOT_SCOPE;
	while (t->entered_count) {
		const struct ls_entered *e = &t->entered[t->entered_count - 1];
		uint32_t open = nearest_open(e->scope, (uint32_t)e->serial);
		if (open) {
			id = open;
			break;
		}
		t->entered_count--; /* closed long ago: what was entered before it, at last the root */
	}
	t->scope = id;
	t->scope_epoch = epoch;
	return id;
}

static bool more_room(struct ls_thread_state *t)
{
	uint32_t room = t->entered_room * 2;
	struct ls_entered *fresh = ls_mem_alloc(room * sizeof *fresh);
	if (!fresh)
		return false;
	ls_copy(fresh, t->entered, t->entered_count * sizeof *fresh);
	if (t->entered != t->entered_first)
		ls_mem_free(t->entered, t->entered_room * sizeof *fresh);
	t->entered = fresh;
	t->entered_room = room;
	return true;
}

/*
 * Scopes that others have closed stay in the list: those that stand for the same
 * open one as what lies below them change nothing.  True if that makes much room.
 */
static bool squeeze(struct ls_thread_state *t)
{
	uint32_t below = LS_ROOT_SCOPE, n = 0;
	for (uint32_t i = 0; i < t->entered_count; i++) {
		struct ls_entered e = t->entered[i];
		uint32_t open = nearest_open(e.scope, (uint32_t)e.serial);
		if (!open || (open != e.scope && open == below))
			continue;
		below = open;
		t->entered[n++] = e;
	}
	t->entered_count = n;
	return n <= t->entered_room / 2;
}

static void enter(struct ls_thread_state *t, uint32_t id)
{
	if (t->entered_count == t->entered_room && !squeeze(t) && !more_room(t) &&
	    t->entered_count == t->entered_room) {
		ls_note(LS_NOTE_WARNING,
			"no memory to enter a scope: it was opened, but not made active");
		return;
	}
	t->entered[t->entered_count++] = (struct ls_entered){id, at(id)->serial};
	t->scope = id;
	t->scope_epoch = ls_scope_closes;
}

ls_handle ls_scope_open(struct ls_thread_state *t, const char *name, uint32_t stack)
{
	ls_handle h = 0;
	if (!ls_lock(&ls_recording_lock))
		return 0;
	uint32_t id = new_scope(ls_scope_active(t), name, LS_SCOPE_USER, t->id, stack);
	if (id) {
		enter(t, id);
		h = handle_of(id);
	}
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	return h;
}

ls_handle ls_scope_new(struct ls_thread_state *t, ls_handle parent, const char *name, uint32_t kind,
		       uint32_t stack)
{
	if (kind == LS_SCOPE_PROCESS || kind > LS_SCOPE_NVTX)
		kind = LS_SCOPE_USER;
	if (!ls_lock(&ls_recording_lock))
		return 0;
	uint32_t up = parent ? nearest_open((uint32_t)parent, (uint32_t)(parent >> 32)) : 0;
	uint32_t id = new_scope(up ? up : LS_ROOT_SCOPE, name, kind, t->id, stack);
	ls_handle h = id ? handle_of(id) : 0;
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	return h;
}

static bool too_deep(uint32_t path)
{
	uint32_t depth = 0;
	for (; path && depth < MAX_DEPTH; depth++)
		path = ((struct ls_path *)ls_table_at(&ls_paths_table, path))->parent;
	if (depth < MAX_DEPTH)
		return false;
	ls_note(LS_NOTE_WARNING, "NVTX ranges are nested more than 250 deep (are there pushes "
				 "without a pop?): the inner ones are no scopes of their own");
	return true;
}

ls_handle ls_scope_open_range(struct ls_thread_state *t, const char *name, bool started,
			      uint32_t stack)
{
	ls_handle h = 0;
	if (!ls_lock(&ls_recording_lock))
		return 0;
	uint32_t parent = ls_scope_active(t), id = 0;
	/* they may overlap in any way: nested they would make ever longer paths */
	while (started && at(parent)->started)
		parent = at(parent)->parent;
	if (!too_deep(at(parent)->path))
		id = new_scope(parent, name, LS_SCOPE_NVTX, t->id, stack);
	if (id) {
		at(id)->started = started;
		enter(t, id);
		h = handle_of(id);
	}
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	return h;
}

void ls_scope_enter(struct ls_thread_state *t, ls_handle scope)
{
	if (!ls_lock(&ls_recording_lock))
		return;
	uint32_t id = open_id(scope);
	if (id)
		enter(t, id);
	ls_unlock(&ls_recording_lock);
}

static void drop_entered(struct ls_thread_state *t, uint32_t id, uint64_t serial)
{
	for (uint32_t i = t->entered_count; i-- > 0;)
		if (t->entered[i].scope == id && t->entered[i].serial == serial) {
			for (uint32_t k = i + 1; k < t->entered_count; k++)
				t->entered[k - 1] = t->entered[k];
			t->entered_count--;
			t->scope_epoch = 0; /* look it up again */
			return;
		}
}

void ls_scope_leave(struct ls_thread_state *t, ls_handle scope)
{
	if (ls_lock(&ls_recording_lock)) {
		drop_entered(t, (uint32_t)scope, scope >> 32);
		ls_unlock(&ls_recording_lock);
	}
}

/* ---- closing ---- */

static void record_close(const struct ls_scope *s, struct ls_survivors v, uint32_t reason)
{
	static uint64_t number;
	struct ls_close *c;
	uint32_t id;
	if (ls_closes_table.used <= 1)
		number = 0;
	if (ls_closes_table.used <= CLOSE_RING)
		id = ls_table_add(&ls_closes_table, (void **)&c);
	else
		c = ls_table_at(&ls_closes_table, id = 1 + (uint32_t)(number % CLOSE_RING));
	if (!id)
		return;
	__atomic_store_n(&c->state, 0, __ATOMIC_RELEASE);
	c->path = s->path;
	c->serial = s->serial;
	c->number = number++;
	c->tick = ls_header->tick;
	c->reason = reason;
	c->blocks = v.blocks;
	c->bytes = v.bytes;
	__atomic_store_n(&c->state, 1, __ATOMIC_RELEASE);
}

static void close_one(uint32_t id, uint32_t self, uint32_t reason)
{
	struct ls_scope *s = at(id);
	struct ls_path *p = ls_table_at(&ls_paths_table, s->path);
	s->closed_tick = ls_header->tick;
	__atomic_store_n(&s->state, CLOSED, __ATOMIC_RELEASE);
	struct ls_survivors v = ls_context_close_all(s, self, ls_scope_report_add, NULL);
	if (v.blocks) {
		record_close(s, v, reason);
		ls_scope_report_close(s->path, reason, v);
	}
	p->open_instances--;
	p->last_closed_tick = ls_header->tick;
	if (s->previous_sibling)
		at(s->previous_sibling)->next_sibling = s->next_sibling;
	else if (s->parent)
		at(s->parent)->first_child = s->next_sibling;
	if (s->next_sibling)
		at(s->next_sibling)->previous_sibling = s->previous_sibling;
	/* contexts with survivors know their path: the record itself can go */
	s->state = 0;
	s->next_sibling = 0;
	if (free_count++)
		at(free_last)->next_sibling = id;
	else
		free_first = id;
	free_last = id;
}

/* Children first, the newest of them first; without recursion: trees may be deep. */
static void close_tree(uint32_t top, uint32_t self, uint32_t reason)
{
	uint32_t id = top;
	for (;;) {
		while (at(id)->first_child)
			id = at(id)->first_child;
		uint32_t up = at(id)->parent;
		bool last = id == top;
		close_one(id, self, last || reason == LS_CLOSE_EXIT ? reason : LS_CLOSE_PARENT);
		if (last)
			return;
		id = up;
	}
}

/* The children of a scope become their grandparent's; their paths stay what they were. */
static void move_children_up(uint32_t id)
{
	struct ls_scope *s = at(id), *up = at(s->parent);
	uint32_t last = 0;
	for (uint32_t c = s->first_child; c; c = at(c)->next_sibling) {
		at(c)->parent = s->parent;
		at(c)->parent_serial = (uint32_t)up->serial;
		last = c;
	}
	if (!last)
		return;
	at(last)->next_sibling = up->first_child;
	if (up->first_child)
		at(up->first_child)->previous_sibling = last;
	up->first_child = s->first_child;
	s->first_child = 0;
}

static void end_range(struct ls_thread_state *t, ls_handle range)
{
	uint32_t id = open_id(range);
	if (!id || id == LS_ROOT_SCOPE)
		return;
	drop_entered(t, id, at(id)->serial);
	__atomic_fetch_add(&ls_scope_closes, 1, __ATOMIC_ACQ_REL);
	move_children_up(id);
	close_one(id, t->id, LS_CLOSE_EXPLICIT);
}

void ls_scope_end_range(struct ls_thread_state *t, ls_handle range)
{
	if (!ls_lock(&ls_recording_lock))
		return;
	end_range(t, range);
	ls_note_flush();
	struct ls_scope_report *reports = ls_scope_report_take();
	ls_unlock(&ls_recording_lock);
	ls_scope_report_write(reports);
}

void ls_scope_end_pushed(struct ls_thread_state *t)
{
	while (t->pushed_count)
		end_range(t, t->pushed[--t->pushed_count].scope);
	t->pushed_over = 0;
}

void ls_scope_close(struct ls_thread_state *t, ls_handle scope)
{
	if (!ls_lock(&ls_recording_lock))
		return;
	uint32_t id = open_id(scope);
	if (id && id != LS_ROOT_SCOPE) {
		drop_entered(t, id, at(id)->serial);
		__atomic_fetch_add(&ls_scope_closes, 1, __ATOMIC_ACQ_REL);
		close_tree(id, t->id, LS_CLOSE_EXPLICIT);
	}
	ls_note_flush();
	struct ls_scope_report *reports = ls_scope_report_take();
	ls_unlock(&ls_recording_lock);
	ls_scope_report_write(reports);
}

void ls_scope_close_at_exit(struct ls_thread_state *t)
{
	if (!ls_lock(&ls_recording_lock))
		return;
	__atomic_fetch_add(&ls_scope_closes, 1, __ATOMIC_ACQ_REL);
	while (at(LS_ROOT_SCOPE)->first_child)
		close_tree(at(LS_ROOT_SCOPE)->first_child, t->id, LS_CLOSE_EXIT);
	struct ls_scope_report *reports = ls_scope_report_take();
	ls_unlock(&ls_recording_lock);
	ls_scope_report_write(reports);
}

/* ---- moving, asking ---- */

void ls_scope_retag(struct ls_thread_state *t, uintptr_t block, ls_handle scope)
{
	struct ls_block b;
	if (!ls_lock(&ls_recording_lock))
		return;
	uint32_t to =
		scope ? nearest_open((uint32_t)scope, (uint32_t)(scope >> 32)) : LS_ROOT_SCOPE;
	if (!to)
		to = LS_ROOT_SCOPE;
	if (ls_live_find(block, &b) && ls_context_at(b.context)->scope != to &&
	    ls_context_at(b.context)->memory != LS_MEM_IGNORED) {
		uint32_t context = ls_context_for_scope(b.context, to);
		if (context && ls_live_set_context(block, context)) {
			ls_context_moved(b.context, context, b.size, t->id);
			uint32_t from_path = ls_context_at(b.context)->path;
			uint32_t to_path = ls_context_at(context)->path;
			ls_totals_move(t, from_path, to_path, (int64_t)b.size);
		}
	}
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
}

uint64_t ls_scope_live_bytes(ls_handle scope)
{
	uint64_t bytes = 0;
	if (!ls_lock(&ls_recording_lock))
		return 0;
	uint32_t top = scope ? open_id(scope) : LS_ROOT_SCOPE, id = top;
	while (id) {
		bytes += ls_context_live(at(id)).bytes;
		/* next in depth-first order below TOP */
		if (at(id)->first_child) {
			id = at(id)->first_child;
			continue;
		}
		while (id != top && !at(id)->next_sibling)
			id = at(id)->parent;
		id = id == top ? 0 : at(id)->next_sibling;
	}
	ls_unlock(&ls_recording_lock);
	return bytes;
}

uint32_t ls_scope_inherit(struct ls_thread_state *t, struct ls_entered *chain, uint32_t capacity)
{
	uint32_t ids[LS_SCOPE_DEPTH], n = 0;
	if (!ls_lock(&ls_recording_lock))
		return 0;
	if (capacity > LS_SCOPE_DEPTH / 2)
		capacity = LS_SCOPE_DEPTH / 2; /* room for the thread's own */
	for (uint32_t id = ls_scope_active(t); id != LS_ROOT_SCOPE && n < capacity;
	     id = at(id)->parent)
		ids[n++] = id;
	for (uint32_t i = 0; i < n; i++)
		chain[i] = (struct ls_entered){ids[n - 1 - i], at(ids[n - 1 - i])->serial};
	ls_unlock(&ls_recording_lock);
	return n;
}

bool ls_scope_start(bool forked)
{
	struct ls_scope *s;
	struct path_entry *e;
	paths = NULL; /* the memory they were in is gone or the parent's */
	by_id = NULL;
	by_id_size = 0;
	ls_scope_report_reset();
	free_first = free_last = free_count = 0;
	if (!forked)
		next_serial = 1;
	e = path_add(0, "", 0, LS_SCOPE_PROCESS);
	if (!e || !ls_table_add(&ls_scopes_table, (void **)&s))
		return false;
	s->path = e->id;
	s->state = OPEN;
	struct ls_path *p = ls_table_at(&ls_paths_table, e->id);
	p->instances = p->open_instances = 1;
	return true;
}
