/* SPDX-License-Identifier: MIT */
/*
 * Makes recordings for the tests of the command line:
 *
 *   make-leaks FILE [KEY=VALUE | leak=SITE,SCOPE,COUNT,SIZE[,MEMORY[,KIND]]]...
 *       keys: pid, ticks, state (running, exited, signalled, exec), code, signal, started
 *       (seconds), peak, churn (allocations that were freed again), note, exe, snapshot
 *       (its label; what follows came later), rules (the program's own suppressions),
 *       scan (failed), late (releases that came too late), untracked, measured
 *       (USED,TRACKED,OWN bytes of GPU 0, for the latest snapshot)
 *       With a KIND there was a leak scan at the end, which said that of the blocks.
 *       Other MEMORY than host: device, managed, …, or a handle: stream, event, context,
 *       primary, module, library; on GPU 0 or @ORDINAL; a + in front: by way of the CUDA
 *       runtime.  KINDs of it: orphaned, held, lost (held by lost blocks only),
 *       reclaimed, releasing.
 *   make-leaks --hold FILE
 *       make one of this very process, keep it mapped as a shim does, say
 *       "ready" and stay until the standard input ends
 *
 * SITE is 0, 1 or 2: functions of this program, whose lines are fixed by #line.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "make_recording.h"

#ifdef __clang__
#define SITE __attribute__((noinline))
#else
#define SITE __attribute__((noinline, noclone))
#endif
#define SITES 3

/* Where this program is loaded, by the linker. */
extern const char __executable_start;

SITE static uint64_t here(void)
{
	return (uint64_t)(uintptr_t)__builtin_return_address(0) -
	       (uint64_t)(uintptr_t)&__executable_start;
}

/* Keeps the call above from becoming a jump. */
#define RETURN_HERE                                                                                \
	uint64_t pc = here();                                                                      \
	__asm__ volatile("" : "+r"(pc));                                                           \
	return pc

/* clang-format off */
SITE static uint64_t store_load(void)
{
#line 110 "/src/app/store.c"
	RETURN_HERE;
}

SITE static uint64_t cache_fill(void)
{
#line 20 "/src/app/cache.c"
	RETURN_HERE;
}

SITE static uint64_t parse_line(void)
{
#line 30 "/src/app/parse.c"
	RETURN_HERE;
}

SITE static uint64_t run_all(void)
{
#line 50 "/src/app/app.c"
	RETURN_HERE;
}
/* clang-format on */
#line 200 "make_leaks.c"

#define BASE 0x400000u
#define RUNTIME 0x7e0000000000u
#define ROOT_PATH 1u

struct make {
	struct mr *mr;
	uint64_t pc[SITES], caller, address;
	struct {
		char path[128];
		uint32_t id;
	} paths[16];
	size_t path_count;
	struct {
		uint64_t address;
		enum ls_kind kind;
	} verdicts[256];
	size_t verdict_count;
	uint32_t snapshots;
	uint32_t devices[4]; /* records by ordinal; 0 = not yet made */
	bool sought;         /* a resource was looked for by the scan at the end */
	bool runtime;        /* its module is there */
};

static void usage(const char *wrong)
{
	fprintf(stderr, "make-leaks: '%s' is not understood\n", wrong);
	exit(2);
}

/* The path id of SCOPE, its parents made as needed. */
static uint32_t path_of(struct make *m, const char *scope)
{
	char parent[128];
	const char *slash = strrchr(scope, '/');
	uint32_t id;

	if (strcmp(scope, "/") == 0)
		return ROOT_PATH;
	for (size_t i = 0; i < m->path_count; i++) {
		if (strcmp(m->paths[i].path, scope) == 0)
			return m->paths[i].id;
	}
	if (!slash || strlen(scope) >= sizeof(parent) || m->path_count == 16)
		usage(scope);
	snprintf(parent, sizeof(parent), "%.*s", slash == scope ? 1 : (int)(slash - scope), scope);
	id = mr_path(m->mr, path_of(m, parent), slash + 1);
	strcpy(m->paths[m->path_count].path, scope);
	m->paths[m->path_count++].id = id;
	return id;
}

