/* SPDX-License-Identifier: MIT */
/* The bookkeeping of CUDA memory and handles (gpu.h) by itself: each rule of the life cycles. */
#include "gpu_mapping.h"
#include "gpu_test.h"

/* ---- rules ---- */

static void a_buffer(void **state)
{
	struct ls_gpu_release r;
	(void)state;
	alloc(0x700000, 4096);
	const struct ls_resource *x = record_of(0x700000);
	assert_non_null(x);
	assert_int_equal(x->state, LS_RESOURCE_LIVE);
	assert_int_equal(x->size, 4096);
	assert_int_equal(x->type, LS_RES_ALLOC);
	assert_int_equal(x->references, 1);
	assert_int_equal(ls_gpu_device_at(x->device)->memory.live_bytes, 4096);
	assert_int_equal(ls_gpu_device_at(x->device)->ordinal, 0);
	check_sums();
	/* a call that failed */
	ls_gpu_release_begin(&r, LS_GPU_ADDRESS, 0x700000);
	assert_int_equal(x->state, LS_RESOURCE_RELEASING);
	ls_gpu_release_end(&r, LS_GPU_KEPT);
	assert_int_equal(x->state, LS_RESOURCE_LIVE);
	check_sums();
	/* the same number elsewhere means nothing */
	assert_false(release(LS_GPU_STREAM, 0x700000));
	assert_true(release(LS_GPU_ADDRESS, 0x700000));
	assert_null(record_of(0x700000));
	uint64_t unknown = ls_header->unknown_frees;
	assert_false(release(LS_GPU_ADDRESS, 0x700000));
	assert_int_equal(ls_header->unknown_frees, unknown + 1);
	assert_false(release_as(LS_GPU_ADDRESS, 0x700000, LS_GPU_KEPT));
	assert_int_equal(ls_header->unknown_frees, unknown + 1);
	check_sums();
	assert_int_equal(ls_gpu_device_at(1)->memory.live_bytes, 0);
	assert_int_equal(ls_gpu_device_at(1)->memory.peak_bytes, 4096);
}

static void nothing_is_recorded_of_nothing(void **state)
{
	struct ls_gpu_release r;
	uint64_t unknown = ls_header->unknown_frees;
	(void)state;
	alloc(0, 4096);
	assert_null(record_of(0));
	ls_gpu_release_begin(&r, LS_GPU_ADDRESS, 0);
	ls_gpu_release_end(&r, LS_GPU_RELEASED);
	assert_int_equal(ls_header->unknown_frees, unknown);
}


static void a_handle_has_no_bytes(void **state)
{
	int64_t before = sum_contexts(LS_MEM_HANDLE).bytes;
	(void)state;
	create(LS_MEM_HANDLE, LS_RES_STREAM, LS_GPU_STREAM, 0x55550000, 0);
	create(LS_MEM_HANDLE, LS_RES_RESERVATION, LS_GPU_RANGE, 0x7f00000000, 1 << 30);
	assert_int_equal(sum_contexts(LS_MEM_HANDLE).bytes, before);
	assert_int_equal(record_of(0x7f00000000)->size, 1 << 30);
	check_sums();
	assert_true(release(LS_GPU_STREAM, 0x55550000));
	assert_true(release(LS_GPU_RANGE, 0x7f00000000));
	check_sums();
}

/* One thread is still inside cuMemFree while another is given the address. */
static void an_address_given_out_while_its_release_is_under_way(void **state)
{
	struct ls_gpu_release r, again;
	(void)state;
	alloc(0x710000, 100);
	ls_gpu_release_begin(&r, LS_GPU_ADDRESS, 0x710000);
	alloc(0x710000, 200);
	ls_gpu_release_begin(&again, LS_GPU_ADDRESS, 0x710000);
	assert_int_not_equal(again.record, r.record);
	ls_gpu_release_end(&again, LS_GPU_KEPT);
	ls_gpu_release_end(&r, LS_GPU_RELEASED);
	assert_int_equal(record_of(0x710000)->size, 200);
	check_sums();
	assert_true(release(LS_GPU_ADDRESS, 0x710000));
	assert_null(record_of(0x710000));
	check_sums();
}

