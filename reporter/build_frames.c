/* SPDX-License-Identifier: MIT */
/*
 * Addresses of a stack to frames: the module that was at the address when the
 * stack was taken (by load generation), then names through symbols.h, each code
 * address once.
 */
#include <stdlib.h>
#include <string.h>

#include "build_internal.h"
#include "fingerprint.h"
#include "gpu.h"

#define uthash_fatal(message) lr_out_of_memory()
#include <uthash.h>

#define MOST_INLINED 32
#define MOST_OVERLAPS 4096 /* modules that shared one address, one after the other */

struct module {
	const struct ls_module *record;
	const char *path, *build_id;
	uint64_t reach; /* largest end of this and all modules sorted before it */
	bool system;    /* a library of the system, not the program's own */
};

/* What one code address stands for. */
struct place {
	struct {
		uint64_t address; /* in the module, or absolute */
		uint64_t module;  /* index + 1, 0 = none */
	} key;
	struct lr_frame *frames;
	size_t count;
	UT_hash_handle hh;
};

struct stack_entry {
	struct {
		uint32_t id;
		uint32_t call; /* enum ls_resource_type; 0 = none */
	} key;
	struct lr_trace trace;
	UT_hash_handle hh;
};

struct lr_modules {
	struct module *list; /* by start address */
	size_t count;
	struct place *places;
	struct stack_entry *stacks;
	uint64_t words; /* frames still to be had: stacks of a true recording don't overlap */
};

static int by_start(const void *a, const void *b)
{
	const struct ls_module *x = ((const struct module *)a)->record;
	const struct ls_module *y = ((const struct module *)b)->record;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->load_generation < y->load_generation ? -1
						       : x->load_generation > y->load_generation;
}

static bool is_system(const char *path)
{
	static const char *const roots[] = {"/lib/",       "/lib32/",      "/lib64/",
					    "/libx32/",    "/usr/lib/",    "/usr/lib32/",
					    "/usr/lib64/", "/usr/libx32/", "/usr/libexec/",
					    "[vdso]",      "linux-vdso"};
	size_t i;

	if (lr_gpu_is_nvidia(path))
		return true;

	for (i = 0; i < sizeof roots / sizeof *roots; i++) {
		if (strncmp(path, roots[i], strlen(roots[i])) == 0)
			return true;
	}
	return false;
}

