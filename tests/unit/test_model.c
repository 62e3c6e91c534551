/* SPDX-License-Identifier: MIT */
/* From recordings to models: what counts, how often, and where it belongs. */
#include "reporter_helpers.h"

#include <unistd.h>

#include "names.h"

#define EXE 0x555555554000ull

/* A recording with one module and one stack in it. */
static struct mr *with_stack(uint32_t *stack)
{
	const uint64_t pc[] = {EXE + 0x1010, EXE + 0x2020};
	struct mr *mr = mr_new();

	mr_module(mr, "/home/user/train", EXE, EXE + 0x10000, EXE);
	*stack = mr_stack(mr, pc, 2);
	return mr;
}

static void groups_the_live_table(void **state)
{
	const uint64_t code[] = {0x1010, 0x2020, 0x3030};
	struct lr_model *m = build_model(mr_sample_recording("/home/user/train", code, 3));
	struct lr_leak *leak;
	struct lr_scope *scope;

	(void)state;
	assert_int_equal(m->leak_count, 3);
	leak = find_leak(m, "/trainer/epoch/batch", 120 * 4096);
	assert_non_null(leak);
	assert_int_equal(leak->blocks, 120);
	assert_int_equal(leak->smallest, 4096);
	assert_int_equal(leak->largest, 4096);
	assert_int_equal(leak->kind, LS_KIND_UNCLASSIFIED);
	assert_true(leak->outlived);
	assert_int_equal(leak->scope_instances, 120);
	assert_int_equal(leak->scope_closes, 120);
	assert_int_equal(leak->thread_count, 1);
	assert_string_equal(leak->threads[0], "1 main");
	assert_int_equal(leak->frame_count, 3);
	assert_int_equal(leak->frames[0].offset, 0x1010 - 1);
	assert_string_equal(leak->frames[0].module, "/home/user/train");
	assert_null(leak->frames[0].function);
	assert_true(leak->frames[0].user);
	leak = find_leak(m, "/", 124);
	assert_non_null(leak);
	assert_false(leak->outlived);
	assert_int_equal(leak->smallest, 24);
	assert_int_equal(leak->largest, 100);
	assert_string_equal(leak->threads[0], "2 worker");
	leak = find_leak(m, "/trainer", 8 << 20);
	assert_int_equal(leak->kind, LS_KIND_DEVICE);
	assert_int_equal(leak->memory, LS_MEM_DEVICE);
	assert_int_equal(m->totals[LS_MEM_HOST].live_blocks, 122);
	assert_int_equal(m->totals[LS_MEM_HOST].allocations, 122);
	assert_int_equal(m->totals[LS_MEM_DEVICE].live_bytes, 8 << 20);
	assert_int_equal(m->scope_count, 4);
	assert_string_equal(m->scopes[0].path, "/");
	scope = find_scope(m, "/trainer/epoch/batch");
	assert_int_equal(scope->instances, 120);
	assert_int_equal(scope->open_instances, 0);
	assert_int_equal(scope->live_blocks, 120);
	assert_string_equal(scope->parent, "/trainer/epoch");
	assert_int_equal(find_scope(m, "/")->live_bytes, 124);
	assert_true(has_note(m, "a note of the shim (2 times)"));
	lr_model_free(m);
}

static void process_figures(void **state)
{
	struct lr_model *m = build_model(mr_new());

	(void)state;
	assert_int_equal(m->pid, 4711);
	assert_string_equal(m->state, "exited");
	assert_string_equal(m->started, "2026-01-01T00:00:00.000Z");
	assert_true(m->duration_s > 12.39 && m->duration_s < 12.41);
	assert_int_equal(m->cmdline_count, 1);
	assert_string_equal(m->cmdline[0], "train");
	assert_int_equal(m->leak_count, 0);
	assert_int_equal(m->scope_count, 1);
	lr_model_free(m);
}

/* One address: a block beats a move, two of the same count once, a half-written one not at all. */
static void live_states(void **state)
{
	uint32_t stack, context;
	struct mr *mr = with_stack(&stack);
	struct lr_model *m;

	(void)state;
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_slot(mr, 0x1000 | LS_LIVE_MOVING, 10, context);
	mr_slot(mr, 0x1000 | LS_LIVE_BLOCK, 20, context);
	mr_slot(mr, 0x2000 | LS_LIVE_BLOCK, 40, context);
	mr_slot(mr, 0x2000 | LS_LIVE_BLOCK, 40, context);
	mr_slot(mr, 0x3000 | LS_LIVE_MOVING, 80, context);
	mr_slot(mr, 0x4000 | LS_LIVE_WRITING, 160, context);
	mr_slot(mr, 0x5000 | LS_LIVE_FREE, 320, context);
	m = build_model(mr);
	assert_int_equal(m->leak_count, 1);
	assert_int_equal(m->leaks[0].blocks, 3);
	assert_int_equal(m->leaks[0].bytes, 20 + 40 + 80);
	assert_true(has_note(m, "1 blocks were just being recorded"));
	lr_model_free(m);
}

