/* SPDX-License-Identifier: MIT */
/* Memory and handles of the CUDA driver: from their records to leaks and their words. */
#include "reporter_helpers.h"

#include "gpu.h"
#include "term.h"

#define EXE 0x555555554000ull
#define RUNTIME 0x7f0000000000ull
#define UUID "01234567-89ab-cdef-fedc-ba98765432"

struct made {
	struct mr *mr;
	uint32_t stack, device;
};

/* A program with one stack and one GPU. */
static struct made start(void)
{
	const uint64_t pc[] = {EXE + 0x1010, EXE + 0x2020};
	struct made m = {.mr = mr_new()};

	mr_module(m.mr, "/home/user/train", EXE, EXE + 0x10000, EXE);
	m.stack = mr_stack(m.mr, pc, 2);
	m.device = mr_device(m.mr, 0, "GPU", 1 << 30);
	return m;
}

static uint32_t context(struct made *m, enum ls_memory memory)
{
	return mr_context(m->mr, m->stack, 1, 0, 1, memory);
}

static struct ls_resource *at(struct made *m, uint32_t resource)
{
	return mr_at(m->mr, LS_SEC_RESOURCES, resource);
}

static void has(const char *text, const char *part)
{
	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static struct lr_leak *leak_with(struct lr_model *m, enum ls_memory memory)
{
	for (size_t i = 0; i < m->leak_count; i++) {
		if (m->leaks[i].memory == memory)
			return &m->leaks[i];
	}
	fail_msg("no leak of that memory");
	return NULL;
}

/* Stack x scope x memory x call: one leak; what is said of it besides. */
static void resources_become_leaks(void **state)
{
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE), second = mr_device(m.mr, 7, "", 0), r;
	struct lr_model *model;
	struct lr_leak *leak;

	(void)state;
	r = mr_resource(m.mr, LS_RES_ALLOC, 0x7f1000000000, 100, c, second);
	at(&m, r)->tick = 2000;
	r = mr_resource(m.mr, LS_RES_ALLOC, 0x7f1000001000, 300, c, m.device);
	at(&m, r)->tick = 1000;
	at(&m, r)->cuda_context = 0xbeef;
	r = mr_resource(m.mr, LS_RES_ALLOC, 0x7f1000002000, 200, c, m.device);
	at(&m, r)->state = LS_RESOURCE_FREE;
	r = mr_resource(m.mr, LS_RES_ALLOC_ASYNC, 0x7f1000003000, 50, c, m.device);
	at(&m, r)->stream = 5;
	r = mr_resource(m.mr, LS_RES_ALLOC_ASYNC, 0x7f1000004000, 50, c, m.device);
	at(&m, r)->stream = 6;
	at(&m, r)->state = LS_RESOURCE_RELEASING;
	model = build_model(m.mr);
	assert_int_equal(model->leak_count, 2);
	leak = find_leak(model, "/", 400);
	assert_non_null(leak);
	assert_int_equal(leak->kind, LS_KIND_DEVICE);
	assert_int_equal(leak->blocks, 2);
	assert_int_equal(leak->smallest, 100);
	assert_int_equal(leak->largest, 300);
	assert_true(leak->first_s == 1 && leak->last_s == 2);
	assert_false(leak->outlived);
	assert_string_equal(leak->threads[0], "1 main");
	assert_int_equal(leak->gpu->call, LS_RES_ALLOC);
	assert_int_equal(leak->gpu->device_count, 2);
	assert_int_equal(model->devices[leak->gpu->devices[0]].index, 0);
	assert_int_equal(model->devices[leak->gpu->devices[1]].index, 7);
	assert_int_equal(leak->gpu->cuda_contexts, 2);
	assert_int_equal(leak->gpu->streams, 0);
	assert_int_equal(leak->retained.bytes, 400);
	leak = find_leak(model, "/", 100);
	assert_int_equal(leak->gpu->call, LS_RES_ALLOC_ASYNC);
	assert_int_equal(leak->gpu->streams, 2);
	assert_true(has_note(model, "1 releases of GPU memory or handles were under way"));
	assert_int_equal(model->totals[LS_MEM_DEVICE].live_bytes, 500);
	assert_int_equal(model->totals[LS_MEM_DEVICE].live_blocks, 4);
	assert_int_equal(model->totals[LS_MEM_DEVICE].allocations, 5);
	assert_int_equal(model->scopes[0].live_bytes, 500);
	assert_int_equal(model->totals[LS_MEM_HOST].live_blocks, 0);
	lr_model_free(model);
}

