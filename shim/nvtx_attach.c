/* SPDX-License-Identifier: MIT */
/*
 * The entry points of an injection library.  Each shared object with NVTX code in
 * it loads us at its first call, while its other threads spin; no lock of ours is
 * held while another tool is being loaded.  A tool that the environment names is
 * given its own slots and sees the object as it would without us.
 */
#include <dlfcn.h>
#include <errno.h>

#include "glue.h"
#include "hooks.h"
#include "note.h"
#include "nvtx.h"
#include "options.h"
#include "process.h"
#include "text.h"

#define MOST_IDS 64u /* in a module's table; there are 16 today */

LS_EXPORT int InitializeInjectionNvtx2(ls_nvtx_get_table get);
LS_EXPORT int InitializeInjectionNvtxExtension(void *module);

/* What the tool of a set is handed out instead of the object's own tables. */
static struct object {
	ls_nvtx_get_table get;
	ls_nvtx_module_table module_table;
	struct ls_nvtx_callbacks callbacks;
	ls_nvtx_fn *core[MOST_IDS + 1], *core2[MOST_IDS + 1]; /* NULL at the end, as it is there */
} objects[LS_NVTX_SETS];

static const struct {
	int module;
	unsigned id;
} places[LS_NVTX_SLOTS] = {
#define X(slot, module, id) {module, id},
	LS_NVTX_FUNCTIONS(X)
#undef X
};

/* ---- what the tool is given ---- */

static int module_table(unsigned k, int module, ls_nvtx_fn ***table, unsigned *size)
{
	struct object *o = &objects[k];
	ls_nvtx_fn **real = NULL, **ours = module == LS_NVTX_CORE ? o->core : o->core2;
	unsigned n = 0;
	if (module != LS_NVTX_CORE && module != LS_NVTX_CORE2)
		return o->module_table(module, table, size);
	int answer = o->module_table(module, &real, &n);
	if (!answer || !real)
		return answer;
	if (n > MOST_IDS)
		n = MOST_IDS;
	ls_copy(ours, real, n * sizeof(ls_nvtx_fn *));
	ours[n] = NULL;
	for (unsigned i = 0; i < LS_NVTX_SLOTS; i++)
		if (places[i].module == module && places[i].id < n && real[places[i].id])
			ours[places[i].id] = &ls_nvtx_tools[k].next[i];
	if (table)
		*table = ours;
	if (size)
		*size = n;
	return answer;
}

static const void *get_table(unsigned k, uint32_t id)
{
	return id == LS_NVTX_CALLBACKS ? &objects[k].callbacks : objects[k].get(id);
}

/* A tool may keep these and call them later, so they too have to know whose they are. */
#define SET(k)                                                                                     \
	static int module_table_##k(int module, ls_nvtx_fn ***table, unsigned *size)               \
	{                                                                                          \
		return module_table(k, module, table, size);                                       \
	}                                                                                          \
	static const void *get_table_##k(uint32_t id)                                              \
	{                                                                                          \
		return get_table(k, id);                                                           \
	}
LS_NVTX_EACH_SET(SET)

#define ENTRY(k) {module_table_##k, get_table_##k},
static const struct {
	ls_nvtx_module_table module_table;
	ls_nvtx_get_table get;
} given[LS_NVTX_SETS] = {LS_NVTX_EACH_SET(ENTRY)};

/* ---- the tool ---- */

/* What the slots of an object hold, to be put back when a tool has failed. */
struct saved {
	ls_nvtx_fn fn[LS_NVTX_MODULES][MOST_IDS];
};

static void each_slot(ls_nvtx_module_table tables, struct saved *s, bool put_back)
{
	for (int m = 1; m < LS_NVTX_MODULES; m++) {
		ls_nvtx_fn **table = NULL;
		unsigned n = 0;
		if (!tables(m, &table, &n) || !table)
			continue;
		for (unsigned i = 0; i < n && i < MOST_IDS; i++)
			if (table[i] && put_back)
				*table[i] = s->fn[m][i];
			else if (table[i])
				s->fn[m][i] = *table[i];
	}
}

static void say_unusable(const char *path)
{
	char line[LS_OPTION_TEXT + 128];
	struct ls_text t;
	if (!ls_guard_enter())
		return;
	ls_text_start(&t, line, sizeof line);
	ls_text_add(&t, "NVTX_INJECTION64_PATH names a library that cannot be used: ");
	ls_text_add(&t, path);
	ls_note_locked(LS_NOTE_INFO, line);
	ls_guard_leave();
}

/* The tool that would be injected if we were not; NULL: there is none.  HANDLE for dlclose. */
static void *find_tool(const char *entry, void **handle, bool say)
{
	const char *path = ls_host_injection();
	void *fn = NULL;
	*handle = NULL;
	if (!path || !*path)
		return NULL;
	*handle = dlopen(path, RTLD_LAZY);
	if (*handle)
		fn = dlsym(*handle, entry);
	if (!fn && say)
		say_unusable(path);
	if (!fn || fn == (void *)InitializeInjectionNvtx2 ||
	    fn == (void *)InitializeInjectionNvtxExtension) {
		if (*handle)
			dlclose(*handle);
		return NULL;
	}
	return fn;
}

/* Let the tool attach to the object; the set to use. */
static unsigned chain(ls_nvtx_get_table get, const struct ls_nvtx_callbacks *c)
{
	static unsigned last;
	struct saved saved;
	void *handle;
	int (*initialize)(ls_nvtx_get_table) = NULL;
	*(void **)&initialize = find_tool("InitializeInjectionNvtx2", &handle, true);
	if (!initialize)
		return 0;
	unsigned k = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
	if (k >= LS_NVTX_SETS)
		k = LS_NVTX_SETS - 1;
	struct object *o = &objects[k];
	o->get = get;
	o->module_table = c->module_table;
	o->callbacks = (struct ls_nvtx_callbacks){sizeof o->callbacks, given[k].module_table};
	each_slot(c->module_table, &saved, false);
	if (initialize(given[k].get)) {
		ls_nvtx_tools[k].there = true;
		return k;
	}
	each_slot(c->module_table, &saved, true);
	dlclose(handle);
	return 0;
}

/* ---- what NVTX looks for ---- */

LS_EXPORT int InitializeInjectionNvtx2(ls_nvtx_get_table get)
{
	int saved = errno;
	const struct ls_nvtx_callbacks *c = get ? get(LS_NVTX_CALLBACKS) : NULL;
	if (!c || c->struct_size < sizeof *c || !c->module_table || !ls_options.nvtx ||
	    !ls_process_tracked())
		return 0;
	unsigned k = chain(get, c);
	for (int module = 1; module < LS_NVTX_MODULES; module++) {
		ls_nvtx_fn **table = NULL;
		unsigned n = 0;
		if (!c->module_table(module, &table, &n) || !table)
			continue;
		for (unsigned i = 0; i < LS_NVTX_SLOTS; i++)
			if (places[i].module == module && places[i].id < n && table[places[i].id])
				*table[places[i].id] = ls_nvtx_sets[k][i];
	}
	errno = saved;
	return 1;
}

/* NVTX's extensions (payloads, counters): nothing of ours, but the tool may want them. */
LS_EXPORT int InitializeInjectionNvtxExtension(void *module)
{
	void *handle;
	int (*initialize)(void *) = NULL;
	if (!ls_options.nvtx)
		return 0;
	*(void **)&initialize = find_tool("InitializeInjectionNvtxExtension", &handle, false);
	int answer = initialize ? initialize(module) : 0;
	if (initialize && !answer)
		dlclose(handle);
	return answer;
}
