/* SPDX-License-Identifier: MIT */
/*
 * The bookkeeping of CUDA memory and handles (gpu.h) by itself: random operations against
 * a slow model, and several threads at once.
 */
#include <pthread.h>

#include "gpu_mapping.h"
#include "gpu_test.h"
#include "random.h"

/* ---- against a model ---- */

#define KEYS 400u
#define PLACES 64u
#define MODEL_CONTEXTS 4u
enum model_kind { BUFFER, POOLED, PINNED, IPC, PHYSICAL, STREAM, KINDS };
static const struct {
	enum ls_memory memory;
	enum ls_resource_type type;
	enum ls_gpu_class class;
	bool goes; /* with its context */
} kind_of[KINDS] = {
	[BUFFER] = {LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, true},
	[POOLED] = {LS_MEM_POOL, LS_RES_ALLOC_ASYNC, LS_GPU_ADDRESS, false},
	[PINNED] = {LS_MEM_PINNED, LS_RES_ALLOC_HOST, LS_GPU_ADDRESS, true},
	[IPC] = {LS_MEM_IPC, LS_RES_IPC, LS_GPU_IPC, false},
	[PHYSICAL] = {LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, false},
	[STREAM] = {LS_MEM_HANDLE, LS_RES_STREAM, LS_GPU_STREAM, true},
};

/* One thing the driver has made, in the order of making; the newest of a key counts. */
struct thing {
	enum model_kind kind;
	uint64_t handle, size;
	unsigned context, handle_references, mappings;
	bool reclaimed;
	bool displaced; /* by a newer one with its handle: not to be found any more */
};
static struct thing things[200000];
static unsigned thing_count;
static struct {
	struct thing *thing; /* NULL: nothing is mapped there */
} places[PLACES];
static uint64_t unknown;

static uint64_t model_context(unsigned i)
{
	return 0x990000000 + i * 4096;
}

/* What a release of the handle means: see ls_gpu_find. */
static struct thing *find_thing(enum model_kind kind, uint64_t handle)
{
	for (unsigned i = thing_count; i-- > 0;) {
		struct thing *x = &things[i];
		if (x->handle == handle && kind_of[x->kind].class == kind_of[kind].class &&
		    !x->displaced && (x->handle_references || x->mappings))
			return x;
	}
	return NULL;
}

static void model_create(enum model_kind kind, uint64_t handle, uint64_t size, unsigned context)
{
	struct thing *x = find_thing(kind, handle);
	bool counts = kind == IPC || kind == PHYSICAL;
	if (x && counts && x->handle_references && !x->reclaimed) {
		x->handle_references++;
		return;
	}
	if (x) {
		x->displaced = true;
		if (!x->reclaimed) /* its release was not seen */
			x->handle_references = 0;
	}
	things[thing_count++] = (struct thing){kind, handle, size, context, 1, 0, false, false};
}

static struct sum model_sum(uint32_t memory, bool reclaimed)
{
	struct sum s = {0, 0};
	for (unsigned i = 0; i < thing_count; i++) {
		const struct thing *x = &things[i];
		if (kind_of[x->kind].memory != memory || x->reclaimed != reclaimed ||
		    (!x->handle_references && !x->mappings))
			continue;
		s.blocks++;
		s.bytes += memory == LS_MEM_HANDLE ? 0 : (int64_t)x->size;
	}
	return s;
}

/* Things that are gone for good are of no use to the model. */
static void forget_gone(void)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < thing_count; i++) {
		if (!things[i].handle_references && !things[i].mappings)
			continue;
		for (unsigned k = 0; k < PLACES; k++)
			if (places[k].thing == &things[i])
				places[k].thing = &things[kept];
		things[kept++] = things[i];
	}
	thing_count = kept;
}

static void model_release(enum model_kind kind, uint64_t handle)
{
	const enum ls_gpu_outcome outcomes[] = {LS_GPU_RELEASED, LS_GPU_RELEASED, LS_GPU_KEPT,
						LS_GPU_LATE};
	enum ls_gpu_outcome outcome = outcomes[below(4)];
	struct thing *x = find_thing(kind, handle);
	if (x && !x->handle_references)
		x = NULL;
	if (!x && outcome == LS_GPU_RELEASED && kind != STREAM)
		unknown++;
	assert_int_equal(release_as(kind_of[kind].class, handle, outcome), x != NULL);
	if (x && outcome != LS_GPU_KEPT)
		x->handle_references--;
}

static void unmap_place(unsigned place)
{
	if (places[place].thing)
		places[place].thing->mappings--;
	places[place].thing = NULL;
}

static void model_map(void)
{
	const uint64_t base = 0x7d0000000000, size = 2 << 20;
	unsigned first = (unsigned)below(PLACES), count = 1 + (unsigned)below(4);
	if (first + count > PLACES)
		count = PLACES - first;
	if (one_in(3)) {
		ls_gpu_unmapped(base + first * size, count * size);
		for (unsigned i = 0; i < count; i++)
			unmap_place(first + i);
		return;
	}
	uint64_t handle = 1 + below(KEYS);
	struct thing *x = find_thing(PHYSICAL, handle);
	ls_gpu_mapped(handle, base + first * size, size);
	unmap_place(first);
	if (x) {
		x->mappings++;
		places[first].thing = x;
	}
	assert_int_equal(mapping_at(base + first * size + below(size)), x ? handle : 0);
}