/* The driver's function stands first, and is part of what a leak is known by. */
static void the_call_is_the_first_frame(void **state)
{
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE);
	struct lr_leak *a, *b, *host;
	struct lr_model *model;

	(void)state;
	mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 1, c, m.device);
	mr_resource(m.mr, LS_RES_ALLOC_PITCH, 0x2000, 2, c, m.device);
	mr_resource(m.mr, (enum ls_resource_type)999, 0x3000, 4, c, m.device);
	mr_block(m.mr, 0x10000, 8, context(&m, LS_MEM_HOST));
	model = build_model(m.mr);
	a = find_leak(model, "/", 1);
	b = find_leak(model, "/", 2);
	host = find_leak(model, "/", 8);
	assert_int_equal(a->frame_count, 3);
	assert_string_equal(a->frames[0].function, "cuMemAlloc");
	assert_string_equal(a->frames[0].module, "libcuda.so.1");
	assert_null(a->frames[0].file);
	assert_null(a->frames[0].build_id);
	assert_int_equal(a->frames[0].line, 0);
	assert_false(a->frames[0].user);
	assert_int_equal(a->frames[1].offset, 0x100f);
	assert_string_equal(b->frames[0].function, "cuMemAllocPitch");
	assert_string_not_equal(a->fingerprint, b->fingerprint);
	/* of a type that this reader does not know: without one, but not lost */
	assert_int_equal(find_leak(model, "/", 4)->frame_count, 2);
	assert_string_equal(find_leak(model, "/", 4)->fingerprint, host->fingerprint);
	lr_model_free(model);
}

/* Without names a fingerprint takes the offsets, with that frame as without it. */
static void stripped_programs_are_told_apart(void **state)
{
	const uint64_t other[] = {EXE + 0x3030, EXE + 0x2020};
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE);
	struct lr_model *model;

	(void)state;
	mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 1, c, m.device);
	m.stack = mr_stack(m.mr, other, 2);
	mr_resource(m.mr, LS_RES_ALLOC, 0x2000, 2, context(&m, LS_MEM_DEVICE), m.device);
	model = build_model(m.mr);
	assert_string_not_equal(find_leak(model, "/", 1)->fingerprint,
				find_leak(model, "/", 2)->fingerprint);
	lr_model_free(model);
}

static void looked_for(struct made *m, uint32_t c, uint32_t scan, uint32_t flags)
{
	uint32_t r = mr_resource(m->mr, LS_RES_ALLOC, 0x1000, 1, c, m->device);

	at(m, r)->scan = scan;
	at(m, r)->flags = flags;
}

/* A leak with two buffers, the first of which nobody knows. */
static struct lr_model *with_second(uint32_t scan, uint32_t flags, uint32_t birth)
{
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE), failed;

	mr_scan(m.mr, LS_SCAN_AT_EXIT, 5);
	failed = mr_scan(m.mr, LS_SCAN_AT_EXIT, 9);
	((struct ls_scan *)mr_at(m.mr, LS_SEC_SCANS, failed))->state = LS_SCAN_FAILED;
	looked_for(&m, c, 1, 0);
	mr_header(m.mr)->epoch = birth;
	looked_for(&m, c, scan, flags);
	return build_model(m.mr);
}

