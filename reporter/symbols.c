/* SPDX-License-Identifier: MIT */
/*
 * The front of symbolization: modules opened when they are first asked for and
 * closed again when too many are open, names put together from DWARF and the
 * symbol table, notes on what could not be used.  libdw is behind symbols_*.c.
 */
#include "symbols.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "demangle.h"
#include "perfmap.h"
#include "source.h"
#include "symbols_cache.h"
#include "symbols_internal.h"
#include "symbols_progress.h"

enum { OPEN_MODULES_MAX = 64, NAME_MAX_BYTES = 8192, LINE_MAX_BYTES = 1024 };

struct module {
	char *key;  /* path, newline, build-id */
	char *path; /* NULL = unknown */
	char *build_id;
	enum lr_elf_state state;
	bool tried, open, noted, unnamed;
	uint64_t used; /* when it was last asked, in calls */
	struct lr_elf elf;
	struct lr_address_cache cache;
	UT_hash_handle hh;
};

struct lr_symbols {
	bool debuginfod;
	char *perf_map_path, *strip_prefix;
	struct lr_perfmap *perf_map;
	bool perf_map_tried;
	struct module *modules, *last;
	size_t open_modules;
	uint64_t calls;
	struct lr_texts texts;
	struct lr_sources *sources;
	const char **notes;
	size_t note_count, note_room;
	struct lr_progress progress;
};

struct lr_symbols *lr_symbols_new(const struct lr_symbols_options *options)
{
	struct lr_symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->debuginfod = options->debuginfod;
	lr_progress_start(&s->progress, options->progress);
	s->sources = lr_sources_new();
	if (options->perf_map)
		s->perf_map_path = strdup(options->perf_map);
	if (options->strip_prefix && options->strip_prefix[0])
		s->strip_prefix = strdup(options->strip_prefix);
	if (!s->sources || (options->perf_map && !s->perf_map_path) ||
	    (options->strip_prefix && options->strip_prefix[0] && !s->strip_prefix)) {
		lr_symbols_free(s);
		return NULL;
	}
	return s;
}

static void close_module(struct lr_symbols *s, struct module *m)
{
	if (m->open) {
		lr_elf_close(&m->elf);
		m->open = false;
		s->open_modules--;
	}
}

static void free_module(struct lr_symbols *s, struct module *m)
{
	close_module(s, m);
	lr_address_cache_free(&m->cache);
	free(m->key);
	free(m->path);
	free(m->build_id);
	free(m);
}