static void huge_and_empty_blocks(void **state)
{
	uint32_t stack, context;
	struct mr *mr = with_stack(&stack);
	struct lr_model *m;

	(void)state;
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_block(mr, 0x10000, 0, context);
	mr_block(mr, 0x20000, 5ull << 32 | 7, context);
	m = build_model(mr);
	assert_int_equal(m->leaks[0].blocks, 2);
	assert_true(m->leaks[0].bytes == (5ull << 32 | 7));
	assert_int_equal(m->leaks[0].smallest, 0);
	lr_model_free(m);
}

/* Blocks whose context is lost are shown without origin, not left out. */
static void lost_contexts(void **state)
{
	uint32_t stack;
	struct mr *mr = with_stack(&stack);
	struct lr_model *m;

	(void)state;
	mr_slot(mr, 0x1000 | LS_LIVE_BLOCK, 10, 12345);
	m = build_model(mr);
	assert_int_equal(m->leak_count, 1);
	assert_int_equal(m->leaks[0].frame_count, 0);
	assert_string_equal(m->leaks[0].scope, "/");
	assert_true(has_note(m, "where 1 blocks (10 bytes) come from is not in the recording"));
	lr_model_free(m);
}

/* A program with one open and one closed scope at the same path, each with a block. */
static struct mr *half_open(uint32_t state)
{
	uint32_t stack, path, open, closed, context;
	struct mr *mr = with_stack(&stack);
	struct ls_path *p;

	path = mr_path(mr, 1, "request");
	open = mr_scope(mr, path, 1);
	closed = mr_scope(mr, path, 2);
	context = mr_context(mr, stack, path, open, 1, LS_MEM_HOST);
	mr_block(mr, 0x1000, 16, context);
	context = mr_context(mr, stack, path, closed, 1, LS_MEM_HOST);
	((struct ls_context *)mr_at(mr, LS_SEC_CONTEXTS, context))->state = 2;
	mr_block(mr, 0x2000, 32, context);
	p = mr_at(mr, LS_SEC_PATHS, path);
	p->outlived_blocks = 1;
	p->outlived_bytes = 32;
	mr_header(mr)->state = state;
	return mr;
}

/* While the process runs an open scope has not been outlived: two leaks at one site. */
static void outlived_needs_a_closed_scope(void **state)
{
	struct mr *mr = half_open(LS_STATE_RUNNING);
	struct lr_model *m;

	(void)state;
	mr_header(mr)->pid = (uint32_t)getpid();
	mr_header(mr)->start_ticks = own_start_ticks();
	m = build_model(mr);
	assert_string_equal(m->state, "running");
	assert_int_equal(m->leak_count, 2);
	assert_false(find_leak(m, "/request", 16)->outlived);
	assert_true(find_leak(m, "/request", 32)->outlived);
	assert_int_equal(find_leak(m, "/request", 32)->scope_instances, 1);
	assert_int_equal(find_leak(m, "/request", 32)->scope_closes, 1);
	assert_int_equal(find_scope(m, "/request")->open_instances, 1);
	assert_int_equal(find_scope(m, "/request")->outlived_blocks, 1);
	lr_model_free(m);
}

/* What a killed process left open was closed by its end. */
static void the_end_closes_scopes(void **state)
{
	struct lr_model *m = build_model(half_open(LS_STATE_SIGNALLED));

	(void)state;
	assert_int_equal(m->leak_count, 1);
	assert_true(find_leak(m, "/request", 48)->outlived);
	assert_int_equal(m->leaks[0].scope_instances, 2);
	assert_int_equal(m->leaks[0].scope_closes, 2);
	assert_int_equal(find_scope(m, "/request")->open_instances, 0);
	assert_int_equal(find_scope(m, "/request")->outlived_blocks, 2);
	assert_int_equal(find_scope(m, "/request")->outlived_bytes, 48);
	assert_true(find_scope(m, "/request")->last_closed_s > 12);
	lr_model_free(m);
}

/* One sampled block of S bytes stands for 1 / (1 - exp(-S / R)). */
static void samples_stand_for_more(void **state)
{
	uint32_t stack, context;
	struct mr *mr = with_stack(&stack);
	struct lr_model *m;

	(void)state;
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_block(mr, 0x1000, 10, context);
	mr_block(mr, 0x2000, 0, context);
	mr_header(mr)->sample_bytes = 1000;
	m = build_model(mr);
	assert_true(m->leaks[0].estimated);
	assert_int_equal(m->leaks[0].blocks, 102); /* 100.5 and the empty one */
	assert_int_equal(m->leaks[0].bytes, 1005);
	assert_int_equal(m->totals[LS_MEM_HOST].live_bytes, 1005);
	lr_model_free(m);
}