static void orphans_are_known_to_nobody(void **state)
{
	const struct {
		uint32_t scan, flags, birth;
		bool orphaned, by_leak;
	} cases[] = {
		{1, 0, 0, true, false},
		{1, LS_RESOURCE_HELD, 0, false, false},
		{1, LS_RESOURCE_HELD | LS_RESOURCE_HELD_BY_LEAK, 0, false, true},
		{1, LS_RESOURCE_HELD_BY_LEAK, 0, false, true},
		{0, 0, 0, false, false},  /* nobody looked for it */
		{77, 0, 0, false, false}, /* a scan that is not there */
		{2, 0, 0, false, false},  /* one that failed */
		{1, 0, 5, false, false},  /* it came after it */
		{1, 0, 4, true, false},
	};
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lr_model *m = with_second(cases[i].scan, cases[i].flags, cases[i].birth);
		const struct lr_leak *leak = find_leak(m, "/", 2);

		assert_int_equal(lr_leak_is_orphaned(leak), cases[i].orphaned);
		assert_int_equal(lr_leak_is_unheld(leak), cases[i].orphaned || cases[i].by_leak);
		text = write_format(m, "text", NULL);
		if (cases[i].orphaned)
			has(text, "   GPU 0   no copy of the pointer is left   ");
		else if (!cases[i].by_leak)
			has(text, "   GPU 0   no copy of 1 of the 2 pointers is left\n");
		else
			has_not(text, "no copy of");
		if (cases[i].by_leak)
			has(text, "   GPU 0   only lost host blocks hold its pointer\n");
		else
			has_not(text, "lost host blocks");
		free(text);
		text = write_format(m, "json", NULL);
		has(text, cases[i].orphaned ? "\"orphaned\": true" : "\"orphaned\": false");
		has(text, cases[i].orphaned ? "\"orphaned_blocks\": 2" : "\"orphaned_blocks\": 1");
		has(text, cases[i].by_leak ? "\"held_by_leak\": true" : "\"held_by_leak\": false");
		free(text);
		lr_model_free(m);
	}
}

/* What went with its context has leaked, and is live in totals, but not on its device. */
static void reclaimed_is_leaked(void **state)
{
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE);
	struct lr_model *model;
	char *text;

	(void)state;
	mr_reclaim(m.mr, mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 1 << 20, c, m.device));
	mr_resource(m.mr, LS_RES_ALLOC, 0x2000, 1 << 20, c, m.device);
	c = context(&m, LS_MEM_HANDLE);
	mr_reclaim(m.mr, mr_resource(m.mr, LS_RES_STREAM, 0x3000, 0, c, m.device));
	model = build_model(m.mr);
	assert_int_equal(model->leak_count, 2);
	assert_int_equal(leak_with(model, LS_MEM_DEVICE)->gpu->reclaimed.bytes, 1 << 20);
	assert_int_equal(leak_with(model, LS_MEM_DEVICE)->gpu->reclaimed.blocks, 1);
	assert_int_equal(model->totals[LS_MEM_DEVICE].live_bytes, 2 << 20);
	assert_int_equal(model->devices[0].live_bytes, 1 << 20);
	assert_int_equal(model->devices[0].peak_bytes, 2 << 20);
	assert_int_equal(model->devices[0].reclaimed.bytes, 1 << 20);
	text = write_format(model, "text", NULL);
	has(text, "    1 of 2 buffers (1.0 MiB) reclaimed by teardown: not released before their "
		  "context was destroyed\n    or their device reset\n");
	has(text,
	    "    reclaimed by teardown: nobody released it before its context was destroyed or "
	    "its device reset\n");
	has(text,
	    "GPU 0    1.0 MiB live, peak 2.0 MiB at 0.00 s, of 1.0 GiB (GPU); 1.0 MiB in 1 buffer "
	    "reclaimed by\n         teardown\n");
	free(text);
	lr_model_free(model);
}

/* Handles have no bytes, whatever their records say, and are named by what they are. */
static void handles_are_counted(void **state)
{
	static const enum ls_resource_type types[] = {LS_RES_STREAM, LS_RES_STREAM, LS_RES_EVENT,
						      LS_RES_RESERVATION};
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_HANDLE);
	struct lr_view_options with = {0};
	struct lr_selection s;
	struct lr_model *model;
	char *text;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		mr_resource(m.mr, types[i], 0x1000 * (i + 1),
			    types[i] == LS_RES_RESERVATION ? 1 << 30 : 0, c, m.device);
	model = build_model(m.mr);
	assert_int_equal(model->leak_count, 3);
	assert_int_equal(model->totals[LS_MEM_HANDLE].live_bytes, 0);
	assert_int_equal(model->totals[LS_MEM_HANDLE].live_blocks, 4);
	assert_int_equal(model->live_handles[LS_RES_STREAM], 2);
	text = write_format(model, "text", NULL);
	has(text, "\nLEAKED  4 GPU handles\n");
	has(text, " 1  device      2 streams   GPU 0   thread 1 main\n      cuStreamCreate\n");
	has(text, "  device      1 event   GPU 0");
	has(text, "  device      1 address range   GPU 0");
	has(text, "\nhandle   4 made; 4 live: 1 address range, 2 streams, 1 event\n");
	has_not(text, "device      0 B");
	has_not(text, " of 0 B");
	free(text);
	/* by size they are neither small nor large */
	lr_selection_default(&s);
	s.min_bytes = 1 << 20;
	with.selection = &s;
	text = write_format(model, "text", &with);
	has(text, "\nLEAKED  4 GPU handles\n");
	free(text);
	s.memory = LS_MEM_DEVICE;
	text = write_format(model, "text", &with);
	has(text, "\nno leaks of the kinds asked for; 4 blocks are live\n");
	free(text);
	lr_model_free(model);
}