void lr_symbols_free(struct lr_symbols *s)
{
	struct module *m, *next;

	if (!s)
		return;
	lr_progress_end(&s->progress);
	HASH_ITER(hh, s->modules, m, next) {
		HASH_DEL(s->modules, m);
		free_module(s, m);
	}
	lr_perfmap_free(s->perf_map);
	lr_sources_free(s->sources);
	lr_texts_free(&s->texts);
	free(s->notes);
	free(s->perf_map_path);
	free(s->strip_prefix);
	free(s);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct module *get_module(struct lr_symbols *s, const struct lr_symbols_module *wanted)
{
	struct module *m = s->last;
	char *key = NULL;

	if (m && same(m->path, wanted->path) && same(m->build_id, wanted->build_id_hex))
		return m;
	if (asprintf(&key, "%s\n%s", wanted->path ? wanted->path : "",
		     wanted->build_id_hex ? wanted->build_id_hex : "") < 0)
		return NULL;
	HASH_FIND_STR(s->modules, key, m);
	if (m) {
		free(key);
		return s->last = m;
	}
	m = calloc(1, sizeof(*m));
	if (!m) {
		free(key);
		return NULL;
	}
	m->key = key;
	m->path = wanted->path ? strdup(wanted->path) : NULL;
	m->build_id = wanted->build_id_hex && wanted->build_id_hex[0] ? strdup(wanted->build_id_hex)
								      : NULL;
	m->unnamed = wanted->unnamed;
	HASH_ADD_KEYPTR(hh, s->modules, m->key, strlen(m->key), m);
	return s->last = m;
}

/* One note a module: the first that is found is the one that explains. */
static void note(struct lr_symbols *s, struct module *m, const char *text)
{
	char path[PATH_MAX], line[PATH_MAX + 512];

	if (m->noted || !m->path || m->path[0] != '/')
		return;
	m->noted = true;
	lr_plain_text(path, sizeof(path), m->path);
	snprintf(line, sizeof(line), "%s %s", path, text);
	if (s->note_count == s->note_room) {
		size_t room = s->note_room ? s->note_room * 2 : 16;
		const char **list = reallocarray(s->notes, room, sizeof(*list));

		if (!list)
			return;
		s->notes = list;
		s->note_room = room;
	}
	s->notes[s->note_count] = lr_texts_keep(&s->texts, line, NULL);
	if (s->notes[s->note_count])
		s->note_count++;
}

static void note_state(struct lr_symbols *s, struct module *m)
{
	switch (m->state) {
	case LR_ELF_DEBUG_ONLY_CHANGED:
		note(s, m,
		     "changed on disk since it was recorded (build-id differs): "
		     "its installed debug file was used instead");
		break;
	case LR_ELF_DEBUG_ONLY_MISSING: break; /* nothing is missing in the report */
	case LR_ELF_MISSING:
		note(s, m, "is no longer there: its frames show module and offset only");
		break;
	case LR_ELF_NO_RIGHT:
		note(s, m, "may not be read by this user: its frames show module and offset only");
		break;
	case LR_ELF_NOT_FILE:
		note(s, m, "is not a regular file: its frames show module and offset only");
		break;
	case LR_ELF_BAD:
		note(s, m,
		     "is not an ELF program or library: its frames show module and offset only");
		break;
	case LR_ELF_CHANGED:
		note(s, m,
		     "changed on disk since it was recorded (build-id differs): its frames show "
		     "module and offset only; put the recorded build back for names and lines");
		break;
	case LR_ELF_OK:
	case LR_ELF_NO_MEMORY: break;
	}
}

static bool of_the_system(const char *path)
{
	static const char *const places[] = {"/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/"};

	if (strncmp(path, "/usr/local/", 11) == 0)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (strncmp(path, places[i], strlen(places[i])) == 0)
			return true;
	}
	return false;
}

/* Say why names or lines are missing.  System libraries without lines are the normal case. */
static void note_missing(struct lr_symbols *s, struct module *m, bool function_known)
{
	char text[512];
	const char *what = function_known
				   ? "has no debug information (-g): its frames have no lines"
				   : "has no symbols for some of its functions";

	if (!m->path || m->unnamed || lr_elf_dwarf(&m->elf)->unit_count > 0 ||
	    (function_known && of_the_system(m->path)))
		return;
	/* distributions name debug files by build-id, and keep them in packages of their own */
	if (m->elf.debug_link[0] && m->build_id && strlen(m->build_id) > 2 &&
	    strncmp(m->elf.debug_link, m->build_id + 2, strlen(m->build_id + 2)) == 0)
		snprintf(text, sizeof(text),
			 "%s; its debug file .build-id/%.2s/%.200s is not installed (often a "
			 "package -dbg or -dbgsym)",
			 what, m->build_id, m->elf.debug_link);
	else if (m->elf.debug_link[0])
		snprintf(text, sizeof(text), "%s; its debug file %.255s was not found", what,
			 m->elf.debug_link);
	else
		snprintf(text, sizeof(text), "%s", what);
	note(s, m, text);
}