static uint64_t notes(void)
{
	uint64_t sum = 0;
	for (uint32_t id = 1; id < ls_notes_table.used; id++)
		sum += ((struct ls_note *)ls_table_at(&ls_notes_table, id))->count;
	return sum;
}

static void a_release_that_was_not_seen(void **state)
{
	uint64_t before = notes();
	(void)state;
	alloc(0x720000, 100);
	alloc(0x720000, 200);
	assert_int_equal(record_of(0x720000)->size, 200);
	assert_int_equal(notes(), before + 1);
	check_sums();
	alloc(0x720000, 300);
	assert_int_equal(notes(), before + 2);
	assert_true(release(LS_GPU_ADDRESS, 0x720000));
	assert_false(release(LS_GPU_ADDRESS, 0x720000));
	check_sums();
}

static void references_are_counted(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		create(LS_MEM_IPC, LS_RES_IPC, LS_GPU_IPC, 0x730000, 4096);
	assert_int_equal(record_of(0x730000)->references, 3);
	assert_int_equal(sum_records(LS_MEM_IPC, false).blocks, 1);
	assert_true(release(LS_GPU_IPC, 0x730000));
	assert_true(release_as(LS_GPU_IPC, 0x730000, LS_GPU_KEPT));
	assert_int_equal(record_of(0x730000)->references, 2);
	ls_gpu_retained(LS_GPU_IPC, 0x730000);
	for (int i = 0; i < 3; i++)
		assert_true(release(LS_GPU_IPC, 0x730000));
	assert_null(record_of(0x730000));
	check_sums();
}

/* The last release has begun when another thread retains it. */
static void retained_while_the_last_release_is_under_way(void **state)
{
	struct ls_gpu_release r;
	(void)state;
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0x74, 2048);
	ls_gpu_release_begin(&r, LS_GPU_VMM, 0x74);
	ls_gpu_retained(LS_GPU_VMM, 0x74);
	ls_gpu_release_end(&r, LS_GPU_RELEASED);
	assert_int_equal(record_of(0x74)->state, LS_RESOURCE_LIVE);
	assert_int_equal(record_of(0x74)->references, 1);
	check_sums();
	assert_true(release(LS_GPU_VMM, 0x74));
	check_sums();
}

static void mapped_memory_outlives_its_handle(void **state)
{
	const uint64_t at = 0x7e0000000000, size = 2 << 20;
	(void)state;
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0x21, size);
	ls_gpu_mapped(0x21, at, size);
	ls_gpu_mapped(0x21, at + size, size);
	assert_int_equal(record_of(0x21)->references, 3);
	assert_int_equal(record_of(0x21)->mappings, 2);
	assert_int_equal(mapping_at(at + size + 5), 0x21);
	assert_int_equal(mapping_at(at + 2 * size), 0);
	assert_true(release(LS_GPU_VMM, 0x21));
	assert_false(release(LS_GPU_VMM, 0x21)); /* the handle is gone */
	assert_int_equal(record_of(0x21)->state, LS_RESOURCE_LIVE);
	check_sums();
	/* one mapping reaches into what is unmapped, and stays */
	ls_gpu_unmapped(at, size + size / 2);
	assert_int_equal(record_of(0x21)->mappings, 1);
	ls_gpu_retained(LS_GPU_VMM, mapping_at(at + size));
	ls_gpu_unmapped(at + size, size);
	assert_int_equal(record_of(0x21)->references, 1);
	assert_true(release(LS_GPU_VMM, 0x21));
	assert_null(record_of(0x21));
	check_sums();
}