static void of_one_kind_by_name(void **state)
{
	struct made m = start();
	struct lr_model *model;
	char *text;

	(void)state;
	mr_resource(m.mr, LS_RES_STREAM, 0x1000, 0, context(&m, LS_MEM_HANDLE), m.device);
	mr_resource(m.mr, LS_RES_HOST_ALLOC, 0x2000, 4096, context(&m, LS_MEM_PINNED), m.device);
	mr_resource(m.mr, LS_RES_VMM, 0x3000, 2 << 20, context(&m, LS_MEM_VMM), m.device);
	mr_block(m.mr, 0x10000, 8, context(&m, LS_MEM_HOST));
	model = build_model(m.mr);
	text = write_format(model, "text", NULL);
	has(text,
	    "\nLEAKED  8 B in 1 block, plus 2.0 MiB on the GPU in 1 buffer, plus 4.0 KiB of pinned host "
	    "memory in 1\n        buffer, plus 1 stream\n");
	has(text, "   4.0 KiB   0.2 %   1 buffer   pinned memory   GPU 0   thread 1 main\n      "
		  "cuMemHostAlloc\n");
	has(text, "   1 allocation   vmm memory   GPU 0");
	free(text);
	lr_model_free(model);
}

/* In a scope that the end of the process closed, as blocks of the host are. */
static void the_end_closes_their_scopes(void **state)
{
	struct made m = start();
	uint32_t path = mr_path(m.mr, 1, "step"), scope = mr_scope(m.mr, path, 1), c;
	struct lr_model *model;
	struct lr_scope *s;

	(void)state;
	c = mr_context(m.mr, m.stack, path, scope, 1, LS_MEM_DEVICE);
	mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 4096, c, m.device);
	model = build_model(m.mr);
	assert_true(find_leak(model, "/step", 4096)->outlived);
	s = find_scope(model, "/step");
	assert_int_equal(s->live_bytes, 4096);
	assert_int_equal(s->outlived_bytes, 4096);
	assert_int_equal(s->outlived_blocks, 1);
	assert_int_equal(s->open_instances, 0);
	lr_model_free(model);
}

static void since_and_until(void **state)
{
	struct lr_build_options options = {.since = "a", .until = "b"};
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE);
	struct lr_recording *recording;
	struct lr_model *model;
	struct lr_error err;

	(void)state;
	mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 1, c, m.device);
	mr_snapshot(m.mr, "a", 1000, 1);
	mr_resource(m.mr, LS_RES_ALLOC, 0x2000, 2, c, m.device);
	mr_snapshot(m.mr, "b", 2000, 2);
	mr_resource(m.mr, LS_RES_ALLOC, 0x3000, 4, c, m.device);
	recording = parse_recording(m.mr, &err);
	assert_int_equal(lr_model_build(recording, "r", &options, &model, &err), 0);
	assert_int_equal(model->leak_count, 1);
	assert_int_equal(model->leaks[0].bytes, 2);
	assert_int_equal(model->totals[LS_MEM_DEVICE].live_bytes, 7);
	lr_model_free(model);
	lr_recording_close(recording);
}