static bool open_module(struct lr_symbols *s, struct module *m)
{
	m->used = ++s->calls;
	if (m->open)
		return true;
	if (m->tried && m->state != LR_ELF_OK && m->state != LR_ELF_DEBUG_ONLY_CHANGED &&
	    m->state != LR_ELF_DEBUG_ONLY_MISSING)
		return false;
	if (s->open_modules >= OPEN_MODULES_MAX) {
		struct module *oldest = NULL;

		for (struct module *o = s->modules; o; o = o->hh.next) {
			if (o->open && (!oldest || o->used < oldest->used))
				oldest = o;
		}
		if (oldest)
			close_module(s, oldest);
	}
	lr_progress_show(&s->progress, m->path);
	m->tried = true;
	m->state = lr_elf_open(&m->elf, m->path, m->build_id, s->debuginfod);
	m->open = m->state == LR_ELF_OK || m->state == LR_ELF_DEBUG_ONLY_CHANGED ||
		  m->state == LR_ELF_DEBUG_ONLY_MISSING;
	s->open_modules += m->open;
	note_state(s, m);
	return m->open;
}

/* A function name as shown.  ELF files are not trusted: no terminal escapes and the like. */
static const char *keep_function(struct lr_symbols *s, const char *name)
{
	char plain[NAME_MAX_BYTES];

	lr_plain_text(plain, sizeof(plain), name);
	return lr_texts_keep(&s->texts, plain, NULL);
}

/* A file name as shown: normalised, with the user's prefix off. */
static const char *keep_file(struct lr_symbols *s, const char *directory, const char *file)
{
	char path[PATH_MAX], plain[PATH_MAX];
	const char *shown = path;
	size_t d = directory && directory[0] != '/' ? strlen(directory) : 0;

	/* libdw has put a relative compilation directory in front already, or not: see. */
	if (d && strncmp(file, directory, d) == 0 && file[d] == '/')
		directory = NULL;
	if (!lr_path_join(path, sizeof(path), directory, file))
		return NULL;
	if (s->strip_prefix) {
		size_t n = strlen(s->strip_prefix);

		if (strncmp(path, s->strip_prefix, n) == 0 && path[n] &&
		    (path[n] == '/' || path[n - 1] == '/'))
			shown = path + n + strspn(path + n, "/");
	}
	if (!shown[0])
		shown = path;
	lr_plain_text(plain, sizeof(plain), shown);
	return lr_texts_keep(&s->texts, plain, path);
}

/*
 * The name of a function that DWARF calls NAME and that starts at ENTRY, as the
 * symbol table knows it.  A C++ function without a linkage name in DWARF (some
 * lambdas) has it there; and a library's internal name (__libc_malloc) has its
 * public one there (malloc).
 */
static const char *name_at_entry(struct module *m, const char *name, uint64_t entry)
{
	const struct lr_elf_symbol *list;
	size_t count;

	list = lr_elf_symbols_at(lr_elf_symbols(&m->elf), entry, &count);
	for (size_t i = 0; i < count; i++) {
		size_t n = strcspn(list[i].name, "@");

		if (strncmp(list[i].name, "_Z", 2) == 0 || strncmp(list[i].name, "_R", 2) == 0)
			return list[i].name;
		if (name[0] == '_' && n < strlen(name) &&
		    memmem(name, strlen(name), list[i].name, n))
			return list[i].name;
	}
	return name;
}

static const char *keep_name(struct lr_symbols *s, struct module *m,
			     const struct lr_dwarf_frame *frame)
{
	char text[NAME_MAX_BYTES];
	const char *name = frame->name ? frame->name : frame->linkage;

	if (frame->linkage && (lr_demangle(frame->linkage, text, sizeof(text)) || !frame->name))
		return keep_function(s, text);
	if (!name || !name[0])
		return NULL;
	if (frame->entry)
		name = name_at_entry(m, name, frame->entry);
	if (name == frame->name)
		return keep_function(s, name);
	(void)lr_demangle(name, text, sizeof(text));
	return keep_function(s, text);
}

static size_t resolve_in_module(struct lr_symbols *s, struct module *m, uint64_t address,
				struct lr_symbol *out)
{
	struct lr_dwarf_frame frames[LR_INLINE_MAX + 1];
	size_t n = lr_dwarf_find(lr_elf_dwarf(&m->elf), address, frames, LR_INLINE_MAX + 1);
	bool found = n > 0;

