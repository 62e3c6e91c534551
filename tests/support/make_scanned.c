/* SPDX-License-Identifier: MIT */
/* A recording whose blocks a scan has looked at, see make_recording.h. */
#include "make_recording.h"

#define EXE_BASE 0x555555554000ull
#define ROOT_PATH 1u

struct scanned {
	struct mr *mr;
	uint32_t scan, context, outlived;
	uint32_t first; /* record of the first verdict */
};

/* A block of SIZE with that verdict; 1 + its index in the set. */
static uint32_t block(struct scanned *s, uint64_t address, uint64_t size, uint32_t context,
		      enum ls_kind kind)
{
	uint32_t id;

	mr_block(s->mr, address, size, context);
	id = mr_verdict(s->mr, s->scan, address, kind);
	if (!s->first)
		s->first = id;
	return id - s->first + 1;
}

static void held(struct scanned *s, uint32_t index, enum ls_holder type, uint64_t holder,
		 uint32_t root, uint32_t dominator)
{
	uint32_t id = s->first + index - 1;

	mr_held(s->mr, id, type, holder, root);
	((struct ls_verdict *)mr_at(s->mr, LS_SEC_VERDICTS, id))->dominator = dominator;
}

/* A lost list: its head is definite, what hangs from it is not. */
static void add_lost(struct scanned *s)
{
	uint32_t head = block(s, 0x30000000, 40, s->context, LS_KIND_DEFINITE), node;

	node = block(s, 0x30001000, 32, s->context, LS_KIND_INDIRECT);
	held(s, node, LS_HOLDER_BLOCK, 0x30000008, 0, head);
	node = block(s, 0x30002000, 32, s->context, LS_KIND_INDIRECT);
	held(s, node, LS_HOLDER_BLOCK, 0x30001008, 0, node - 1);
	block(s, 0x30003000, 80, s->outlived, LS_KIND_DEFINITE);
}

/* A table that a variable holds, with two entries; one of them outlived its scope. */
static void add_reachable(struct scanned *s, uint64_t variable)
{
	uint32_t table, entry, root;

	root = mr_root(s->mr, s->scan, LS_HOLDER_MODULE, EXE_BASE, EXE_BASE + 0x10000000, 0,
		       "train");
	table = block(s, 0x40000000, 256, s->context, LS_KIND_REACHABLE);
	held(s, table, LS_HOLDER_MODULE, variable + 8, root, 0);
	entry = block(s, 0x40001000, 100, s->context, LS_KIND_REACHABLE);
	held(s, entry, LS_HOLDER_BLOCK, 0x40000010, 0, table);
	entry = block(s, 0x40002000, 3000, s->outlived, LS_KIND_REACHABLE);
	held(s, entry, LS_HOLDER_BLOCK, 0x40000018, 0, table);
}

/* One block for each other way of being held. */
static void add_others(struct scanned *s)
{
	static const struct {
		enum ls_holder type;
		uint64_t start, end;
		uint32_t thread;
		const char *name;
	} roots[] = {{LS_HOLDER_STACK, 0x7ffd00000000, 0x7ffd00100000, 1, "[stack]"},
		     {LS_HOLDER_TLS, 0x7f2000000000, 0x7f2000001000, 2, ""},
		     {LS_HOLDER_REGISTER, 0, 0, 2, ""},
		     {LS_HOLDER_MAPPING, 0x7f3000000000, 0x7f3000100000, 0, ""},
		     {LS_HOLDER_MAPPING, 0x7f4000000000, 0x7f4000001000, 0, "/dev/shm/table"},
		     {LS_HOLDER_KERNEL, 0, 0, 0, ""},
		     {LS_HOLDER_DECLARED, 0x7f5000000000, 0x7f5000001000, 0, ""},
		     {LS_HOLDER_UNTRACKED, 0x50000000, 0x50001000, 0, ""}};
	uint32_t root, index;
	size_t i;

	for (i = 0; i < sizeof roots / sizeof *roots; i++) {
		root = mr_root(s->mr, s->scan, roots[i].type, roots[i].start, roots[i].end,
			       roots[i].thread, roots[i].name);
		index = block(s, 0x50000000 + 0x1000 * i, 10 + i, s->context,
			      i ? LS_KIND_REACHABLE : LS_KIND_POSSIBLE);
		held(s, index, roots[i].type, roots[i].start + 16, root, 0);
	}
}

struct mr *mr_scanned_recording(const char *exe, const uint64_t *code, uint32_t count,
				uint64_t data)
{
	struct mr *mr = mr_new();
	struct scanned s = {.mr = mr};
	uint32_t path, stack, i;
	struct ls_scan *scan;
	uint64_t pc[8];

	for (i = 0; i < count && i < 8; i++)
		pc[i] = EXE_BASE + code[i];
	mr_header(mr)->exe = mr_string(mr, exe);
	mr_header(mr)->epoch = 1;
	mr_module(mr, exe, EXE_BASE, EXE_BASE + 0x10000000, EXE_BASE);
	mr_thread(mr, "worker");
	path = mr_path(mr, ROOT_PATH, "request");
	stack = mr_stack(mr, pc, i);
	s.context = mr_context(mr, stack, ROOT_PATH, 0, 1, LS_MEM_HOST);
	s.outlived = mr_context(mr, stack, path, mr_scope(mr, path, 2), 1, LS_MEM_HOST);
	((struct ls_context *)mr_at(mr, LS_SEC_CONTEXTS, s.outlived))->state = 2;
	s.scan = mr_scan(mr, LS_SCAN_AT_EXIT | LS_SCAN_DOMINATORS, 2);
	scan = mr_at(mr, LS_SEC_SCANS, s.scan);
	scan->scan_ns = 120000000;
	scan->pause_ns = 3100000;
	scan->memory_bytes = 1 << 20;
	add_lost(&s);
	add_reachable(&s, EXE_BASE + data);
	add_others(&s);
	return mr;
}