/* The number of a handle that is gone is given to other memory, while the first is mapped. */
static void a_handle_of_mapped_memory_comes_again(void **state)
{
	const uint64_t at = 0x7e0000000000, size = 2 << 20;
	(void)state;
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0x22, size);
	ls_gpu_mapped(0x22, at, size);
	assert_true(release(LS_GPU_VMM, 0x22));
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0x22, 2 * size);
	assert_int_equal(sum_records(LS_MEM_VMM, false).blocks, 2);
	check_sums();
	assert_true(release(LS_GPU_VMM, 0x22));
	assert_int_equal(record_of(0x22)->size, size);
	ls_gpu_unmapped(at, size);
	assert_null(record_of(0x22));
	check_sums();
	/* a mapping whose end was not seen gives way to another */
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0x23, size);
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0x24, size);
	ls_gpu_mapped(0x23, at, size);
	ls_gpu_mapped(0x24, at, size);
	assert_true(release(LS_GPU_VMM, 0x23));
	assert_null(record_of(0x23));
	assert_true(release(LS_GPU_VMM, 0x24));
	ls_gpu_unmapped(at, 64 * size);
	assert_null(record_of(0x24));
	check_sums();
}

static void a_context_takes_its_memory_with_it(void **state)
{
	const uint64_t context = 0xc0ffee000;
	uint64_t leaked = (uint64_t)sum_contexts(LS_MEM_DEVICE).blocks;
	struct ls_gpu_release r;
	(void)state;
	ls_gpu_context(context, 1);
	struct ls_gpu_new n = new_of(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, 0x750000, 1000);
	n.cuda_context = context;
	ls_gpu_created(&n, 0);
	n = new_of(LS_MEM_POOL, LS_RES_ALLOC_ASYNC, LS_GPU_ADDRESS, 0x760000, 500);
	n.cuda_context = context;
	ls_gpu_created(&n, 0);
	n = new_of(LS_MEM_HANDLE, LS_RES_STREAM, LS_GPU_STREAM, 0x770000, 0);
	n.cuda_context = context;
	ls_gpu_created(&n, 0);
	const struct ls_device *d = ls_gpu_device_at(record_of(0x750000)->device);
	assert_int_equal(d->ordinal, 1);
	assert_int_equal(d->memory.live_bytes, 1500);
	ls_gpu_context_destroyed(context);
	assert_false(ls_gpu_context_known(context));
	assert_int_equal(record_of(0x750000)->state, LS_RESOURCE_RECLAIMED);
	assert_int_equal(record_of(0x760000)->state, LS_RESOURCE_LIVE);
	assert_int_equal(record_of(0x770000)->state, LS_RESOURCE_RECLAIMED);
	assert_int_equal(d->memory.live_bytes, 500);
	assert_int_equal(d->reclaimed_bytes, 1000);
	assert_int_equal(d->reclaimed_blocks, 1);
	assert_int_equal(sum_contexts(LS_MEM_DEVICE).blocks, leaked + 1); /* it stays a leak */
	check_sums();
	/* freed after all: the driver refuses, or doesn't */
	ls_gpu_release_begin(&r, LS_GPU_ADDRESS, 0x750000);
	ls_gpu_release_end(&r, LS_GPU_KEPT);
	assert_int_equal(record_of(0x750000)->state, LS_RESOURCE_RECLAIMED);
	check_sums();
	assert_true(release(LS_GPU_ADDRESS, 0x750000));
	assert_null(record_of(0x750000));
	assert_int_equal(d->reclaimed_bytes, 0);
	assert_true(release(LS_GPU_ADDRESS, 0x760000));
	assert_true(release(LS_GPU_STREAM, 0x770000));
	check_sums();
}

