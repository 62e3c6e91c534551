/* SPDX-License-Identifier: MIT */
/*
 * See scan_internal.h: memory and handles of the CUDA driver, for the scan.  A copy of
 * their addresses is taken with that of the live table; the work on it finds out which
 * of them the program still has, and says so in their records, which are shared.
 *
 * The driver has lists of its own.  What it keeps in its libraries' data, in blocks that
 * these have allocated, and in device memory, tells nothing of the program.
 */
#include "context.h"
#include "depot.h"
#include "gpu_table.h"
#include "modules.h"
#include "recording.h"
#include "scan_internal.h"
#include "text.h"

#define SLACK 64u /* for what other threads make until they stop */
#define MOST_MODULES 32u
#define LEAST_POINTER 0x10000u /* a handle below is a number that may be anything */

/* ---- whose memory ---- */

static bool starts_with_any(const char *path, const char *const *names)
{
	const char *base = ls_basename(path);
	for (; *names; names++)
		if (ls_starts(base, *names))
			return true;
	return false;
}

static bool is_driver(const char *path)
{
	static const char *const names[] = {"libcuda.so", "libcudart.so", "libcudart-", "libnvidia",
					    NULL};
	return starts_with_any(path, names);
}

/* What allocates on behalf of its caller. */
static bool is_runtime(const char *path)
{
	static const char *const names[] = {"libc.so", "libstdc++.so", "libc++.so", NULL};
	return starts_with_any(path, names);
}

struct modules {
	struct ls_range driver[MOST_MODULES], runtime[MOST_MODULES];
	unsigned drivers, runtimes;
};

static void find_modules(struct modules *m)
{
	struct ls_module_info info;
	m->drivers = m->runtimes = 0;
	for (uint32_t id = 1; id < ls_modules_table.used; id++) {
		const struct ls_module *x = ls_table_at(&ls_modules_table, id);
		if (!x->state || x->unload_generation || !ls_module_find(x->start, &info))
			continue;
		if (is_driver(info.name) && m->drivers < MOST_MODULES)
			m->driver[m->drivers++] = (struct ls_range){info.start, info.end};
		else if (is_runtime(info.name) && m->runtimes < MOST_MODULES)
			m->runtime[m->runtimes++] = (struct ls_range){info.start, info.end};
	}
}

static bool in_any(const struct ls_range *r, unsigned count, uintptr_t address)
{
	for (unsigned i = 0; i < count; i++)
		if (address >= r[i].start && address < r[i].end)
			return true;
	return false;
}

/* The innermost frame that is not the C or C++ library's lies in the driver. */
static bool made_by_driver(const struct modules *m, const struct ls_stack *s)
{
	uint32_t i = 0;
	while (s && i < s->count && in_any(m->runtime, m->runtimes, s->pc[i] - 1))
		i++;
	return s && i < s->count && in_any(m->driver, m->drivers, s->pc[i] - 1);
}

/* None is made meanwhile: the recording's lock is held. */
static bool find_driver_contexts(struct ls_job *j)
{
	struct modules m;
	find_modules(&m);
	if (!m.drivers)
		return true;
	j->driver_context = ls_job_alloc(j, ls_contexts_table.used);
	if (!j->driver_context)
		return false;
	j->driver_contexts = ls_contexts_table.used;
	for (uint32_t id = 1; id < j->driver_contexts; id++) {
		const struct ls_context *c = ls_context_at(id);
		if (c->state && c->memory == LS_MEM_HOST)
			j->driver_context[id] = made_by_driver(&m, ls_depot_get(c->stack));
	}
	return true;
}

bool ls_scan_gpu_owns(const struct ls_job *j, const struct ls_region *r)
{
	struct ls_module_info m;
	/* anonymous memory of the program's may have been joined with it */
	return (ls_module_find(r->start, &m) && is_driver(m.name)) ||
	       (r->flags & (LS_SHARED | LS_FILE) && ls_seek_within(j, r->start, r->end));
}

/* ---- the copy ---- */

bool ls_scan_gpu_prepare(struct ls_job *j)
{
	uint32_t mapped = 0;
	if (ls_resources_table.used <= 1)
		return true;
	ls_gpu_mappings(&mapped);
	j->result_room = ls_resources_table.used + SLACK;
	j->sought_room = j->result_room + mapped + SLACK;
	j->result = ls_job_alloc(j, j->result_room * sizeof *j->result);
	j->sought = ls_job_alloc(j, j->sought_room * sizeof *j->sought);
	return j->result && j->sought && find_driver_contexts(j);
}