	if (n == 0)
		frames[n++] = (struct lr_dwarf_frame){0};
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct lr_symbol){
			.function = keep_name(s, m, &frames[i]),
			.file = frames[i].file ? keep_file(s, frames[i].directory, frames[i].file)
					       : NULL,
			.line = frames[i].file ? frames[i].line : 0,
			.inlined = i + 1 < n,
		};
	}
	if (!out[n - 1].function) {
		const char *name = lr_elf_symbols_find(lr_elf_symbols(&m->elf), address);
		char text[NAME_MAX_BYTES];

		if (name) {
			(void)lr_demangle(name, text, sizeof(text));
			out[n - 1].function = keep_function(s, text);
		}
	}
	if (!found || !out[n - 1].function)
		note_missing(s, m, out[n - 1].function != NULL);
	return found || out[0].function ? n : 0;
}

static size_t resolve_jit(struct lr_symbols *s, uint64_t address, struct lr_symbol *out)
{
	struct lr_perfmap_name parts;
	const char *name;

	if (!s->perf_map_tried) {
		s->perf_map_tried = true;
		if (s->perf_map_path)
			s->perf_map = lr_perfmap_load(s->perf_map_path);
	}
	name = s->perf_map ? lr_perfmap_find(s->perf_map, address) : NULL;
	if (!name)
		return 0;
	out[0] = (struct lr_symbol){.function = name};
	if (lr_perfmap_split(name, &parts)) {
		out[0].function = lr_texts_keep(&s->texts, parts.function, NULL);
		out[0].file = keep_file(s, NULL, parts.file);
		out[0].line = out[0].file ? parts.line : 0;
	}
	return 1;
}

size_t lr_symbols_resolve(struct lr_symbols *s, const struct lr_symbols_module *module,
			  uint64_t address, struct lr_symbol *out, size_t capacity)
{
	struct lr_symbol found[LR_INLINE_MAX + 1];
	const struct lr_symbol *known;
	struct module *m;
	size_t n;

	if (capacity == 0)
		return 0;
	if (!module)
		return resolve_jit(s, address, out);
	m = get_module(s, module);
	if (!m)
		return 0;
	known = lr_address_cache_find(&m->cache, address, &n);
	if (!known) {
		n = open_module(s, m) ? resolve_in_module(s, m, address, found) : 0;
		lr_address_cache_add(&m->cache, address, found, n);
		known = found;
	}
	if (n > capacity)
		n = capacity;
	if (n)
		memcpy(out, known, n * sizeof(*out));
	return n;
}

bool lr_symbols_data(struct lr_symbols *s, const struct lr_symbols_module *module, uint64_t address,
		     struct lr_data_symbol *out)
{
	struct module *m = get_module(s, module);
	char text[NAME_MAX_BYTES];
	const char *name;

	*out = (struct lr_data_symbol){0};
	if (!m || !open_module(s, m))
		return false;
	name = lr_elf_data_find(lr_elf_data(&m->elf), address, &out->address);
	if (!name)
		return false;
	(void)lr_demangle(name, text, sizeof(text));
	out->name = keep_function(s, text);
	return out->name != NULL;
}

size_t lr_symbols_note_count(const struct lr_symbols *s)
{
	return s->note_count;
}

const char *lr_symbols_note(const struct lr_symbols *s, size_t index)
{
	return index < s->note_count ? s->notes[index] : NULL;
}

const char *lr_symbols_source_line(struct lr_symbols *s, const char *file, unsigned line)
{
	char text[LINE_MAX_BYTES];

	if (!file || lr_sources_line(s->sources, lr_texts_real(&s->texts, file), line, text,
				     sizeof(text)) != 0)
		return NULL;
	return lr_texts_keep(&s->texts, text, NULL);
}

void lr_symbols_progress(struct lr_symbols *s, size_t done, size_t total)
{
	s->progress.done = done;
	s->progress.total = total;
	if (done >= total)
		lr_progress_end(&s->progress);
	else
		lr_progress_show(&s->progress, NULL);
}