static void model_teardown(unsigned context)
{
	ls_gpu_context_destroyed(model_context(context));
	for (unsigned i = 0; i < thing_count; i++)
		if (things[i].context == context && kind_of[things[i].kind].goes &&
		    things[i].handle_references)
			things[i].reclaimed = true;
	ls_gpu_context(model_context(context), (int)(context % DEVICES));
}

static void against_a_model(void **state)
{
	struct sum before[LS_MEM_COUNT][2];
	(void)state;
	for (uint32_t m = LS_MEM_DEVICE; m <= LS_MEM_HANDLE; m++) {
		before[m][0] = sum_records(m, false);
		before[m][1] = sum_records(m, true);
	}
	for (unsigned i = 0; i < MODEL_CONTEXTS; i++)
		ls_gpu_context(model_context(i), (int)(i % DEVICES));
	unknown = ls_header->unknown_frees;
	for (unsigned round = 0; round < 100000; round++) {
		enum model_kind kind = (enum model_kind)below(KINDS);
		uint64_t handle = 1 + below(KEYS);
		unsigned context = (unsigned)below(MODEL_CONTEXTS);
		if (one_in(2000)) {
			model_teardown(context);
		} else if (one_in(4)) {
			model_map();
		} else if (one_in(2)) {
			struct ls_gpu_new n =
				new_of(kind_of[kind].memory, kind_of[kind].type,
				       kind_of[kind].class, handle, 1 + below(1 << 20));
			n.cuda_context = model_context(context);
			ls_gpu_created(&n, 0);
			model_create(kind, handle, n.size, context);
		} else {
			model_release(kind, handle);
		}
		if (round % 500)
			continue;
		forget_gone();
		for (uint32_t m = LS_MEM_DEVICE; m <= LS_MEM_HANDLE; m++)
			for (int reclaimed = 0; reclaimed < 2; reclaimed++) {
				struct sum want = model_sum(m, reclaimed);
				struct sum got = sum_records(m, reclaimed);
				assert_int_equal(got.blocks - before[m][reclaimed].blocks,
						 want.blocks);
				assert_int_equal(got.bytes - before[m][reclaimed].bytes,
						 want.bytes);
			}
		assert_int_equal(ls_header->unknown_frees, unknown);
		check_sums();
	}
}

/* ---- threads ---- */

#define THREADS 8u
#define OWN_KEYS 200u
static uint64_t exchanged[256]; /* addresses that one thread makes and another releases */

static void *work(void *arg)
{
	uint64_t me = (uintptr_t)arg, seed = 88172645463325252ull * (me + 1), size[OWN_KEYS] = {0};
	for (unsigned i = 0; i < 20000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		unsigned key = (unsigned)(seed >> 20) % OWN_KEYS;
		uint64_t address = 0xa00000000000 + (me << 32) + key * 512ull;
		struct ls_gpu_new n =
			new_of(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, address, 1 + key);
		n.cuda_context = CONTEXT(me % DEVICES);
		if (size[key]) {
			assert_true(release(LS_GPU_ADDRESS, address));
			size[key] = 0;
		} else {
			ls_gpu_created(&n, 0);
			size[key] = n.size;
		}
		/* hand one to another thread */
		n.handle = address | 1ull << 46;
		ls_gpu_created(&n, 0);
		uint64_t other =
			__atomic_exchange_n(&exchanged[seed >> 56], n.handle, __ATOMIC_ACQ_REL);
		if (other == n.handle) /* its own, made twice: the first counts as released */
			continue;
		if (other)
			release(LS_GPU_ADDRESS, other);
		if (i % 64 == 0) {
			create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, 0xb000 + me, 1 << 21);
			ls_gpu_mapped(0xb000 + me, 0xb00000000000 + (me << 30), 1 << 21);
			assert_true(release(LS_GPU_VMM, 0xb000 + me));
			assert_int_equal(mapping_at(0xb00000000000 + (me << 30)), 0xb000 + me);
			ls_gpu_unmapped(0xb00000000000 + (me << 30), 1 << 21);
		}
		if (i % 1000 == 0) {
			n.handle = 0xc00000000000 + me * 4096;
			n.cuda_context = 0xcc0000 + me * 4096;
			ls_gpu_context(n.cuda_context, (int)(me % DEVICES));
			ls_gpu_created(&n, 0);
			ls_gpu_context_destroyed(n.cuda_context);
			assert_true(release(LS_GPU_ADDRESS, n.handle));
		}
	}
	for (unsigned key = 0; key < OWN_KEYS; key++)
		if (size[key])
			assert_true(release(LS_GPU_ADDRESS,
					    0xa00000000000 + (me << 32) + key * 512ull));
	return NULL;
}

static void from_several_threads(void **state)
{
	pthread_t thread[THREADS];
	struct sum device = sum_records(LS_MEM_DEVICE, false), vmm = sum_records(LS_MEM_VMM, false);
	(void)state;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i < 256; i++)
		if (exchanged[i])
			release(LS_GPU_ADDRESS, exchanged[i]);
	check_sums();
	assert_int_equal(sum_records(LS_MEM_VMM, false).blocks, vmm.blocks);
	assert_in_range(sum_records(LS_MEM_DEVICE, false).blocks, device.blocks,
			device.blocks + 8 * 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_a_model),
		cmocka_unit_test(from_several_threads),
	};
	return cmocka_run_group_tests_name("gpu-model", tests, setup, teardown);
}
