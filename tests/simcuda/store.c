/* SPDX-License-Identifier: MIT */
/* Memory of the driver's own and its table of handles.  Under the driver's lock. */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim.h"

/* By plain system calls: a tracker of mmap is not to see the driver's memory. */
void *sim_map(size_t bytes)
{
	long p = syscall(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == -1 ? NULL : (void *)p;
}

void sim_unmap(void *p, size_t bytes)
{
	syscall(SYS_munmap, p, bytes);
}

/* Small memory: lists of free pieces of 2^n bytes, each with its n in the 16 in front of it. */
enum { FRONT = 16, SMALLEST = 5, LARGEST = 26, CHUNK = 1 << 20 };
struct piece {
	_Alignas(FRONT) uint64_t size_class;
	struct piece *next; /* when free */
};
static struct piece *free_pieces[LARGEST + 1];
static unsigned char *chunk, *chunk_end;

void *sim_keep(size_t bytes)
{
	unsigned class = SMALLEST;
	while (class <= LARGEST && ((size_t)1 << class) < bytes + FRONT)
		class ++;
	if (class > LARGEST)
		return NULL;
	size_t size = (size_t)1 << class;
	struct piece *p = free_pieces[class];
	if (p) {
		free_pieces[class] = p->next;
	} else if (size >= CHUNK) {
		p = sim_map(size);
	} else {
		if ((size_t)(chunk_end - chunk) < size) {
			chunk = sim_map(CHUNK);
			chunk_end = chunk ? chunk + CHUNK : NULL;
		}
		p = (struct piece *)chunk;
		if (chunk)
			chunk += size;
	}
	if (!p)
		return NULL;
	p->size_class = class;
	p->next = NULL; /* the rest is zero: it is new, or sim_drop has seen to it */
	return (unsigned char *)p + FRONT;
}

void sim_drop(void *memory)
{
	if (!memory)
		return;
	struct piece *p = (struct piece *)((unsigned char *)memory - FRONT);
	/* Addresses that were in it are not to be found there any more. */
	memset(memory, 0, ((size_t)1 << p->size_class) - FRONT);
	p->next = free_pieces[p->size_class];
	free_pieces[p->size_class] = p;
}

void *sim_copy(const void *p, size_t bytes)
{
	void *copy = p ? sim_keep(bytes ? bytes : 1) : NULL;
	if (copy && bytes)
		memcpy(copy, p, bytes);
	return copy;
}

char *sim_string(const char *s)
{
	return sim_copy(s, s ? strlen(s) + 1 : 0);
}

/*
 * Handles are addresses of slots.  A slot is used again at once, as NVIDIA's driver uses
 * its addresses again.
 */
enum { SLOTS = 1 << 20 };
static struct sim_object *slots;
static uint32_t slots_used = 1, free_slot;

uint32_t sim_slot(const struct sim_object *object)
{
	return object ? (uint32_t)(object - slots) : 0;
}

struct sim_object *sim_at(uint32_t slot)
{
	return slot && slot < slots_used && slots[slot].kind ? &slots[slot] : NULL;
}

struct sim_object *sim_next(uint32_t after, enum sim_kind kind)
{
	for (uint32_t i = after + 1; i < slots_used; i++) {
		if (slots[i].kind == kind)
			return &slots[i];
	}
	return NULL;
}

struct sim_object *sim_new(enum sim_kind kind, const struct sim_object *context)
{
	if (!slots)
		slots = sim_map(SLOTS * sizeof *slots);
	if (!slots || (!free_slot && slots_used == SLOTS))
		return NULL;
	uint32_t slot = free_slot;
	if (slot)
		free_slot = slots[slot].next;
	else
		slot = slots_used++;
	struct sim_object *o = &slots[slot];
	memset(o, 0, sizeof *o);
	o->kind = kind;
	o->device = context ? context->device : -1;
	o->ctx = sim_slot(context);
	o->refs = 1;
	o->id = sim_id();
	return o;
}

struct sim_object *sim_peek(const void *handle)
{
	uintptr_t from = (uintptr_t)slots, at = (uintptr_t)handle;
	if (!slots || at <= from || at >= from + slots_used * sizeof *slots ||
	    (at - from) % sizeof *slots)
		return NULL;
	struct sim_object *o = &slots[(at - from) / sizeof *slots];
	return o->kind && !o->dying ? o : NULL;
}

struct sim_object *sim_find(const void *handle, enum sim_kind kind)
{
	struct sim_object *o = sim_peek(handle);
	if (o && o->kind == kind)
		return o;
	sim_account_error();
	return NULL;
}

void sim_count_new(const struct sim_object *o)
{
	struct sim_entry e = {.handle = (uintptr_t)o,
			      .bytes = o->bytes,
			      .context = (uintptr_t)sim_context_handle(o->ctx),
			      .device = o->device};
	sim_account_create(o->kind, &e);
}

static void drop_kept(struct sim_object *o)
{
	switch (o->kind) {
	case SIM_EVENT: sim_drop(o->event.heads); break;
	case SIM_LINK: sim_drop(o->link.image); break;
	case SIM_TEXTURE:
	case SIM_SURFACE:
		sim_drop(o->texture.resource);
		sim_drop(o->texture.texture);
		sim_drop(o->texture.view);
		break;
	case SIM_EXTMEM:
	case SIM_EXTSEM:
		if (o->external.fd >= 0)
			close(o->external.fd);
		break;
	default: break;
	}
}

void sim_delete(struct sim_object *o, const char *how)
{
	if (how && o->kind < SIM_COUNTED)
		sim_account_release(o->kind, (uintptr_t)o, o->bytes, how);
	drop_kept(o);
	o->kind = SIM_NONE;
	o->next = free_slot;
	free_slot = sim_slot(o);
}