/* Contexts come and go, each leaving the same address behind. */
static void what_was_reclaimed_stays_when_its_address_comes_again(void **state)
{
	uint32_t before = ls_gpu_shard_of(LS_GPU_ADDRESS, 0x780000)->used;
	int64_t leaked = sum_records(LS_MEM_DEVICE, true).blocks;
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t context = 0xd00000000 + i % 3 * 64;
		struct ls_gpu_new n =
			new_of(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, 0x780000, 10 + i);
		ls_gpu_context(context, 0);
		n.cuda_context = context;
		ls_gpu_created(&n, 0);
		ls_gpu_context_destroyed(context);
	}
	assert_int_equal(sum_records(LS_MEM_DEVICE, true).blocks, leaked + 1000);
	assert_int_equal(ls_gpu_shard_of(LS_GPU_ADDRESS, 0x780000)->used, before + 1);
	alloc(0x780000, 7);
	assert_int_equal(sum_records(LS_MEM_DEVICE, true).blocks, leaked + 1000);
	assert_true(release(LS_GPU_ADDRESS, 0x780000));
	assert_int_equal(sum_records(LS_MEM_DEVICE, true).blocks, leaked + 1000);
	assert_false(release(LS_GPU_ADDRESS, 0x780000));
	check_sums();
}

/* A release fails because its context ends in another thread; an address comes again unseen. */
static void the_end_of_a_context_meets_other_threads(void **state)
{
	const uint64_t context = 0xe00000000;
	struct ls_gpu_release r;
	struct ls_gpu_new n = new_of(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, 0x790000, 70);
	int64_t reclaimed = sum_records(LS_MEM_DEVICE, true).blocks;
	(void)state;
	n.cuda_context = context;
	ls_gpu_context(context, 0);
	ls_gpu_created(&n, 0);
	ls_gpu_release_begin(&r, LS_GPU_ADDRESS, 0x790000);
	ls_gpu_context_destroyed(context);
	ls_gpu_release_end(&r, LS_GPU_KEPT);
	assert_int_equal(record_of(0x790000)->state, LS_RESOURCE_RECLAIMED);
	check_sums();

	/* the context's handle is another's before its end is told */
	ls_gpu_context(context, 0);
	create(LS_MEM_HANDLE, LS_RES_CONTEXT, LS_GPU_CONTEXT, context, 0);
	n.handle = 0x7a0000;
	ls_gpu_created(&n, 0);
	ls_gpu_release_begin(&r, LS_GPU_CONTEXT, context);
	create(LS_MEM_HANDLE, LS_RES_CONTEXT, LS_GPU_CONTEXT, context, 0);
	n.handle = 0x7b0000;
	ls_gpu_created(&n, 0);
	ls_gpu_context_destroyed(context);
	ls_gpu_release_end(&r, LS_GPU_RELEASED);
	assert_int_equal(record_of(0x7a0000)->state, LS_RESOURCE_RECLAIMED);
	assert_int_equal(record_of(0x7b0000)->state, LS_RESOURCE_LIVE);
	assert_int_equal(record_of(context)->state, LS_RESOURCE_LIVE);
	check_sums();
	ls_gpu_release_begin(&r, LS_GPU_CONTEXT, context);
	ls_gpu_context_destroyed(context);
	ls_gpu_release_end(&r, LS_GPU_RELEASED);
	assert_int_equal(record_of(0x7b0000)->state, LS_RESOURCE_RECLAIMED);
	assert_null(record_of(context));
	assert_int_equal(sum_records(LS_MEM_DEVICE, true).blocks, reclaimed + 3);
	check_sums();

	/* attached to twice, destroyed once */
	ls_gpu_context(context, 0);
	create(LS_MEM_HANDLE, LS_RES_CONTEXT, LS_GPU_CONTEXT, context, 0);
	ls_gpu_retained(LS_GPU_CONTEXT, context);
	ls_gpu_release_begin(&r, LS_GPU_CONTEXT, context);
	ls_gpu_context_destroyed(context);
	ls_gpu_release_end(&r, LS_GPU_RELEASED);
	assert_null(record_of(context));
	check_sums();
}