static enum ls_kind kind_of(const char *name)
{
	static const char *const names[] = {"", "definite", "indirect", "possible", "reachable"};

	for (int i = 0; i < 5; i++) {
		if (strcmp(names[i], name) == 0)
			return (enum ls_kind)i;
	}
	usage(name);
	return LS_KIND_UNCLASSIFIED;
}

static const struct {
	const char *name;
	enum ls_memory memory;
	enum ls_resource_type type;
} resources[] = {{"device", LS_MEM_DEVICE, LS_RES_ALLOC},
		 {"pinned", LS_MEM_PINNED, LS_RES_HOST_ALLOC},
		 {"managed", LS_MEM_MANAGED, LS_RES_ALLOC_MANAGED},
		 {"vmm", LS_MEM_VMM, LS_RES_VMM},
		 {"pool", LS_MEM_POOL, LS_RES_ALLOC_ASYNC},
		 {"array", LS_MEM_ARRAY, LS_RES_ARRAY},
		 {"registered", LS_MEM_REGISTERED, LS_RES_HOST_REGISTER},
		 {"stream", LS_MEM_HANDLE, LS_RES_STREAM},
		 {"event", LS_MEM_HANDLE, LS_RES_EVENT},
		 {"context", LS_MEM_HANDLE, LS_RES_CONTEXT},
		 {"primary", LS_MEM_HANDLE, LS_RES_PRIMARY_CONTEXT},
		 {"module", LS_MEM_HANDLE, LS_RES_MODULE},
		 {"library", LS_MEM_HANDLE, LS_RES_LIBRARY}};

static uint32_t device_of(struct make *m, uint64_t ordinal)
{
	char name[32];

	if (ordinal >= 4)
		usage("@");
	snprintf(name, sizeof(name), "Test GPU %u", (unsigned)ordinal);
	if (!m->devices[ordinal])
		m->devices[ordinal] = mr_device(m->mr, (uint32_t)ordinal, name, 16ull << 30);
	return m->devices[ordinal];
}

/* As struct ls_resource has it. */
static void set_fate(struct make *m, uint32_t id, const char *fate)
{
	struct ls_resource *r = mr_at(m->mr, LS_SEC_RESOURCES, id);

	if (!*fate)
		return;
	r->scan = 1;
	m->sought = true;
	if (strcmp(fate, "held") == 0)
		r->flags = LS_RESOURCE_HELD;
	else if (strcmp(fate, "lost") == 0)
		r->flags = LS_RESOURCE_HELD | LS_RESOURCE_HELD_BY_LEAK;
	else if (strcmp(fate, "reclaimed") == 0)
		mr_reclaim(m->mr, id);
	else if (strcmp(fate, "releasing") == 0)
		r->state = LS_RESOURCE_RELEASING;
	else if (strcmp(fate, "orphaned") != 0)
		usage(fate);
}

static void add_resource(struct make *m, uint64_t *pc, uint32_t path, uint32_t count, uint64_t size,
			 const char *memory, const char *fate)
{
	bool by_runtime = *memory == '+';
	const char *at = strchr(memory, '@');
	size_t length, i;
	uint64_t frames[3] = {RUNTIME + 0x1001, pc[0], pc[1]};
	uint32_t device = device_of(m, at ? strtoull(at + 1, NULL, 10) : 0), context, scope = 0;

	memory += by_runtime;
	length = strcspn(memory, "@");
	for (i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (strlen(resources[i].name) == length &&
		    strncmp(resources[i].name, memory, length) == 0)
			break;
	}
	if (i == sizeof(resources) / sizeof(resources[0]))
		usage(memory);
	if (by_runtime && !m->runtime) {
		mr_module(m->mr, "/opt/cuda/lib64/libcudart.so.13", RUNTIME, RUNTIME + 0x100000,
			  RUNTIME);
		m->runtime = true;
	}
	if (path != ROOT_PATH)
		scope = mr_scope(m->mr, path, 2);
	context = mr_context(m->mr, mr_stack(m->mr, frames + !by_runtime, 2 + by_runtime), path,
			     scope, 1, resources[i].memory);
	if (scope)
		((struct ls_context *)mr_at(m->mr, LS_SEC_CONTEXTS, context))->state = 2;
	while (count--) {
		set_fate(m,
			 mr_resource(m->mr, resources[i].type, m->address, size, context, device),
			 fate);
		m->address += (size + 0x1000) & ~0xfffull;
	}
}