static const char *hex(struct lr_arena *arena, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	char *text = lr_arena_alloc(arena, 2 * count + 1);
	size_t i;

	for (i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return text;
}

struct lr_modules *lr_modules_new(struct lr_builder *b)
{
	uint32_t records = lr_recording_count(b->recording, LS_SEC_MODULES), i, id;
	struct lr_modules *m = lr_alloc(1, sizeof *m);
	uint64_t reach = 0;
	size_t k;

	m->words = lr_recording_stack_words(b->recording);
	m->list = lr_alloc(records, sizeof *m->list);
	for (i = 0; i < records; i++) {
		const struct ls_module *r = lr_recording_at(b->recording, LS_SEC_MODULES, i, &id);
		struct module *module = &m->list[m->count];
		const char *path;

		if (!r || r->state != 1 || r->end <= r->start)
			continue;
		path = lr_recording_string(b->recording, r->path);
		if (!path)
			path = "?";
		module->record = r;
		module->path = lr_arena_string(b->arena, path);
		if (r->build_id_length && r->build_id_length <= sizeof r->build_id)
			module->build_id = hex(b->arena, r->build_id, r->build_id_length);
		module->system = is_system(path) && strcmp(path, b->model->exe) != 0;
		m->count++;
	}
	if (m->count)
		qsort(m->list, m->count, sizeof *m->list, by_start);
	for (k = 0; k < m->count; k++) {
		if (m->list[k].record->end > reach)
			reach = m->list[k].record->end;
		m->list[k].reach = reach;
	}
	return m;
}

void lr_modules_free(struct lr_modules *m)
{
	struct place *place, *next_place;
	struct stack_entry *stack, *next_stack;

	if (!m)
		return;
	HASH_ITER(hh, m->places, place, next_place) {
		HASH_DEL(m->places, place);
		free(place);
	}
	HASH_ITER(hh, m->stacks, stack, next_stack) {
		HASH_DEL(m->stacks, stack);
		free(stack);
	}
	free(m->list);
	free(m);
}

/* 1 + index of the module that held ADDRESS at GENERATION, 0 = none. */
static size_t find_module(const struct lr_modules *m, uint64_t address, uint32_t generation)
{
	size_t low = 0, high = m->count, walked;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (m->list[middle].record->start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (walked = 0; low > 0 && walked < MOST_OVERLAPS; low--, walked++) {
		const struct ls_module *r = m->list[low - 1].record;

		if (m->list[low - 1].reach <= address)
			break;
		if (address < r->end && r->load_generation <= generation &&
		    (r->unload_generation == 0 || generation < r->unload_generation))
			return low;
	}
	return 0;
}

bool lr_module_at(const struct lr_builder *b, uint64_t address, struct lr_module_place *place)
{
	size_t found = find_module(b->modules, address, b->header->load_generation);
	const struct module *module = found ? &b->modules->list[found - 1] : NULL;

	if (!module || module->record->is_shim)
		return false;
	*place = (struct lr_module_place){
		.index = (uint32_t)found,
		.path = module->path,
		.build_id = module->build_id,
		.bias = module->record->bias,
	};
	return true;
}

/* Code of a system's headers or of the language's library, although it is in the user's object. */
static bool is_foreign_code(const struct lr_symbol *symbol)
{
	const char *file = symbol->file, *function = symbol->function;

	if (file && (strncmp(file, "/usr/include/", 13) == 0 ||
		     strncmp(file, "/usr/lib/", 9) == 0 || strncmp(file, "/rustc/", 7) == 0 ||
		     strstr(file, "/include/c++/") || lr_gpu_is_header(file)))
		return true;
	return function && strcmp(function, "_start") == 0;
}

static struct place *find_place(struct lr_builder *b, size_t module_index, uint64_t address)
{
	const struct module *module = module_index ? &b->modules->list[module_index - 1] : NULL;
	struct lr_symbols_module described = {0};
	struct lr_symbol symbols[MOST_INLINED];
	struct place *place, key;
	size_t count = 0, i;

	memset(&key, 0, sizeof key);
	key.key.address = address;
	key.key.module = module_index;
	HASH_FIND(hh, b->modules->places, &key.key, sizeof key.key, place);
	if (place)
		return place;
	place = lr_alloc(1, sizeof *place);
	place->key = key.key;
	if (b->options->symbols && module) {
		described.path = module->path;
		described.build_id_hex = module->build_id;
		described.bias = module->record->bias;
		described.unnamed = lr_gpu_is_nvidia(module->path);
		count = lr_symbols_resolve(b->options->symbols, &described, address, symbols,
					   MOST_INLINED);
	} else if (b->options->symbols) {
		count = lr_symbols_resolve(b->options->symbols, NULL, address, symbols,
					   MOST_INLINED);
	}
	place->count = count ? count : 1;
	place->frames = lr_arena_array(b->arena, place->count, sizeof *place->frames);
	for (i = 0; i < place->count; i++) {
		struct lr_frame *frame = &place->frames[i];

		frame->offset = address;
		if (module) {
			frame->module = module->path;
			frame->build_id = module->build_id;
		}
		frame->user = module ? !module->system : count > 0;
		if (i >= count)
			continue;
		frame->function = symbols[i].function;
		frame->file = symbols[i].file;
		frame->line = symbols[i].line;
		frame->inlined = symbols[i].inlined;
		frame->user = frame->user && !is_foreign_code(&symbols[i]);
	}
	HASH_ADD(hh, b->modules->places, key, sizeof place->key, place);
	return place;
}

/* The place of return address PC, NULL where the frame is not to be shown. */
static struct place *place_of(struct lr_builder *b, uint64_t pc, uint32_t generation)
{
	/* a return address lies behind its call, which may be the last instruction there */
	uint64_t address = pc - 1;
	size_t module = find_module(b->modules, address, generation);
	const struct ls_module *record;

	if (!pc)
		return NULL;
	if (!module)
		return find_place(b, 0, address);
	record = b->modules->list[module - 1].record;
	if (record->is_shim)
		return NULL;
	return find_place(b, module, address - record->bias);
}

/* Whether the trace of STACK_ID behind CALL is known; its entry, made if it is not. */
static bool find_stack(struct lr_builder *b, uint32_t stack_id, uint32_t call,
		       struct stack_entry **entry)
{
	struct stack_entry key = {.key = {stack_id, call}};

	HASH_FIND(hh, b->modules->stacks, &key.key, sizeof key.key, *entry);
	if (*entry)
		return true;
	*entry = lr_alloc(1, sizeof **entry);
	(*entry)->key = key.key;
	HASH_ADD(hh, b->modules->stacks, key, sizeof(*entry)->key, *entry);
	return false;
}

static bool in_runtime(const struct lr_frame *frame)
{
	static const char name[] = "libleakscope-nd.so";

	return frame->module && strncmp(lr_basename(frame->module), name, sizeof name - 1) == 0;
}

/* The tensor runtime is no more the program's own than libc is, wherever it lies. */
static void mark_runtime(struct lr_frame *frames, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!in_runtime(&frames[i]))
			continue;
		frames[i].user = false;
		frames[i].inner = i + 1 < count && in_runtime(&frames[i + 1]);
	}
}

