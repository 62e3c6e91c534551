/* SPDX-License-Identifier: MIT */
/* See plain_report.h.  Relies on recording, live, depot and modules; no allocation but mmap. */
#include "plain_report.h"

#include <fcntl.h>

#include "context.h"
#include "depot.h"
#include "glue.h"
#include "gpu_table.h"
#include "live.h"
#include "modules.h"
#include "recording.h"
#include "scope.h"
#include "text.h"

#define MOST_FRAMES 24u
#define MOST_LEAKS 100u

void ls_plain_amount(struct ls_text *out, uint64_t blocks, uint64_t bytes)
{
	ls_text_number(out, blocks);
	ls_text_add(out, blocks == 1 ? " block, " : " blocks, ");
	ls_text_number(out, bytes);
	ls_text_add(out, bytes == 1 ? " byte" : " bytes");
}

void ls_plain_amount_of(struct ls_text *out, uint32_t memory, uint64_t blocks, uint64_t bytes)
{
	static const char *const names[LS_MEM_COUNT] = {
		[LS_MEM_DEVICE] = " of device memory",
		[LS_MEM_PINNED] = " of pinned memory",
		[LS_MEM_MANAGED] = " of managed memory",
		[LS_MEM_VMM] = " of device memory (VMM)",
		[LS_MEM_POOL] = " of device memory (pool)",
		[LS_MEM_ARRAY] = " of device memory (arrays)",
		[LS_MEM_REGISTERED] = " of registered memory",
		[LS_MEM_IPC] = " of memory shared by another process",
		[LS_MEM_GRAPH] = " of device memory (graph)",
	};
	if (memory == LS_MEM_HANDLE) {
		ls_text_number(out, blocks);
		ls_text_add(out, blocks == 1 ? " handle" : " handles");
		return;
	}
	ls_plain_amount(out, blocks, bytes);
	if (memory < LS_MEM_COUNT && names[memory])
		ls_text_add(out, names[memory]);
}

/* The function of the driver that made a resource; NULL: unknown. */
static const char *call_of(uint32_t type)
{
	static const char *const names[LS_RES_COUNT] = {
		[LS_RES_ALLOC] = "cuMemAlloc",
		[LS_RES_ALLOC_PITCH] = "cuMemAllocPitch",
		[LS_RES_ALLOC_MANAGED] = "cuMemAllocManaged",
		[LS_RES_ALLOC_ASYNC] = "cuMemAllocAsync",
		[LS_RES_ALLOC_POOL] = "cuMemAllocFromPoolAsync",
		[LS_RES_POOL_POINTER] = "cuMemPoolImportPointer",
		[LS_RES_ALLOC_HOST] = "cuMemAllocHost",
		[LS_RES_HOST_ALLOC] = "cuMemHostAlloc",
		[LS_RES_HOST_REGISTER] = "cuMemHostRegister",
		[LS_RES_VMM] = "cuMemCreate",
		[LS_RES_RESERVATION] = "cuMemAddressReserve",
		[LS_RES_POOL] = "cuMemPoolCreate",
		[LS_RES_ARRAY] = "cuArrayCreate",
		[LS_RES_MIPMAP] = "cuMipmappedArrayCreate",
		[LS_RES_EXTERNAL_MEMORY] = "cuImportExternalMemory",
		[LS_RES_EXTERNAL_SEMAPHORE] = "cuImportExternalSemaphore",
		[LS_RES_EXTERNAL_BUFFER] = "cuExternalMemoryGetMappedBuffer",
		[LS_RES_EXTERNAL_MIPMAP] = "cuExternalMemoryGetMappedMipmappedArray",
		[LS_RES_IPC] = "cuIpcOpenMemHandle",
		[LS_RES_CONTEXT] = "cuCtxCreate",
		[LS_RES_GREEN_CONTEXT] = "cuGreenCtxCreate",
		[LS_RES_PRIMARY_CONTEXT] = "cuDevicePrimaryCtxRetain",
		[LS_RES_STREAM] = "cuStreamCreate",
		[LS_RES_EVENT] = "cuEventCreate",
		[LS_RES_MODULE] = "cuModuleLoad",
		[LS_RES_LIBRARY] = "cuLibraryLoad",
		[LS_RES_LINK] = "cuLinkCreate",
		[LS_RES_TEXTURE] = "cuTexObjectCreate",
		[LS_RES_SURFACE] = "cuSurfObjectCreate",
		[LS_RES_GRAPH] = "cuGraphCreate",
		[LS_RES_GRAPH_EXEC] = "cuGraphInstantiate",
		[LS_RES_GRAPH_MEMORY] = "cuGraphLaunch",
	};
	return type < LS_RES_COUNT ? names[type] : NULL;
}

static const struct ls_module *module_of(uintptr_t address, uint32_t generation)
{
	for (uint32_t id = 1; id < ls_modules_table.used; id++) {
		const struct ls_module *m = ls_table_at(&ls_modules_table, id);
		if (m->state && address >= m->start && address < m->end &&
		    m->load_generation <= generation &&
		    (!m->unload_generation || generation < m->unload_generation))
			return m;
	}
	return NULL;
}

/* Strings are in chunks; a report is no place to search them: paths of loaded modules only. */
static void add_frame(struct ls_text *out, uintptr_t pc, uint32_t generation)
{
	struct ls_module_info info;
	uintptr_t offset;
	const struct ls_module *m = module_of(pc - 1, generation);
	const char *name = m && !m->unload_generation ? ls_module_symbol(pc - 1, &offset) : NULL;
	if (name) {
		ls_text_add(out, name);
		ls_text_add(out, "+0x");
		ls_text_hex(out, offset + 1);
		ls_text_add(out, "  ");
	}
	if (m && !m->unload_generation && ls_module_find(pc - 1, &info)) {
		ls_text_add(out, *info.name ? ls_basename(info.name) : "program");
		ls_text_add(out, "+0x");
		ls_text_hex(out, pc - m->bias);
	} else {
		ls_text_add(out, "0x");
		ls_text_hex(out, pc);
	}
}

