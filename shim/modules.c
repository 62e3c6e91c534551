/* SPDX-License-Identifier: MIT */
/* See modules.h.  Relies on recording, depot (retiring stacks) and the unwinders (flushing). */
#include "modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>

#include "depot.h"
#include "glue.h"
#include "recording.h"
#include "text.h"
#include "unwind.h"
#include "unwind_walk.h"

#define MAX_MODULES 4096

struct known {
	uintptr_t start, end, bias;
	const struct link_map *map;
	uint32_t id; /* record */
	bool gone, dynamic;
};
static struct known *known;
static unsigned known_count;
static bool started; /* what comes now was opened at run time */
static char exe_path[1024];
bool ls_modules_replaced;

static const ElfW(Phdr) * headers_at(uintptr_t start, uint16_t *count)
{
	const ElfW(Ehdr) *e = (const void *)start;
	if (e->e_ident[0] != 0x7f || e->e_ident[1] != 'E' || e->e_ident[2] != 'L' ||
	    e->e_phentsize != sizeof(ElfW(Phdr)))
		return NULL;
	*count = e->e_phnum;
	return (const void *)(start + e->e_phoff);
}

/*
 * The program itself, mapped by the kernel: its segments may lie apart, and
 * _dl_find_object then knows each as an object of its own.
 */
static struct {
	const struct link_map *map;
	struct ls_module_info info;
} program;

bool ls_module_find(uintptr_t address, struct ls_module_info *out)
{
	struct dl_find_object o;
	if (_dl_find_object((void *)address, &o) != 0)
		return false;
	if (o.dlfo_link_map == program.map && program.map) {
		*out = program.info;
		return true;
	}
	out->start = (uintptr_t)o.dlfo_map_start;
	out->end = (uintptr_t)o.dlfo_map_end;
	out->bias = o.dlfo_link_map ? o.dlfo_link_map->l_addr : out->start;
	out->name = o.dlfo_link_map && o.dlfo_link_map->l_name ? o.dlfo_link_map->l_name : "";
	out->phdr = headers_at(out->start, &out->phnum);
	return out->phdr != NULL;
}

bool ls_module_program(struct ls_module_info *out)
{
	*out = program.info;
	return program.map != NULL;
}

static void read_build_id(struct ls_module *m, uintptr_t start, uintptr_t bias)
{
	uint16_t count = program.info.phnum;
	const ElfW(Phdr) *p = program.info.phdr;
	if (start != program.info.start || !p)
		p = headers_at(start, &count);
	for (uint16_t i = 0; p && i < count; i++) {
		if (p[i].p_type != PT_NOTE)
			continue;
		const char *at = (const char *)(bias + p[i].p_vaddr), *end = at + p[i].p_memsz;
		size_t align = p[i].p_align == 8 ? 8 : 4;
		while (end - at >= (long)sizeof(ElfW(Nhdr))) {
			const ElfW(Nhdr) *n = (const void *)at;
			const char *name = at + sizeof *n;
			const char *data = name + ((n->n_namesz + align - 1) & ~(align - 1));
			if (data > end || n->n_descsz > (size_t)(end - data))
				break;
			if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 &&
			    ls_equal(name, "GNU")) {
				size_t size = n->n_descsz < sizeof m->build_id ? n->n_descsz
									       : sizeof m->build_id;
				m->build_id_length = (uint8_t)size;
				ls_copy(m->build_id, data, size);
				return;
			}
			at = data + ((n->n_descsz + align - 1) & ~(align - 1));
		}
	}
}

static const char *path_of(const char *name)
{
	if (!name || !*name)
		return ls_exe_path();
	if (ls_starts(name, "linux-vdso") || ls_starts(name, "linux-gate"))
		return "[vdso]";
	return name;
}

/* A relative name would mean nothing to a reader elsewhere. */
static uint32_t store_path(const char *path)
{
	char whole[2048];
	struct ls_text t;
	if (path[0] == '/' || path[0] == '[')
		return ls_string_add(path);
	ls_text_start(&t, whole, sizeof whole);
	if (ls_sys2(SYS_getcwd, whole, sizeof whole / 2) > 0)
		t.used = ls_length(whole);
	ls_text_add(&t, "/");
	ls_text_add(&t, path);
	return ls_string_add(whole);
}

static struct known *find_known(uintptr_t address)
{
	for (unsigned i = known_count; i-- > 0;)
		if (address >= known[i].start && address < known[i].end && !known[i].gone)
			return &known[i];
	return NULL;
}

static void forget(struct known *k)
{
	struct ls_module *m = ls_table_at(&ls_modules_table, k->id);
	k->gone = true;
	m->unload_tick = ls_tick_read();
	m->unload_generation = ++ls_header->load_generation;
	ls_depot_retire(k->start, k->end);
	ls_walk_expire();
}