/* Numbers that lead nowhere: shown all the same, without what they would have led to. */
static void what_leads_nowhere(void **state)
{
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE), r;
	struct lr_model *model;
	struct lr_leak *leak;

	(void)state;
	r = mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 1, c, m.device);
	at(&m, r)->context = 4242;
	at(&m, r)->device = 60000;
	r = mr_resource(m.mr, LS_RES_STREAM, 0x2000, 2, c, m.device);
	at(&m, r)->context = 0;
	r = mr_resource(m.mr, LS_RES_ALLOC, 0x3000, 4, context(&m, LS_MEM_HOST), 0);
	r = mr_resource(m.mr, LS_RES_ALLOC, 0x4000, 8, context(&m, LS_MEM_IGNORED), 0);
	r = mr_resource(m.mr, LS_RES_ALLOC, 0x5000, 16, c, m.device);
	at(&m, r)->state = 77;
	model = build_model(m.mr);
	assert_int_equal(model->leak_count, 3);
	leak = find_leak(model, "/", 1);
	assert_int_equal(leak->gpu->device_count, 0);
	assert_int_equal(leak->frame_count, 1);
	assert_string_equal(leak->frames[0].function, "cuMemAlloc");
	assert_int_equal(leak_with(model, LS_MEM_HANDLE)->blocks, 1);
	assert_int_equal(find_leak(model, "/", 4)->memory, LS_MEM_DEVICE);
	assert_true(has_note(model, "where 2 blocks (3 bytes) come from is not in the recording"));
	assert_int_equal(model->totals[LS_MEM_HOST].live_blocks, 0);
	lr_model_free(model);
}

/* Without its context, memory is of the kind that the wrapper of its call records. */
static void kinds_without_a_context(void **state)
{
	static const struct {
		enum ls_resource_type type;
		enum ls_memory memory;
	} kinds[] = {
		{LS_RES_ALLOC, LS_MEM_DEVICE},
		{LS_RES_ALLOC_MANAGED, LS_MEM_MANAGED},
		{LS_RES_ALLOC_ASYNC, LS_MEM_POOL},
		{LS_RES_ALLOC_POOL, LS_MEM_POOL},
		{LS_RES_POOL_POINTER, LS_MEM_POOL},
		{LS_RES_HOST_ALLOC, LS_MEM_PINNED},
		{LS_RES_VMM, LS_MEM_VMM},
		{LS_RES_ARRAY, LS_MEM_ARRAY},
		{LS_RES_EXTERNAL_BUFFER, LS_MEM_DEVICE},
		{LS_RES_IPC, LS_MEM_IPC},
		{LS_RES_GRAPH_MEMORY, LS_MEM_GRAPH},
		{LS_RES_RESERVATION, LS_MEM_HANDLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct made m = start();
		uint32_t r = mr_resource(m.mr, kinds[i].type, 0x1000, 1, 0, m.device);
		struct lr_model *model;

		at(&m, r)->context = 4242;
		model = build_model(m.mr);
		assert_int_equal(model->leak_count, 1);
		assert_int_equal(model->leaks[0].memory, kinds[i].memory);
		lr_model_free(model);
	}
}

/* Sampling is of the host's allocations only. */
static void never_an_estimate(void **state)
{
	struct made m = start();
	struct lr_model *model;

	(void)state;
	mr_header(m.mr)->sample_bytes = 1 << 20;
	mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 100, context(&m, LS_MEM_DEVICE), m.device);
	model = build_model(m.mr);
	assert_false(model->leaks[0].estimated);
	assert_int_equal(model->leaks[0].bytes, 100);
	lr_model_free(model);
}