/* What the driver said of GPU 0. */
static void add_measured(struct make *m, const char *value)
{
	struct ls_device *d = mr_at(m->mr, LS_SEC_DEVICES, device_of(m, 0));

	if (sscanf(value, "%" SCNu64 ",%" SCNu64 ",%" SCNu64, &d->used_bytes, &d->tracked_bytes,
		   &d->own_bytes) != 3)
		usage(value);
	d->measured_tick = 2500;
	d->snapshot = m->snapshots;
}

static void add_leak(struct make *m, const char *value)
{
	char scope[128], memory[16] = "host", name[16] = "";
	uint64_t pc[2], size;
	uint32_t context, count, path, instance = 0;
	enum ls_kind kind;
	unsigned site;

	if (sscanf(value, "%u,%127[^,],%" SCNu32 ",%" SCNu64 ",%15[^,],%15s", &site, scope, &count,
		   &size, memory, name) < 4 ||
	    site >= SITES)
		usage(value);
	pc[0] = BASE + m->pc[site];
	pc[1] = BASE + m->caller;
	path = path_of(m, scope);
	if (strcmp(memory, "host") != 0) {
		add_resource(m, pc, path, count, size, memory, name);
		return;
	}
	kind = kind_of(name);
	if (path != ROOT_PATH)
		instance = mr_scope(m->mr, path, 2);
	context = mr_context(m->mr, mr_stack(m->mr, pc, 2), path, instance, 1, LS_MEM_HOST);
	if (instance)
		((struct ls_context *)mr_at(m->mr, LS_SEC_CONTEXTS, context))->state = 2;
	for (uint32_t i = 0; i < count; i++) {
		mr_block(m->mr, m->address, size, context);
		if (kind != LS_KIND_UNCLASSIFIED && m->verdict_count < 256) {
			m->verdicts[m->verdict_count].address = m->address;
			m->verdicts[m->verdict_count++].kind = kind;
		}
		m->address += (size + 64) & ~15ull;
	}
}

static void add_churn(struct make *m, uint64_t count)
{
	uint64_t pc = BASE + m->caller;
	uint32_t id = mr_context(m->mr, mr_stack(m->mr, &pc, 1), ROOT_PATH, 0, 1, LS_MEM_HOST);
	struct ls_context *context = mr_at(m->mr, LS_SEC_CONTEXTS, id);

	context->allocations = context->frees = count;
	context->allocated_bytes = context->freed_bytes = count * 16;
}

/* What a scan at the end would have left. */
static void add_scan(struct make *m)
{
	uint32_t scan;

	if (!m->verdict_count && !m->sought)
		return;
	scan = mr_scan(m->mr, LS_SCAN_AT_EXIT, m->snapshots + 1);
	for (size_t i = 0; i < m->verdict_count; i++)
		mr_verdict(m->mr, scan, m->verdicts[i].address, m->verdicts[i].kind);
}

/* A scan that came to nothing, and the note that the shim leaves then. */
static void add_failed_scan(struct make *m)
{
	uint32_t scan = mr_scan(m->mr, LS_SCAN_AT_EXIT, m->snapshots + 1);

	((struct ls_scan *)mr_at(m->mr, LS_SEC_SCANS, scan))->state = LS_SCAN_FAILED;
	mr_header(m->mr)->scans_failed = 1;
	mr_note(m->mr, LS_NOTE_WARNING, "the leak scan could not be made", 1);
}