static void seek(struct ls_job *j, uint32_t result, enum ls_sought_layer layer, uint64_t start,
		 uint64_t size)
{
	if (j->sought_count < j->sought_room)
		j->sought[j->sought_count++] =
			(struct ls_sought){start, start + size, result, layer};
}

/* Where the program may have its address; -1: what there is of it is looked up elsewhere. */
static int layer_of(const struct ls_resource *r)
{
	switch (ls_context_at(r->context)->memory) {
	case LS_MEM_DEVICE:
	case LS_MEM_MANAGED:
	case LS_MEM_POOL:
	case LS_MEM_IPC:
	case LS_MEM_GRAPH: return LS_SOUGHT_MEMORY;
	case LS_MEM_PINNED: return LS_SOUGHT_PINNED;
	case LS_MEM_REGISTERED: return -1; /* a block of the host's, or part of one */
	case LS_MEM_VMM: return ls_gpu_handle_references(r) ? LS_SOUGHT_HANDLE : -1;
	default: return r->type == LS_RES_RESERVATION ? LS_SOUGHT_RESERVED : LS_SOUGHT_HANDLE;
	}
}

static struct ls_sought_result *result_of(struct ls_job *j, uint32_t record)
{
	uint32_t low = 0, high = j->result_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (j->result[middle].record < record)
			low = middle + 1;
		else
			high = middle;
	}
	return low < j->result_count && j->result[low].record == record ? &j->result[low] : NULL;
}

void ls_scan_gpu_copy(struct ls_job *j, bool with_mappings)
{
	uint32_t mapped = 0;
	j->sought_count = j->result_count = 0;
	for (uint32_t id = 1; id < ls_resources_table.used && j->result_count < j->result_room;
	     id++) {
		const struct ls_resource *r = ls_gpu_at(id);
		if (__atomic_load_n(&r->state, __ATOMIC_ACQUIRE) != LS_RESOURCE_LIVE)
			continue;
		uint32_t k = j->result_count++;
		int layer = layer_of(r);
		j->result[k] = (struct ls_sought_result){r->handle, id, r->birth, 0};
		if (layer < 0)
			continue;
		if (layer != LS_SOUGHT_HANDLE)
			seek(j, k, (enum ls_sought_layer)layer, r->handle, r->size ? r->size : 1);
		else if (r->handle >= LEAST_POINTER)
			seek(j, k, LS_SOUGHT_HANDLE, r->handle, 0);
	}
	const struct ls_gpu_mapping *m = with_mappings ? ls_gpu_mappings(&mapped) : NULL;
	for (uint32_t i = 0; i < mapped; i++) {
		const struct ls_sought_result *x = result_of(j, m[i].record);
		if (x)
			seek(j, (uint32_t)(x - j->result), LS_SOUGHT_MEMORY, m[i].address,
			     m[i].size);
	}
}

/* ---- what was found ---- */

void ls_scan_gpu_end(struct ls_job *j)
{
	/* not all were looked for: that was no address */
	for (uint32_t i = 0; i < j->sought_count; i++)
		j->result[j->sought[i].result].found |= LS_FOUND_SOUGHT;
	for (uint32_t i = 0; i < j->result_count; i++) {
		const struct ls_sought_result *x = &j->result[i];
		struct ls_resource *r = ls_gpu_at(x->record);
		if (!(x->found & LS_FOUND_SOUGHT) ||
		    __atomic_load_n(&r->state, __ATOMIC_ACQUIRE) != LS_RESOURCE_LIVE ||
		    r->handle != x->handle || r->birth != x->birth)
			continue;
		uint32_t flags = x->found & LS_FOUND ? LS_RESOURCE_HELD
				 : x->found & LS_FOUND_IN_LEAK
					 ? LS_RESOURCE_HELD | LS_RESOURCE_HELD_BY_LEAK
					 : 0;
		__atomic_store_n(&r->scan, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&r->flags, flags, __ATOMIC_RELEASE);
		__atomic_store_n(&r->scan, j->scan->number, __ATOMIC_RELEASE);
	}
}