static void primary_contexts(void **state)
{
	const uint64_t context = 0xabc000;
	struct ls_gpu_new n = new_of(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, 0x7c0000, 70);
	(void)state;
	for (int i = 0; i < 2; i++)
		create(LS_MEM_HANDLE, LS_RES_PRIMARY_CONTEXT, LS_GPU_PRIMARY, 1, 0);
	ls_gpu_primary(0, context);
	n.cuda_context = context;
	ls_gpu_created(&n, 0);
	assert_true(release(LS_GPU_PRIMARY, 1));
	assert_true(release(LS_GPU_PRIMARY, 1));
	/* whether it is gone, the driver knows */
	assert_int_equal(record_of(0x7c0000)->state, LS_RESOURCE_LIVE);
	ls_gpu_primary_destroyed(0);
	assert_int_equal(record_of(0x7c0000)->state, LS_RESOURCE_RECLAIMED);
	check_sums();
	/* a reset releases nothing, but takes all that is in it */
	create(LS_MEM_HANDLE, LS_RES_PRIMARY_CONTEXT, LS_GPU_PRIMARY, 1, 0);
	ls_gpu_primary(0, context);
	n.handle = 0x7d0000;
	ls_gpu_created(&n, 0);
	ls_gpu_primary_destroyed(0);
	assert_int_equal(record_of(0x7d0000)->state, LS_RESOURCE_RECLAIMED);
	assert_int_equal(record_of(1)->references, 1);
	assert_true(release(LS_GPU_PRIMARY, 1));
	check_sums();
}

static void late_frees_are_no_leaks(void **state)
{
	uint64_t late = ls_header->late_device_frees;
	(void)state;
	alloc(0x7e0000, 50);
	assert_true(release_as(LS_GPU_ADDRESS, 0x7e0000, LS_GPU_LATE));
	assert_null(record_of(0x7e0000));
	assert_int_equal(ls_header->late_device_frees, late + 1);
	check_sums();
}

static void more_contexts_than_there_is_room_for(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		for (uint64_t i = 1; i <= 900; i++)
			ls_gpu_context(0xf000000 + i * 4096 + (uint64_t)round * 64, 0);
		for (uint64_t i = 1; i <= 700; i++)
			assert_true(
				ls_gpu_context_known(0xf000000 + i * 4096 + (uint64_t)round * 64));
		for (uint64_t i = 1; i <= 900; i++)
			ls_gpu_context_destroyed(0xf000000 + i * 4096 + (uint64_t)round * 64);
	}
	assert_true(ls_gpu_context_known(CONTEXT(0)));
	assert_false(ls_gpu_context_known(0xf000000 + 4096));
}

/* ---- scopes ---- */

static uint64_t live_in(ls_handle scope)
{
	ls_tls.depth = 1;
	uint64_t bytes = ls_scope_live_bytes(scope);
	ls_tls.depth = 0;
	return bytes;
}

static ls_handle open_scope(const char *name)
{
	struct ls_thread_state *t = ls_guard_enter();
	ls_handle h = ls_scope_open(t, name, stack);
	ls_guard_leave();
	return h;
}

static void close_scope(ls_handle h)
{
	struct ls_thread_state *t = ls_guard_enter();
	ls_scope_close(t, h);
	ls_guard_leave();
}

static const struct ls_path *path_of(const struct ls_resource *r)
{
	return ls_table_at(&ls_paths_table, ls_context_at(r->context)->path);
}

static void survivors_of_a_scope(void **state)
{
	(void)state;
	ls_handle outer = open_scope("outer"), inner = open_scope("inner");
	alloc(0x800000, 64);
	alloc(0x810000, 32);
	assert_int_equal(live_in(inner), 96);
	assert_true(release(LS_GPU_ADDRESS, 0x810000));
	const struct ls_resource *x = record_of(0x800000);
	close_scope(inner);
	assert_int_equal(path_of(x)->outlived_blocks, 1);
	assert_int_equal(path_of(x)->outlived_bytes, 64);
	assert_int_equal(live_in(outer), 64);
	assert_true(release(LS_GPU_ADDRESS, 0x800000));
	assert_int_equal(live_in(outer), 0);
	close_scope(outer);
	check_sums();
}

