/* SPDX-License-Identifier: MIT */
/* See plain_report.h.  Relies on recording, live, depot and modules; no allocation but mmap. */
#include "plain_report.h"

#include <fcntl.h>

#include "context.h"
#include "depot.h"
#include "glue.h"
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

struct leak {
	uint32_t stack, path;
	uint64_t blocks, bytes;
};
struct leaks {
	struct leak *at;
	uint32_t count, capacity;
	uint64_t blocks, bytes;
};

static void add_block(const struct ls_live *e, void *arg)
{
	struct leaks *l = arg;
	const struct ls_context *c = ls_context_at(e->context);
	uint64_t size = ls_live_size(e);
	if (c->memory == LS_MEM_IGNORED)
		return;
	l->blocks++;
	l->bytes += size;
	/* open addressing on the stack id; full means the rest is only in the sums */
	for (uint32_t i = 0; i < l->capacity; i++) {
		struct leak *k = &l->at[(c->stack * 0x9e3779b1u + c->path + i) % l->capacity];
		if (k->blocks && (k->stack != c->stack || k->path != c->path))
			continue;
		if (!k->blocks && l->count * 4 > l->capacity * 3)
			return;
		l->count += !k->blocks;
		k->stack = c->stack;
		k->path = c->path;
		k->blocks++;
		k->bytes += size;
		return;
	}
}

int ls_plain_write(const char *path)
{
	struct leaks l = {NULL, 0, 4096, 0, 0};
	size_t room = 256u << 10;
	char *data = ls_mem_alloc(room);
	struct ls_text t;
	l.at = ls_mem_alloc(l.capacity * sizeof *l.at);
	if (!l.at || !data)
		return -12;
	ls_live_each(add_block, &l);
	ls_text_start(&t, data, room);
	ls_text_add(&t, "leakscope: not freed: ");
	ls_plain_amount(&t, l.blocks, l.bytes);
	ls_text_add(
		&t,
		"\n(plain form: the leakscope command was not found; it gives files and lines)\n");
	for (uint32_t shown = 0; shown < MOST_LEAKS; shown++) {
		struct leak *best = NULL;
		for (uint32_t i = 0; i < l.capacity; i++)
			if (l.at[i].blocks && (!best || l.at[i].bytes > best->bytes))
				best = &l.at[i];
		if (!best)
			break;
		ls_text_add(&t, "\n");
		ls_plain_amount(&t, best->blocks, best->bytes);
		ls_text_add(&t, "  scope ");
		ls_scope_path_text(best->path, &t);
		ls_text_add(&t, "\n");
		ls_plain_frames(&t, ls_depot_get(best->stack), "    ");
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