/* Totals are contexts and the sites that contexts folded into. */
static void totals_add_folded_sites(void **state)
{
	uint32_t stack, path, context, id;
	struct mr *mr = with_stack(&stack);
	struct ls_context *c;
	struct ls_site *site;
	struct lr_model *m;

	(void)state;
	path = mr_path(mr, 1, "request");
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	c = mr_at(mr, LS_SEC_CONTEXTS, context);
	c->allocations = 10;
	c->allocated_bytes = 100;
	c->frees = 4;
	c->foreign_frees = 5;
	id = mr_record(mr, LS_SEC_SITES);
	site = mr_at(mr, LS_SEC_SITES, id);
	site->path = path;
	site->stack = stack;
	site->allocations = 1000;
	site->allocated_bytes = 5000;
	site->frees = 1000;
	m = build_model(mr);
	assert_int_equal(m->totals[LS_MEM_HOST].allocations, 1010);
	assert_int_equal(m->totals[LS_MEM_HOST].allocated_bytes, 5100);
	assert_int_equal(m->totals[LS_MEM_HOST].frees, 1009);
	assert_int_equal(find_scope(m, "/request")->allocations, 1000);
	assert_int_equal(find_scope(m, "/")->allocations, 10);
	assert_int_equal(m->overhead.distinct_stacks, 1);
	lr_model_free(m);
}