bool ls_modules_still(const struct ls_stack *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct known *k = find_known(s->pc[i] - 1);
		const struct ls_module *m = k ? ls_table_at(&ls_modules_table, k->id) : NULL;
		if (m && m->load_generation > s->load_generation)
			return false; /* came later */
		if (m)
			continue;
		for (unsigned n = 0; n < known_count; n++)
			if (s->pc[i] > known[n].start && s->pc[i] <= known[n].end)
				return false; /* gone */
	}
	return true;
}

static bool same_file(const struct ls_module *m, uintptr_t start, uintptr_t bias)
{
	struct ls_module now = {0};
	read_build_id(&now, start, bias);
	return now.build_id_length && now.build_id_length == m->build_id_length &&
	       !__builtin_memcmp(now.build_id, m->build_id, now.build_id_length);
}

/*
 * A plugin that comes back to where it was is the same module again, unless
 * something else was there in between: loading it in a loop costs nothing.
 */
static bool revive(uintptr_t start, uintptr_t end, uintptr_t bias, const struct link_map *map)
{
	for (unsigned i = known_count; i-- > 0;) {
		struct known *k = &known[i];
		if (k->start >= end || k->end <= start)
			continue;
		/* the latest that overlaps decides */
		struct ls_module *m = ls_table_at(&ls_modules_table, k->id);
		if (!k->gone || k->start != start || k->end != end || k->bias != bias ||
		    !same_file(m, start, bias))
			return false;
		k->gone = false;
		k->map = map;
		m->unload_generation = 0;
		return true;
	}
	return false;
}

static void add(uintptr_t start, uintptr_t end, uintptr_t bias, const char *name,
		const struct link_map *map)
{
	struct ls_module *m;
	static uintptr_t own;
	if (!known)
		known = ls_mem_alloc(MAX_MODULES * sizeof *known);
	if (!known || known_count == MAX_MODULES)
		return;
	if (revive(start, end, bias, map))
		return;
	uint32_t id = ls_table_add(&ls_modules_table, (void **)&m);
	if (!id)
		return;
	own = (uintptr_t)&own;
	m->path = store_path(path_of(name));
	m->bias = bias;
	m->start = start;
	m->end = end;
	m->load_tick = ls_tick_read();
	m->is_shim = own >= start && own < end;
	read_build_id(m, start, bias);
	for (unsigned i = 0; i < known_count; i++) {
		struct known *k = &known[i];
		if (k->start >= end || k->end <= start)
			continue;
		if (!k->gone)
			forget(k);
		struct ls_module *old = ls_table_at(&ls_modules_table, k->id);
		bool same = k->start == start && k->end == end && same_file(old, start, bias);
		if (!same) {
			/* what the unwinder has cached of those addresses may be wrong now, each time */
			ls_modules_replaced = true;
			ls_unwind_flush();
		}
	}
	m->load_generation = ++ls_header->load_generation;
	if (started) /* that there was no rule for its addresses may be remembered */
		ls_walk_expire();
	__atomic_store_n(&m->state, 1, __ATOMIC_RELEASE);
	known[known_count++] = (struct known){start, end, bias, map, id, false, started};
}

static int add_loaded(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t start = UINTPTR_MAX, end = 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD) {
			uintptr_t at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			uintptr_t to = at + info->dlpi_phdr[i].p_memsz;
			start = at < start ? at : start;
			end = to > end ? to : end;
		}
	start &= ~(uintptr_t)4095;
	end = (end + 4095) & ~(uintptr_t)4095;
	struct dl_find_object o;
	const struct link_map *map = NULL;
	if (_dl_find_object((void *)start, &o) == 0) {
		map = o.dlfo_link_map;
		if (!program.map && (!info->dlpi_name || !*info->dlpi_name)) {
			program.map = map;
			program.info = (struct ls_module_info){
				start, end, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum, ""};
		} else {
			start = (uintptr_t)o.dlfo_map_start; /* as it will be found later */
			end = (uintptr_t)o.dlfo_map_end;
		}
	}
	if (start < end)
		add(start, end, info->dlpi_addr, info->dlpi_name, map);
	return 0;
}

const char *ls_exe_path(void)
{
	if (!exe_path[0]) {
		long n = ls_sys4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", exe_path,
				 sizeof exe_path - 1);
		exe_path[n > 0 ? n : 0] = 0;
	}
	return exe_path;
}