static void devices(void **state)
{
	struct made m = start();
	struct ls_device *d;
	uint32_t id = mr_device(m.mr, 2, "H100\033[31m MIG 1g.10gb", 10ull << 30);
	struct lr_model *model;
	char *text;

	(void)state;
	d = mr_at(m.mr, LS_SEC_DEVICES, id);
	d->flags = LS_DEVICE_MIG;
	d->memory.peak_bytes = 3 << 20;
	d->memory.peak_tick = 3100;
	d->measured_tick = 5000;
	d->snapshot = mr_snapshot(m.mr, "warm", 5000, 1);
	d->used_bytes = 3100ull << 20;
	d->tracked_bytes = 2ull << 30;
	d->own_bytes = 512ull << 20;
	id = mr_device(m.mr, 1, "", 0);
	d = mr_at(m.mr, LS_SEC_DEVICES, id);
	memset(d->uuid, 0, sizeof d->uuid);
	d->measured_tick = 1500;
	d->used_bytes = 100;
	d->tracked_bytes = 200; /* freed in between */
	d->own_bytes = 300;
	model = build_model(m.mr);
	assert_int_equal(model->device_count, 3);
	assert_string_equal(model->devices[0].uuid, "GPU-" UUID "01");
	assert_null(model->devices[1].uuid);
	assert_string_equal(model->devices[2].uuid, "MIG-" UUID "03");
	assert_true(model->devices[2].mig);
	assert_false(model->devices[0].measured);
	assert_true(model->devices[2].other_bytes == 540ull << 20);
	assert_int_equal(model->devices[1].own_bytes, 0);
	assert_int_equal(model->devices[1].other_bytes, 0);
	text = write_format(model, "text", NULL);
	has(text,
	    "\nGPU 0    0 B live, peak 0 B at 0.00 s, of 1.0 GiB (GPU)\n"
	    "GPU 1    0 B live, peak 0 B at 0.00 s\n"
	    "         device-wide at 1.5 s: 100 B used = 200 B tracked + 0 B contexts and modules + 0 B "
	    "others\n"
	    "GPU 2    0 B live, peak 3.0 MiB at 3.1 s, of 10.0 GiB (H100");
	has(text,
	    "a MIG instance)\n"
	    "         device-wide at warm: 3.0 GiB used = 2.0 GiB tracked + 512.0 MiB contexts and "
	    "modules +\n         540.0 MiB others\n");
	has_not(text, "\033");
	free(text);
	lr_model_free(model);
}

/* More than any machine has: the rest is not shown, and nothing points there. */
static void too_many_devices(void **state)
{
	struct made m = start();
	uint32_t id = 0, c = context(&m, LS_MEM_DEVICE);
	struct lr_model *model;

	(void)state;
	for (uint32_t i = 1; i < 400; i++) {
		id = mr_device(m.mr, i, "", 0);
		mr_resource(m.mr, LS_RES_ALLOC, 0x1000 * i, 1, c, id);
	}
	model = build_model(m.mr);
	assert_int_equal(model->device_count, 256);
	assert_int_equal(model->leaks[0].gpu->device_count, 255);
	assert_true(has_note(model, "of 400 devices only 256 are shown"));
	lr_model_free(model);
}

static void late_and_untracked(void **state)
{
	struct made m = start();
	struct lr_model *model;
	char *text;

	(void)state;
	mr_header(m.mr)->late_device_frees = 3;
	mr_header(m.mr)->gpu_flags |= LS_GPU_UNTRACKED;
	model = build_model(m.mr);
	text = write_format(model, "text", NULL);
	has(text, "\nno leaks; not everything on the GPU could be tracked\n");
	has(text,
	    "3 releases of GPU memory or handles came while the CUDA driver was shutting down: no leaks");
	free(text);
	text = write_format(model, "json", NULL);
	has(text, "\"late_device_frees\": 3,\n    \"gpu_untracked\": true\n");
	free(text);
	lr_model_free(model);
}

/* Grouped, a leak is where any of them is, and is orphaned if all are. */
static void groups(void **state)
{
	const uint64_t other[] = {EXE + 0x3030};
	struct lr_view_options with = {.group = LR_GROUP_SCOPE};
	struct made m = start();
	uint32_t c = context(&m, LS_MEM_DEVICE), second = mr_device(m.mr, 1, "", 0);
	struct lr_model *model;
	char *text;

	(void)state;
	mr_scan(m.mr, LS_SCAN_AT_EXIT, 1);
	at(&m, mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 10, c, second))->scan = 1;
	m.stack = mr_stack(m.mr, other, 1);
	c = context(&m, LS_MEM_DEVICE);
	at(&m, mr_resource(m.mr, LS_RES_ALLOC_PITCH, 0x2000, 20, c, m.device))->scan = 1;
	c = context(&m, LS_MEM_HANDLE);
	mr_resource(m.mr, LS_RES_EVENT, 0x3000, 0, c, m.device);
	mr_resource(m.mr, LS_RES_STREAM, 0x4000, 0, c, m.device);
	model = build_model(m.mr);
	text = write_format(model, "text", &with);
	has(text,
	    " 1  device      30 B   2 buffers of 10 B to 20 B   GPUs 0, 1   no copy of the pointer is left");
	has(text, " 2  device      2 handles   GPU 0   thread 1 main\n");
	free(text);
	text = write_format(model, "json", &with);
	has(text, "\"call\": null");
	free(text);
	/* the model is as it was */
	assert_int_equal(find_leak(model, "/", 10)->gpu->device_count, 1);
	lr_model_free(model);
}

