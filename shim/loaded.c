/* SPDX-License-Identifier: MIT */
/* See loaded.h.  The layout of the tables is that of the ELF specification and of GNU's hash table. */
#include "loaded.h"

#include <elf.h>

#include "glue.h"
#include "text.h"

/* Addresses in a dynamic section are relocated in place, but not those of every object. */
static const void *at(const struct ls_loaded *o, ElfW(Addr) address)
{
	return (const void *)(address < o->bias ? address + o->bias : address);
}

static void read_dynamic(struct ls_loaded *o, const ElfW(Dyn) * dynamic)
{
	ElfW(Xword) soname = 0;
	for (const ElfW(Dyn) *d = dynamic; d->d_tag != DT_NULL; d++) {
		switch (d->d_tag) {
		case DT_SYMTAB: o->symbols = at(o, d->d_un.d_ptr); break;
		case DT_STRTAB: o->strings = at(o, d->d_un.d_ptr); break;
		case DT_VERSYM: o->versions = at(o, d->d_un.d_ptr); break;
		case DT_GNU_HASH: o->gnu_hash = at(o, d->d_un.d_ptr); break;
		case DT_HASH: o->hash = at(o, d->d_un.d_ptr); break;
		case DT_SONAME: soname = d->d_un.d_val; break;
		default: break;
		}
	}
	if (o->strings && soname)
		o->soname = o->strings + soname;
}

static void describe(struct ls_loaded *o, const struct dl_phdr_info *info)
{
	const ElfW(Dyn) *dynamic = NULL;
	ls_zero(o, sizeof *o);
	o->bias = info->dlpi_addr;
	o->name = info->dlpi_name ? info->dlpi_name : "";
	o->start = UINTPTR_MAX;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = o->bias + p->p_vaddr, to = from + p->p_memsz;
		if (p->p_type == PT_DYNAMIC)
			dynamic = (const ElfW(Dyn) *)from;
		if (p->p_type != PT_LOAD)
			continue;
		if (from < o->start)
			o->start = from;
		if (to > o->end)
			o->end = to;
	}
	uintptr_t here = (uintptr_t)describe;
	o->ours = here >= o->start && here < o->end;
	if (dynamic)
		read_dynamic(o, dynamic);
}

struct walk {
	bool (*visit)(const struct ls_loaded *, void *);
	void *arg;
};

static int step(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct walk *w = arg;
	struct ls_loaded o;
	(void)size;
	describe(&o, info);
	return w->visit(&o, w->arg);
}

void ls_loaded_each(bool (*visit)(const struct ls_loaded *o, void *arg), void *arg)
{
	struct walk w = {visit, arg};
	dl_iterate_phdr(step, &w);
}

/* Defined, callable, and what a look-up without a version finds. */
static bool defines(const struct ls_loaded *o, uint32_t i)
{
	const ElfW(Sym) *s = &o->symbols[i];
	unsigned bind = ELF64_ST_BIND(s->st_info), type = ELF64_ST_TYPE(s->st_info);
	return s->st_shndx != SHN_UNDEF && s->st_value &&
	       (bind == STB_GLOBAL || bind == STB_WEAK) &&
	       (type == STT_FUNC || type == STT_NOTYPE) &&
	       !(o->versions && o->versions[i] & 0x8000);
}

static void *function_at(const struct ls_loaded *o, uint32_t i, const char *name)
{
	return defines(o, i) && ls_equal(o->strings + o->symbols[i].st_name, name)
		       ? (void *)(o->bias + o->symbols[i].st_value)
		       : NULL;
}

/* GNU's table: buckets, offset of the first hashed symbol, words and shift of the filter. */
struct gnu_table {
	uint32_t buckets, first, words, shift;
	const ElfW(Addr) * filter;
	const uint32_t *bucket, *chain;
};

static struct gnu_table gnu_table(const uint32_t *t)
{
	struct gnu_table g = {t[0], t[1], t[2], t[3], (const ElfW(Addr) *)(t + 4), NULL, NULL};
	g.bucket = (const uint32_t *)(g.filter + g.words);
	g.chain = g.bucket + g.buckets;
	return g;
}

static void *find_gnu(const struct ls_loaded *o, const char *name)
{
	struct gnu_table g = gnu_table(o->gnu_hash);
	const unsigned bits = sizeof(ElfW(Addr)) * 8;
	uint32_t h = 5381;
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		h = h * 33 + *p;
	if (!g.buckets || !g.words)
		return NULL;
	ElfW(Addr) word = g.filter[h / bits & (g.words - 1)];
	if (!(word >> h % bits & word >> (h >> g.shift) % bits & 1))
		return NULL;
	uint32_t i = g.bucket[h % g.buckets];
	if (i < g.first)
		return NULL;
	for (;; i++) {
		uint32_t link = g.chain[i - g.first];
		void *found = (link | 1) == (h | 1) ? function_at(o, i, name) : NULL;
		if (found || link & 1)
			return found;
	}
}

static void *find_old(const struct ls_loaded *o, const char *name)
{
	uint32_t buckets = o->hash[0], h = 0;
	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		h = (h << 4) + *p;
		h = (h ^ (h >> 24 & 0xf0)) & 0x0fffffff;
	}
	for (uint32_t i = buckets ? o->hash[2 + h % buckets] : 0; i; i = o->hash[2 + buckets + i]) {
		void *found = function_at(o, i, name);
		if (found)
			return found;
	}
	return NULL;
}

void *ls_loaded_function(const struct ls_loaded *o, const char *name)
{
	if (!o->symbols || !o->strings)
		return NULL;
	return o->gnu_hash ? find_gnu(o, name) : o->hash ? find_old(o, name) : NULL;
}

/* How many symbols there are: only the hash tables tell. */
static uint32_t symbol_count(const struct ls_loaded *o)
{
	if (o->hash)
		return o->hash[1];
	if (!o->gnu_hash)
		return 0;
	struct gnu_table g = gnu_table(o->gnu_hash);
	uint32_t last = 0;
	for (uint32_t b = 0; b < g.buckets; b++)
		if (g.bucket[b] > last)
			last = g.bucket[b];
	if (last < g.first)
		return g.first;
	while (!(g.chain[last - g.first] & 1))
		last++;
	return last + 1;
}

const char *ls_loaded_name(const struct ls_loaded *o, uintptr_t address)
{
	if (!o->symbols || !o->strings)
		return NULL;
	uint32_t count = symbol_count(o);
	for (uint32_t i = 1; i < count; i++)
		if (o->bias + o->symbols[i].st_value == address && defines(o, i))
			return o->strings + o->symbols[i].st_name;
	return NULL;
}

bool ls_loaded_is(const struct ls_loaded *o, const char *name)
{
	return (o->soname && ls_equal(o->soname, name)) || ls_equal(ls_basename(o->name), name);
}

struct next {
	const char *name;
	void *found;
	bool behind;
};

static bool look_next(const struct ls_loaded *o, void *arg)
{
	struct next *n = arg;
	if (o->ours)
		n->behind = true;
	else if (n->behind)
		n->found = ls_loaded_function(o, n->name);
	return n->found != NULL;
}

void *ls_loaded_next(const char *name)
{
	struct next n = {name, NULL, false};
	ls_loaded_each(look_next, &n);
	return n.found;
}