static void add_snapshot(struct make *m, const char *label)
{
	struct ls_peak *host = &mr_header(m->mr)->peaks[LS_MEM_HOST];
	struct ls_snapshot *snapshot;
	uint32_t id;

	m->snapshots++;
	id = mr_snapshot(m->mr, label, 1000 * m->snapshots, m->snapshots);
	snapshot = mr_at(m->mr, LS_SEC_SNAPSHOTS, id);
	snapshot->live_bytes = (uint64_t)host->live_bytes;
	snapshot->live_blocks = 1;
}

static uint32_t state_of(const char *name)
{
	static const char *const names[] = {"running", "exited", "signalled", "exec"};

	for (uint32_t i = 0; i < 4; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	usage(name);
	return 0;
}

static void apply(struct make *m, const char *argument)
{
	struct ls_header *h = mr_header(m->mr);
	const char *value = strchr(argument, '=');
	uint64_t number;

	if (!value)
		usage(argument);
	value++;
	number = strtoull(value, NULL, 10);
#define IS(key) (strncmp(argument, key "=", sizeof(key)) == 0)
	if (IS("pid"))
		h->pid = (uint32_t)number;
	else if (IS("ticks"))
		h->start_ticks = number;
	else if (IS("state"))
		h->state = state_of(value);
	else if (IS("code"))
		h->exit_code = (int32_t)number;
	else if (IS("signal"))
		h->signal = (uint32_t)number;
	else if (IS("started"))
		h->started_ns = number * 1000000000u;
	else if (IS("peak"))
		h->peaks[LS_MEM_HOST].peak_bytes = (int64_t)number;
	else if (IS("churn"))
		add_churn(m, number);
	else if (IS("note"))
		mr_note(m->mr, LS_NOTE_WARNING, value, 1);
	else if (IS("exe"))
		h->exe = mr_string(m->mr, value);
	else if (IS("snapshot"))
		add_snapshot(m, value);
	else if (IS("rules"))
		h->host_suppressions = mr_string(m->mr, value);
	else if (IS("late"))
		h->late_device_frees = number;
	else if (IS("untracked"))
		h->gpu_flags |= LS_GPU_UNTRACKED;
	else if (IS("measured"))
		add_measured(m, value);
	else if (IS("scan"))
		add_failed_scan(m);
	else if (IS("leak"))
		add_leak(m, value);
	else
		usage(argument);
	if (h->state == LS_STATE_RUNNING)
		h->ended_ns = 0;
}

static void start(struct make *m)
{
	char exe[4096];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (length < 0)
		exit(2);
	exe[length] = '\0';
	*m = (struct make){.mr = mr_new(),
			   .pc = {store_load(), cache_fill(), parse_line()},
			   .caller = run_all(),
			   .address = 0x10000000};
	mr_header(m->mr)->exe = mr_string(m->mr, exe);
	mr_module(m->mr, exe, BASE, BASE + 0x1000000, BASE);
}

static void hold(const char *path)
{
	char text[64];
	struct stat st;
	int fd = open(path, O_RDWR);

	if (fd < 0 || fstat(fd, &st) != 0 ||
	    mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
		    MAP_FAILED) {
		perror(path);
		exit(2);
	}
	close(fd);
	puts("ready");
	fflush(stdout);
	while (read(0, text, sizeof(text)) > 0)
		;
}

int main(int argc, char **argv)
{
	bool holds = argc == 3 && strcmp(argv[1], "--hold") == 0;
	const char *path = argv[holds ? 2 : 1];
	struct make m;
	int status;

	if (argc < 2)
		usage("");
	start(&m);
	for (int i = 2; i < argc && !holds; i++)
		apply(&m, argv[i]);
	add_scan(&m);
	if (holds) {
		struct ls_header *h = mr_header(m.mr);

		h->pid = (uint32_t)getpid();
		h->start_ticks = mr_own_ticks();
		h->state = LS_STATE_RUNNING;
		h->ended_ns = 0;
		add_leak(&m, "0,/,2,100");
	}
	status = mr_write(m.mr, path);
	mr_free(m.mr);
	if (status) {
		fprintf(stderr, "make-leaks: %s: %s\n", path, strerror(-status));
		return 2;
	}
	if (holds)
		hold(path);
	return 0;
}