static void fits_the_terminal(void **state)
{
	static const int widths[] = {40, 60, 80};
	struct made m = start();
	struct lr_model *model;
	uint32_t c = context(&m, LS_MEM_MANAGED);

	(void)state;
	mr_scan(m.mr, LS_SCAN_AT_EXIT, 1);
	at(&m, mr_resource(m.mr, LS_RES_ALLOC_MANAGED, 0x1000, 1000, c, m.device))->scan = 1;
	mr_reclaim(m.mr, mr_resource(m.mr, LS_RES_ALLOC_MANAGED, 0x2000, 1000, c, m.device));
	model = build_model(m.mr);
	for (size_t i = 0; i < 3; i++) {
		struct lr_view_options with = {.width = widths[i]};
		char *text = write_format(model, "text", &with), *line, *save = NULL;

		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			assert_true(lr_text_width(line) <= (size_t)widths[i]);
		free(text);
	}
	lr_model_free(model);
}

/* A label in every format that has one. */
static void labels_are_said(void **state)
{
	struct made m = start();
	struct lr_model *model;
	char *text;

	(void)state;
	mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 2 << 20, context(&m, LS_MEM_DEVICE), m.device);
	model = build_model(m.mr);
	model->leaks[0].gpu->label = LR_LABEL_TORCH;
	text = write_format(model, "text", NULL);
	has(text,
	    "   GPU 0   PyTorch cached segment   thread 1 main\n    memory that PyTorch keeps for later "
	    "tensors: `leakscope run --torch-no-cache` shows the tensors\n    themselves\n");
	free(text);
	text = write_format(model, "json", NULL);
	has(text, "\"label\": \"pytorch-cached-segment\"");
	free(text);
	lr_model_free(model);
}

/* Inside the runtime nobody looks: shown with --verbose, and in JSON. */
static void frames_are_folded(void **state)
{
	const uint64_t pc[] = {RUNTIME + 0x1000, RUNTIME + 0x2000, EXE + 0x1010};
	struct lr_view_options with = {.verbose = true};
	struct made m = start();
	struct lr_model *model;
	char *text;

	(void)state;
	mr_module(m.mr, "/opt/cuda/lib64/libcudart.so.13", RUNTIME, RUNTIME + 0x100000, RUNTIME);
	m.stack = mr_stack(m.mr, pc, 3);
	mr_resource(m.mr, LS_RES_ALLOC, 0x1000, 2 << 20, context(&m, LS_MEM_DEVICE), m.device);
	model = build_model(m.mr);
	assert_int_equal(model->leaks[0].frame_count, 4);
	assert_false(model->leaks[0].frames[1].user);
	text = write_format(model, "text", NULL);
	has(text, "thread 1 main\n      cuMemAlloc\n      train+0x100f\n\n");
	free(text);
	text = write_format(model, "text", &with);
	has(text, "      libcudart.so.13+0xfff\n");
	free(text);
	text = write_format(model, "json", NULL);
	has(text, "libcudart.so.13");
	free(text);
	lr_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resources_become_leaks),
		cmocka_unit_test(the_call_is_the_first_frame),
		cmocka_unit_test(stripped_programs_are_told_apart),
		cmocka_unit_test(orphans_are_known_to_nobody),
		cmocka_unit_test(reclaimed_is_leaked),
		cmocka_unit_test(handles_are_counted),
		cmocka_unit_test(of_one_kind_by_name),
		cmocka_unit_test(the_end_closes_their_scopes),
		cmocka_unit_test(since_and_until),
		cmocka_unit_test(what_leads_nowhere),
		cmocka_unit_test(kinds_without_a_context),
		cmocka_unit_test(never_an_estimate),
		cmocka_unit_test(devices),
		cmocka_unit_test(too_many_devices),
		cmocka_unit_test(late_and_untracked),
		cmocka_unit_test(groups),
		cmocka_unit_test(fits_the_terminal),
		cmocka_unit_test(labels_are_said),
		cmocka_unit_test(frames_are_folded),
	};

	return cmocka_run_group_tests_name("gpu", tests, NULL, NULL);
}