void ls_plain_frames(struct ls_text *out, const struct ls_stack *stack, const char *indent)
{
	for (uint32_t i = 0; stack && i < stack->count && i < MOST_FRAMES; i++) {
		const struct ls_module *m = module_of(stack->pc[i] - 1, stack->load_generation);
		if (m && m->is_shim)
			continue;
		ls_text_add(out, indent);
		add_frame(out, stack->pc[i], stack->load_generation);
		ls_text_add(out, "\n");
	}
}

/* TYPE: of a resource, 0 for host memory; with RECLAIMED where the driver took it back. */
#define RECLAIMED 0x10000u
struct leak {
	uint32_t stack, path, memory, type;
	uint64_t blocks, bytes;
};
struct leaks {
	struct leak *at;
	uint32_t count, capacity;
	uint64_t blocks[LS_MEM_COUNT], bytes[LS_MEM_COUNT];
};

static void add(struct leaks *l, const struct ls_context *c, uint32_t type, uint64_t size)
{
	if (c->memory >= LS_MEM_IGNORED)
		return;
	l->blocks[c->memory]++;
	l->bytes[c->memory] += size;
	/* open addressing on the stack id; full means the rest is only in the sums */
	for (uint32_t i = 0; i < l->capacity; i++) {
		struct leak *k = &l->at[(c->stack * 0x9e3779b1u + c->path + i) % l->capacity];
		if (k->blocks && (k->stack != c->stack || k->path != c->path ||
				  k->memory != c->memory || k->type != type))
			continue;
		if (!k->blocks && l->count * 4 > l->capacity * 3)
			return;
		l->count += !k->blocks;
		k->stack = c->stack;
		k->path = c->path;
		k->memory = c->memory;
		k->type = type;
		k->blocks++;
		k->bytes += size;
		return;
	}
}

static void add_block(const struct ls_live *e, void *arg)
{
	add(arg, ls_context_at(e->context), 0, ls_live_size(e));
}

static void add_resources(struct leaks *l)
{
	for (uint32_t id = 1; id < ls_resources_table.used; id++) {
		const struct ls_resource *r = ls_gpu_at(id);
		/* nearly every program leaves this to the driver */
		if (r->state && r->type != LS_RES_PRIMARY_CONTEXT)
			add(l, ls_context_at(r->context),
			    r->type | (r->state == LS_RESOURCE_RECLAIMED ? RECLAIMED : 0), r->size);
	}
}

static void write_sums(struct ls_text *t, const struct leaks *l)
{
	ls_text_add(t, "leakscope: not freed: ");
	ls_plain_amount(t, l->blocks[LS_MEM_HOST], l->bytes[LS_MEM_HOST]);
	for (uint32_t m = LS_MEM_HOST + 1; m < LS_MEM_IGNORED; m++)
		if (l->blocks[m]) {
			ls_text_add(t, "\n                      ");
			ls_plain_amount_of(t, m, l->blocks[m], l->bytes[m]);
		}
	ls_text_add(t, "\n(plain form: the leakscope command was not found; it gives files and "
		       "lines)\n");
}

static void write_leak(struct ls_text *t, const struct leak *k)
{
	const char *call = call_of(k->type & ~RECLAIMED);
	ls_text_add(t, "\n");
	ls_plain_amount_of(t, k->memory, k->blocks, k->bytes);
	ls_text_add(t, "  scope ");
	ls_scope_path_text(k->path, t);
	if (k->type & RECLAIMED)
		ls_text_add(t, "  reclaimed with its context");
	ls_text_add(t, "\n");
	if (call) {
		ls_text_add(t, "    ");
		ls_text_add(t, call);
		ls_text_add(t, "\n");
	}
	ls_plain_frames(t, ls_depot_get(k->stack), "    ");
}

/* The largest first; of handles, which have no bytes, those that are most. */
static bool larger(const struct leak *a, const struct leak *b)
{
	return a->bytes != b->bytes ? a->bytes > b->bytes : a->blocks > b->blocks;
}

int ls_plain_write(const char *path)
{
	struct leaks l = {.capacity = 4096};
	size_t room = 256u << 10;
	char *data = ls_mem_alloc(room);
	struct ls_text t;
	l.at = ls_mem_alloc(l.capacity * sizeof *l.at);
	if (!l.at || !data)
		return -12;
	ls_live_each(add_block, &l);
	add_resources(&l);
	ls_text_start(&t, data, room);
	write_sums(&t, &l);
	for (uint32_t shown = 0; shown < MOST_LEAKS; shown++) {
		struct leak *best = NULL;
		for (uint32_t i = 0; i < l.capacity; i++)
			if (l.at[i].blocks && (!best || larger(&l.at[i], best)))
				best = &l.at[i];
		if (!best)
			break;
		write_leak(&t, best);
		best->blocks = 0;
	}
	int fd = ls_sys_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	long r = fd < 0 ? fd : ls_sys_write(fd, data, t.used);
	if (fd >= 0)
		ls_sys_close(fd);
	ls_mem_free(data, room);
	ls_mem_free(l.at, l.capacity * sizeof *l.at);
	return r < 0 ? (int)r : 0;
}