struct lr_trace lr_trace_of(struct lr_builder *b, uint32_t stack_id)
{
	const struct ls_stack *stack;
	struct stack_entry *entry;
	struct place **places;
	size_t i, k = 0, n = 0;

	if (find_stack(b, stack_id, 0, &entry))
		return entry->trace;
	stack = lr_recording_stack(b->recording, stack_id);
	if (!stack || stack->count > b->modules->words)
		return entry->trace;
	b->modules->words -= stack->count;
	places = lr_alloc(stack->count, sizeof *places);
	for (i = 0; i < stack->count; i++) {
		places[i] = place_of(b, stack->pc[i], stack->load_generation);
		if (places[i])
			n += places[i]->count;
	}
	entry->trace.frames = lr_arena_array(b->arena, n, sizeof *entry->trace.frames);
	for (i = 0; i < stack->count; i++) {
		if (!places[i])
			continue;
		memcpy(&entry->trace.frames[k], places[i]->frames,
		       places[i]->count * sizeof *places[i]->frames);
		k += places[i]->count;
	}
	mark_runtime(entry->trace.frames, n);
	entry->trace.count = n;
	entry->trace.cut = (stack->flags & (LS_STACK_CUT | LS_STACK_PARTIAL)) != 0;
	free(places);
	return entry->trace;
}

/*
 * What the driver and its runtime are, the program's own code is not, though the runtime
 * may be linked into it.
 */
struct lr_trace lr_trace_of_call(struct lr_builder *b, uint32_t stack_id,
				 enum ls_resource_type type)
{
	struct lr_trace inner = lr_trace_of(b, stack_id);
	const char *call = lr_gpu_call(type);
	struct stack_entry *entry;
	struct lr_frame *frames;
	size_t i, runtime;

	if (!call)
		return inner;
	if (find_stack(b, stack_id, type, &entry))
		return entry->trace;
	frames = lr_arena_array(b->arena, inner.count + 1, sizeof *frames);
	frames[0] = (struct lr_frame){.function = call, .module = LR_DRIVER, .call = true};
	if (inner.count)
		memcpy(frames + 1, inner.frames, inner.count * sizeof *frames);
	runtime = lr_gpu_runtime_frames(frames, inner.count + 1);
	for (i = 1; i <= runtime; i++)
		frames[i].user = false;
	entry->trace = (struct lr_trace){frames, inner.count + 1, inner.cut};
	return entry->trace;
}