static void retagged_to_another_scope(void **state)
{
	struct ls_thread_state *t;
	(void)state;
	ls_handle a = open_scope("a");
	alloc(0x820000, 64);
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0x30, 2048);
	ls_gpu_mapped(0x30, 0x7e0000000000, 2048);
	ls_handle b = open_scope("b");
	assert_int_equal(live_in(b), 0);
	t = ls_guard_enter();
	ls_scope_retag(t, 0x820000, b);
	ls_scope_retag(t, 0x7e0000000000, b);
	ls_scope_retag(t, 0x7e0000100000, b); /* nothing there */
	ls_guard_leave();
	assert_int_equal(live_in(b), 64 + 2048);
	check_sums();
	close_scope(b);
	assert_int_equal(path_of(record_of(0x820000))->outlived_bytes, 64 + 2048);
	assert_true(release(LS_GPU_ADDRESS, 0x820000));
	assert_true(release(LS_GPU_VMM, 0x30));
	ls_gpu_unmapped(0x7e0000000000, 2048);
	close_scope(a);
	check_sums();
}

/* A graph is launched when the scope that its node was added in may be gone. */
static void a_scope_taken_earlier(void **state)
{
	(void)state;
	ls_handle a = open_scope("graphs"), b = open_scope("nodes");
	struct ls_gpu_new n =
		new_of(LS_MEM_GRAPH, LS_RES_GRAPH_MEMORY, LS_GPU_ADDRESS, 0x830000, 64);
	n.scope = ls_gpu_scope();
	assert_int_equal(n.scope, b);
	ls_gpu_created(&n, 0);
	assert_int_equal(live_in(b), 64);
	close_scope(b);
	n.handle = 0x840000;
	ls_gpu_created(&n, 0);
	assert_int_equal(ls_context_at(record_of(0x840000)->context)->scope, (uint32_t)a);
	assert_int_equal(live_in(a), 128);
	close_scope(a);
	n.handle = 0x850000;
	ls_gpu_created(&n, 0);
	assert_int_equal(ls_context_at(record_of(0x850000)->context)->scope, LS_ROOT_SCOPE);
	for (uint64_t h = 0x830000; h <= 0x850000; h += 0x10000)
		assert_true(release(LS_GPU_ADDRESS, h));
	check_sums();
}

static void whole_devices(void **state)
{
	(void)state;
	assert_false(ls_gpu_measure_wanted(CONTEXT(0)));
	ls_gpu_snapshot_made(3);
	assert_true(ls_gpu_measure_wanted(CONTEXT(0)));
	assert_true(ls_gpu_measure_wanted(CONTEXT(1)));
	alloc(0x860000, 4096);
	const struct ls_device *d = ls_gpu_device_at(record_of(0x860000)->device);
	ls_gpu_own_grew(0, 300);
	ls_gpu_own_grew(0, 200);
	ls_gpu_measured(CONTEXT(0), 1000000, 3000000);
	assert_false(ls_gpu_measure_wanted(CONTEXT(0)));
	assert_true(ls_gpu_measure_wanted(CONTEXT(1)));
	assert_int_not_equal(d->measured_tick, 0);
	assert_int_equal(d->snapshot, 3);
	assert_int_equal(d->used_bytes, 2000000);
	assert_int_equal(d->tracked_bytes, d->memory.live_bytes);
	assert_int_equal(d->own_bytes, 500);
	assert_true(release(LS_GPU_ADDRESS, 0x860000));
	/* a second ordinal with the same UUID is the same device */
	ls_gpu_device(7, ls_gpu_device_at(1)->uuid, "a GPU", 1 << 30, false);
	assert_int_equal(ls_gpu_device_of(7, 0), 1);
	assert_int_equal(ls_devices_table.used, 1 + DEVICES);
}