/* In a forked child the parent's list still holds, only the records are new. */
static void record_again(void)
{
	unsigned count = known_count;
	struct known *old = known; /* its own mapping: still there after the memory was reset */
	known = ls_mem_alloc(MAX_MODULES * sizeof *known);
	known_count = 0;
	for (unsigned i = 0; known && i < count; i++)
		if (!old[i].gone) {
			uint16_t n;
			const struct link_map *map = old[i].map;
			if (map != program.map && !headers_at(old[i].start, &n))
				continue;
			started = old[i].dynamic;
			add(old[i].start, old[i].end, old[i].bias, map ? map->l_name : "linux-vdso",
			    map);
		}
	ls_sys_munmap(old, MAX_MODULES * sizeof *old);
}

void ls_modules_start(void)
{
	if (known)
		record_again();
	else
		/*
		 * Takes the loader's lock, which in the constructor is this thread's
		 * own.  At a late start other threads may hold it and allocate: their
		 * hooks don't wait for this one.
		 */
		dl_iterate_phdr(add_loaded, NULL);
	started = true;
}

bool ls_modules_note(const uintptr_t *pc, unsigned count)
{
	struct dl_find_object o;
	bool dynamic = false;
	for (unsigned i = 0; i < count; i++) {
		uintptr_t address = pc[i] - 1;
		struct known *k = find_known(address);
		if (_dl_find_object((void *)address, &o) != 0) {
			if (k && k->map) /* gone, and now something without an object is there */
				forget(k);
			continue;
		}
		uintptr_t start = (uintptr_t)o.dlfo_map_start;
		dynamic |= !k || k->dynamic;
		/* another module may have got the same place and the same link map */
		if (k && k->map == o.dlfo_link_map &&
		    (k->start == start || k->map == program.map) &&
		    (!k->dynamic ||
		     same_file(ls_table_at(&ls_modules_table, k->id), start, k->bias)))
			continue;
		if (o.dlfo_link_map)
			add(start, (uintptr_t)o.dlfo_map_end, o.dlfo_link_map->l_addr,
			    o.dlfo_link_map->l_name, o.dlfo_link_map);
	}
	return dynamic;
}

void ls_modules_sweep(bool closing)
{
	struct dl_find_object o;
	if (!ls_header || !ls_lock(&ls_recording_lock))
		return;
	for (unsigned i = 0; i < known_count; i++) {
		struct known *k = &known[i];
		if (k->gone || !k->map)
			continue;
		if (_dl_find_object((void *)k->start, &o) != 0 || o.dlfo_link_map != k->map)
			forget(k);
	}
	if (closing) {
		ls_depot_retire_dynamic();
		ls_walk_expire();
	}
	ls_unlock(&ls_recording_lock);
}

/* ---- names for the plain report ---- */

struct symbols {
	const ElfW(Sym) * table;
	const char *names;
	const uint32_t *hash; /* DT_GNU_HASH */
};

static uint32_t symbol_count(const struct symbols *s)
{
	uint32_t buckets = s->hash[0], first = s->hash[1], bloom = s->hash[2], last = 0;
	const uint32_t *bucket = s->hash + 4 + bloom * (sizeof(uintptr_t) / 4);
	const uint32_t *chain = bucket + buckets;
	for (uint32_t i = 0; i < buckets; i++)
		if (bucket[i] > last)
			last = bucket[i];
	if (last < first)
		return first;
	while (!(chain[last - first] & 1))
		last++;
	return last + 1;
}

const char *ls_module_symbol(uintptr_t address, uintptr_t *offset)
{
	struct dl_find_object o;
	struct symbols s = {NULL, NULL, NULL};
	const ElfW(Sym) *best = NULL;
	if (_dl_find_object((void *)address, &o) != 0 || !o.dlfo_link_map || !o.dlfo_link_map->l_ld)
		return NULL;
	uintptr_t bias = o.dlfo_link_map->l_addr;
	for (const ElfW(Dyn) *d = o.dlfo_link_map->l_ld; d->d_tag != DT_NULL; d++) {
		/* ld.so has made these absolute, but not in the vdso */
		uintptr_t at = d->d_un.d_ptr < bias ? d->d_un.d_ptr + bias : d->d_un.d_ptr;
		if (d->d_tag == DT_SYMTAB)
			s.table = (const void *)at;
		else if (d->d_tag == DT_STRTAB)
			s.names = (const void *)at;
		else if (d->d_tag == DT_GNU_HASH)
			s.hash = (const void *)at;
	}
	if (!s.table || !s.names || !s.hash)
		return NULL;
	uint32_t count = symbol_count(&s);
	for (uint32_t i = 1; i < count; i++) {
		const ElfW(Sym) *y = &s.table[i];
		uintptr_t at = bias + y->st_value;
		if (ELF64_ST_TYPE(y->st_info) == STT_FUNC && y->st_shndx != SHN_UNDEF &&
		    at <= address && address - at < (y->st_size ? y->st_size : 1))
			best = y;
	}
	if (!best)
		return NULL;
	*offset = address - (bias + best->st_value);
	return s.names + best->st_name;
}