static void states(void **state)
{
	static const struct {
		uint32_t state;
		const char *name;
	} cases[] = {{LS_STATE_EXITED, "exited"},
		     {LS_STATE_SIGNALLED, "signalled"},
		     {LS_STATE_EXEC, "exec"},
		     {LS_STATE_RUNNING, "unknown"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t stack, context;
		struct mr *mr = with_stack(&stack);
		struct lr_model *m;

		context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
		mr_block(mr, 0x1000, 16, context);
		mr_header(mr)->state = cases[i].state;
		mr_header(mr)->signal = 9;
		mr_header(mr)->pid = 0x7ffffff0; /* above the kernel's limit: nobody */
		m = build_model(mr);
		assert_string_equal(m->state, cases[i].name);
		/* what an exec replaced leaked nothing, but it was live */
		assert_int_equal(m->leak_count, cases[i].state == LS_STATE_EXEC ? 0 : 1);
		assert_int_equal(m->totals[LS_MEM_HOST].live_blocks, 1);
		lr_model_free(m);
	}
}

static void since_a_snapshot(void **state)
{
	struct lr_build_options options = {.since = "warm"};
	uint32_t stack, context;
	struct mr *mr = with_stack(&stack);
	struct lr_recording *recording;
	struct lr_model *m;
	struct lr_error err;

	(void)state;
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_block(mr, 0x1000, 16, context);
	mr_snapshot(mr, "warm", 1000, 1);
	mr_block(mr, 0x2000, 32, context);
	recording = parse_recording(mr, &err);
	assert_int_equal(lr_model_build(recording, "a", &options, &m, &err), 0);
	assert_int_equal(m->leak_count, 1);
	assert_int_equal(m->leaks[0].bytes, 32);
	assert_int_equal(m->totals[LS_MEM_HOST].live_bytes, 48);
	lr_model_free(m);
	options.since = "cold";
	assert_int_equal(lr_model_build(recording, "a", &options, &m, &err), -1);
	assert_non_null(strstr(err.text, "no snapshot 'cold'"));
	lr_recording_close(recording);
}

/* The module is the one loaded when the stack was taken, whatever came there later. */
static void modules_by_generation(void **state)
{
	const uint64_t pc[] = {0x7f0000001001};
	struct mr *mr = mr_new();
	struct ls_module *module;
	struct lr_model *m;
	uint32_t stack, context;

	(void)state;
	mr_module(mr, "/plugin/old.so", 0x7f0000000000, 0x7f0000010000, 0x7f0000000000);
	module = mr_at(mr, LS_SEC_MODULES, 2);
	module->load_generation = 1;
	module->unload_generation = 3;
	module->build_id_length = 2;
	module->build_id[0] = 0xab;
	module->build_id[1] = 0x01;
	mr_module(mr, "/plugin/new.so", 0x7f0000000000, 0x7f0000020000, 0x7f0000000000);
	((struct ls_module *)mr_at(mr, LS_SEC_MODULES, 3))->load_generation = 4;
	mr_header(mr)->load_generation = 2;
	stack = mr_stack(mr, pc, 1);
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_block(mr, 0x1000, 1, context);
	mr_header(mr)->load_generation = 5;
	stack = mr_stack(mr, pc, 1);
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_block(mr, 0x2000, 2, context);
	mr_header(mr)->load_generation = 3;
	stack = mr_stack(mr, pc, 1);
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_block(mr, 0x3000, 4, context);
	m = build_model(mr);
	assert_string_equal(find_leak(m, "/", 1)->frames[0].module, "/plugin/old.so");
	assert_string_equal(find_leak(m, "/", 1)->frames[0].build_id, "ab01");
	assert_int_equal(find_leak(m, "/", 1)->frames[0].offset, 0x1000);
	assert_string_equal(find_leak(m, "/", 2)->frames[0].module, "/plugin/new.so");
	assert_null(find_leak(m, "/", 4)->frames[0].module);
	lr_model_free(m);
}

static void frames_of_the_shim_are_dropped(void **state)
{
	const uint64_t pc[] = {0x7f0000000100, EXE + 0x10, 0x7f0000000200, 0x7e0000000010, 0};
	uint32_t stack, context;
	struct mr *mr = mr_new();
	struct lr_model *m;

	(void)state;
	mr_module(mr, "/usr/lib/libleakscope.so", 0x7f0000000000, 0x7f0000001000, 0x7f0000000000);
	((struct ls_module *)mr_at(mr, LS_SEC_MODULES, 2))->is_shim = 1;
	mr_module(mr, "/home/user/train", EXE, EXE + 0x1000, EXE);
	mr_module(mr, "/usr/lib/x86_64-linux-gnu/libc.so.6", 0x7e0000000000, 0x7e0000001000,
		  0x7e0000000000);
	stack = mr_stack(mr, pc, 5);
	context = mr_context(mr, stack, 1, 0, 1, LS_MEM_HOST);
	mr_block(mr, 0x1000, 1, context);
	m = build_model(mr);
	assert_int_equal(m->leaks[0].frame_count, 2);
	assert_string_equal(m->leaks[0].frames[0].module, "/home/user/train");
	assert_true(m->leaks[0].frames[0].user);
	assert_false(m->leaks[0].frames[1].user);
	lr_model_free(m);
}

/* Loops, parents that are none and endless names give a tree all the same. */
static void scope_trees_stay_trees(void **state)
{
	char *name = malloc(200000);
	uint32_t a, b, c, last, i;
	struct mr *mr = mr_new();
	struct lr_model *m;
	size_t total = 0;

	(void)state;
	a = mr_path(mr, 1, "a");
	b = mr_path(mr, a, "b");
	((struct ls_path *)mr_at(mr, LS_SEC_PATHS, a))->parent = b;
	c = mr_path(mr, 1, "c");
	((struct ls_path *)mr_at(mr, LS_SEC_PATHS, c))->parent = c;
	last = mr_path(mr, 999, "orphan");
	memset(name, 'n', 199999);
	name[199999] = '\0';
	mr_path(mr, 1, name);
	free(name);
	for (i = 0; i < 3000; i++)
		last = mr_path(mr, last, "deep");
	m = build_model(mr);
	assert_non_null(find_scope(m, "/a"));
	assert_non_null(find_scope(m, "/a/b"));
	assert_non_null(find_scope(m, "/c"));
	assert_non_null(find_scope(m, "/orphan/deep/deep"));
	assert_int_equal(m->scope_count, 3006);
	for (i = 0; i < m->scope_count; i++) {
		total += strlen(m->scopes[i].path);
		assert_true(strlen(m->scopes[i].path) < 10000);
	}
	assert_true(total < 3006 * 10000);
	lr_model_free(m);
}

static void names_are_the_contracts(void **state)
{
	(void)state;
	assert_string_equal(lr_kind_name(LS_KIND_UNCLASSIFIED), "unclassified");
	assert_string_equal(lr_kind_name(LS_KIND_INDIRECT), "indirect");
	assert_string_equal(lr_kind_name((enum ls_kind)99), "unclassified");
	assert_string_equal(lr_memory_name(LS_MEM_MANAGED), "managed");
	assert_string_equal(lr_scope_kind_name(LS_SCOPE_NVTX), "nvtx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_the_live_table),
		cmocka_unit_test(process_figures),
		cmocka_unit_test(live_states),
		cmocka_unit_test(huge_and_empty_blocks),
		cmocka_unit_test(lost_contexts),
		cmocka_unit_test(outlived_needs_a_closed_scope),
		cmocka_unit_test(the_end_closes_scopes),
		cmocka_unit_test(samples_stand_for_more),
		cmocka_unit_test(totals_add_folded_sites),
		cmocka_unit_test(states),
		cmocka_unit_test(since_a_snapshot),
		cmocka_unit_test(modules_by_generation),
		cmocka_unit_test(frames_of_the_shim_are_dropped),
		cmocka_unit_test(scope_trees_stay_trees),
		cmocka_unit_test(names_are_the_contracts),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