/* While recording is paused nothing is recorded, but what is known is released. */
static void paused(void **state)
{
	(void)state;
	alloc(0x870000, 10);
	ls_tls.paused++;
	alloc(0x880000, 20);
	assert_null(record_of(0x880000));
	assert_true(release(LS_GPU_ADDRESS, 0x870000));
	ls_tls.paused--;
	check_sums();
}

/* Called by a signal handler while its thread is inside the shim. */
static void inside_the_shim(void **state)
{
	uint64_t lost = ls_header->lost_events;
	(void)state;
	alloc(0x890000, 10);
	ls_tls.depth = 1;
	ls_tls.state->guard_sp = UINTPTR_MAX;
	alloc(0x8a0000, 20);
	assert_null(record_of(0x8a0000));
	assert_int_equal(ls_header->lost_events, lost + 1);
	assert_true(release(LS_GPU_ADDRESS, 0x890000));
	ls_tls.depth = 0;
	assert_null(record_of(0x890000));
	check_sums();
	/* while it holds the very lock */
	alloc(0x890000, 10);
	ls_tls.depth = 1;
	struct ls_gpu_shard *s = ls_gpu_shard_of(LS_GPU_ADDRESS, 0x890000);
	assert_true(ls_lock(&s->lock));
	assert_false(release(LS_GPU_ADDRESS, 0x890000));
	ls_unlock(&s->lock);
	ls_tls.depth = 0;
	assert_true(release(LS_GPU_ADDRESS, 0x890000));
	check_sums();
}

/* A signal handler jumped out of what held them. */
static void locks_are_abandoned(void **state)
{
	(void)state;
	ls_tls.depth = 1;
	for (int i = 0; i < 2; i++) {
		assert_true(ls_lock(&ls_gpu_graph_lock));
		assert_true(ls_gpu_mappings_lock());
		ls_gpu_abandon();
	}
	ls_tls.depth = 0;
}

/* A forked child begins with nothing. */
static void starts_afresh(void **state)
{
	(void)state;
	assert_true(ls_gpu_any(0));
	ls_gpu_start();
	assert_false(ls_gpu_device_known(0));
	assert_false(ls_gpu_context_known(CONTEXT(0)));
	assert_int_equal(mapping_at(0x7d0000000000), 0);
	assert_false(release(LS_GPU_ADDRESS, 0x780000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer),
		cmocka_unit_test(nothing_is_recorded_of_nothing),
		cmocka_unit_test(a_handle_has_no_bytes),
		cmocka_unit_test(an_address_given_out_while_its_release_is_under_way),
		cmocka_unit_test(a_release_that_was_not_seen),
		cmocka_unit_test(references_are_counted),
		cmocka_unit_test(retained_while_the_last_release_is_under_way),
		cmocka_unit_test(mapped_memory_outlives_its_handle),
		cmocka_unit_test(a_handle_of_mapped_memory_comes_again),
		cmocka_unit_test(a_context_takes_its_memory_with_it),
		cmocka_unit_test(what_was_reclaimed_stays_when_its_address_comes_again),
		cmocka_unit_test(the_end_of_a_context_meets_other_threads),
		cmocka_unit_test(primary_contexts),
		cmocka_unit_test(late_frees_are_no_leaks),
		cmocka_unit_test(more_contexts_than_there_is_room_for),
		cmocka_unit_test(survivors_of_a_scope),
		cmocka_unit_test(retagged_to_another_scope),
		cmocka_unit_test(a_scope_taken_earlier),
		cmocka_unit_test(whole_devices),
		cmocka_unit_test(paused),
		cmocka_unit_test(inside_the_shim),
		cmocka_unit_test(locks_are_abandoned),
		cmocka_unit_test(starts_afresh),
	};
	return cmocka_run_group_tests_name("gpu", tests, setup, teardown);
}
