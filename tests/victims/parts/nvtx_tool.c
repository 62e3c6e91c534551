/* SPDX-License-Identifier: MIT */
/*
 * A tool to be injected into NVTX code: writes what it is told, and gives ids, levels
 * and handles that are like nobody else's.  It wants no end of CORE's ranges.  With
 * TOOL_FAILS it says no, after having attached.
 */
#include "../victim.h"
#include <wchar.h>

typedef void (*function)(void);
struct callbacks {
	size_t size;
	int (*module_table)(int module, function ***table, unsigned *n);
};
struct attributes {
	uint16_t version, size;
	uint32_t numbers[5];
	uint64_t payload;
	int32_t type;
	union {
		const char *ascii;
		uint64_t handle;
	} message;
};

static int level = 100;
static uint64_t ids = 7000;

static const char *text(const struct attributes *a)
{
	static char handle[32];
	if (a->type == 1)
		return a->message.ascii;
	snprintf(handle, sizeof(handle), "#%llx", (unsigned long long)a->message.handle);
	return handle;
}

static void mark_a(const char *m)
{
	say("tool: mark %s\n", m);
}

static void name_thread(uint32_t thread, const char *m)
{
	say("tool: thread %u %s\n", thread, m);
}

static int push_a(const char *m)
{
	say("tool: push %s\n", m);
	return level++;
}

static int push_w(const wchar_t *m)
{
	say("tool: push wide %ls\n", m);
	return level++;
}

static int pop(void)
{
	say("tool: pop\n");
	return --level;
}

static uint64_t start_ex(const struct attributes *a)
{
	say("tool: start %s\n", text(a));
	return ids++;
}

static uint64_t domain_start(uint64_t domain, const struct attributes *a)
{
	say("tool: start %llx %s\n", (unsigned long long)domain, text(a));
	return ids++;
}

static void domain_end(uint64_t domain, uint64_t id)
{
	say("tool: end %llx %d\n", (unsigned long long)domain, (int)id);
}

static int domain_push(uint64_t domain, const struct attributes *a)
{
	say("tool: push %llx %s\n", (unsigned long long)domain, text(a));
	return 1000 + level++;
}

static int domain_pop(uint64_t domain)
{
	say("tool: pop %llx\n", (unsigned long long)domain);
	return 1000 + --level;
}

static uint64_t string_a(uint64_t domain, const char *m)
{
	say("tool: string %llx %s\n", (unsigned long long)domain, m);
	return 0x5000 + ids++;
}

static uint64_t create_a(const char *m)
{
	say("tool: domain %s\n", m);
	return 0xd000 + ids++;
}

static uint64_t create_w(const wchar_t *m)
{
	say("tool: domain wide %ls\n", m);
	return 0xe000 + ids++;
}

static void destroy(uint64_t domain)
{
	say("tool: destroy %llx\n", (unsigned long long)domain);
}

int InitializeInjectionNvtxExtension(const char *module);
__attribute__((visibility("default"))) int InitializeInjectionNvtxExtension(const char *module)
{
	say("tool: extension %s\n", module);
	return 77;
}

int InitializeInjectionNvtx2(const void *(*get)(uint32_t));
__attribute__((visibility("default"))) int InitializeInjectionNvtx2(const void *(*get)(uint32_t))
{
	const struct callbacks *c = get(1);
	function **table;
	unsigned n;
	CHECK(c && c->size >= sizeof(*c));
	CHECK(!c->module_table(99, &table, &n));
	CHECK(c->module_table(1, &table, &n) && n >= 16);
	*table[2] = (function)mark_a;
	*table[4] = (function)start_ex;
	*table[9] = (function)push_a;
	*table[10] = (function)push_w;
	*table[11] = (function)pop;
	*table[14] = (function)name_thread;
	CHECK(c->module_table(5, &table, &n) && n >= 16);
	*table[2] = (function)domain_start;
	*table[3] = (function)domain_end;
	*table[4] = (function)domain_push;
	*table[5] = (function)domain_pop;
	*table[10] = (function)string_a;
	*table[12] = (function)create_a;
	*table[13] = (function)create_w;
	*table[14] = (function)destroy;
	say("tool: attached\n");
#ifdef TOOL_FAILS
	return 0;
#else
	return 1;
#endif
}
