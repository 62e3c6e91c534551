/* SPDX-License-Identifier: MIT */
/*
 * The live table and the stack depot by themselves, without a preload: against
 * a model, over several growths, and from several threads at once.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "depot.h"
#include "live.h"
#include "recording.h"
#include "storage.h"

static char folder[] = "/tmp/leakscope-live-XXXXXX";

static int setup(void **state)
{
	static char *environment[] = {NULL};
	int why;
	(void)state;
	ls_initial_environ = environment;
	assert_non_null(mkdtemp(folder));
	assert_true(ls_real_ready());
	assert_true(ls_recording_create(folder, "test.rec", NULL, &why));
	assert_int_equal(why, 0);
	assert_true(ls_live_start());
	assert_true(ls_depot_start());
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ls_storage_unlink();
	return rmdir(folder);
}

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void count(const struct ls_live *e, void *arg)
{
	uint64_t *sums = arg;
	sums[0]++;
	sums[1] += ls_live_size(e);
}

/* Blocks at KEY * 48 + BASE, present or not, with their sizes, as the table should have them. */
#define KEYS 60000u
static void churn(uintptr_t base, uint64_t seed, unsigned rounds, uint64_t *size)
{
	struct ls_block b;
	for (unsigned i = 0; i < rounds; i++) {
		uint32_t key = (uint32_t)(next_random(&seed) % KEYS);
		uintptr_t address = base + key * 48ul;
		switch (size[key] ? seed >> 40 & 3 : 4) {
		case 0:
		case 1:
			assert_true(ls_live_remove(address, &b));
			assert_int_equal(b.size, size[key]);
			assert_int_equal(b.context, key + 1);
			assert_false(ls_live_remove(address, &b));
			size[key] = 0;
			break;
		case 2: { /* a realloc that stays, or fails */
			struct ls_live *slot = ls_live_begin_move(address, &b);
			assert_non_null(slot);
			assert_false(ls_live_find(address, &b));
			if (seed >> 50 & 1) {
				ls_live_restore(slot);
			} else {
				size[key] = 1 + (seed >> 20 & 0xfffffffffull);
				ls_live_rewrite(slot, size[key], key + 1);
			}
			break;
		}
		case 3:
			assert_true(ls_live_find(address, &b));
			assert_int_equal(b.size, size[key]);
			break;
		default:
			assert_false(ls_live_find(address, &b));
			size[key] = 1 + (seed >> 20 & 0xfffffffffull);
			assert_true(ls_live_insert(address, size[key], key + 1));
		}
	}
}

static void against_a_model(void **state)
{
	static uint64_t size[KEYS];
	uint64_t want[2] = {0, 0}, got[2] = {0, 0};
	struct ls_block b;
	(void)state;
	churn(0x7f0000000000, 88172645463325252ull, 1000000, size);
	for (uint32_t key = 0; key < KEYS; key++) {
		want[0] += size[key] != 0;
		want[1] += size[key];
	}
	ls_live_each(count, got);
	assert_int_equal(got[0], want[0]);
	assert_int_equal(got[1], want[1]);
	for (uint32_t key = 0; key < KEYS; key++)
		if (size[key])
			assert_true(ls_live_remove(0x7f0000000000 + key * 48ul, &b));
	got[0] = 0;
	ls_live_each(count, got);
	assert_int_equal(got[0], 0);
}

static void refuses_odd_addresses(void **state)
{
	struct ls_block b;
	(void)state;
	assert_false(ls_live_insert(0x7f0000000001, 1, 1));
	assert_false(ls_live_insert((uintptr_t)1 << 48, 1, 1));
	assert_false(ls_live_find(0x7f0000000001, &b));
}

/* While one thread moves a block away, another gets its address. */
static void a_moving_block_is_not_found(void **state)
{
	struct ls_block b;
	(void)state;
	assert_true(ls_live_insert(0x500000, 100, 7));
	struct ls_live *old = ls_live_begin_move(0x500000, &b);
	assert_non_null(old);
	assert_true(ls_live_insert(0x500000, 200, 8));
	assert_true(ls_live_find(0x500000, &b));
	assert_int_equal(b.size, 200);
	ls_live_drop(old);
	assert_true(ls_live_remove(0x500000, &b));
	assert_int_equal(b.context, 8);
	assert_false(ls_live_remove(0x500000, &b));
}

static void *thread(void *arg)
{
	uint64_t *size = calloc(KEYS, sizeof *size);
	struct ls_block b;
	uintptr_t n = (uintptr_t)arg;
	churn(0x600000000000 + (n << 32), 88172645463325252ull + n, 300000, size);
	for (uint32_t key = 0; key < KEYS; key++)
		if (size[key] && !ls_live_remove(0x600000000000 + (n << 32) + key * 48ul, &b))
			n = 100;
	free(size);
	return (void *)n;
}

static void from_four_threads(void **state)
{
	pthread_t threads[4];
	uint64_t got[2] = {0, 0};
	(void)state;
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, thread, (void *)i), 0);
	for (uintptr_t i = 0; i < 4; i++) {
		void *result;
		pthread_join(threads[i], &result);
		assert_int_equal((uintptr_t)result, i);
	}
	ls_live_each(count, got);
	assert_int_equal(got[0], 0);
}

static void stacks_have_one_id_each(void **state)
{
	uintptr_t pc[20];
	uint32_t ids[5000];
	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			for (uint32_t k = 0; k < 20; k++)
				pc[k] = 0x10000 + (i >> (k % 4) * 3 & 7) * 16 +
					(k == 19 ? i * 64 : 0);
			uint32_t id = ls_depot_put(pc, 1 + i % 20, 0);
			assert_int_not_equal(id, 0);
			if (round)
				assert_int_equal(id, ids[i]);
			ids[i] = id;
			const struct ls_stack *s = ls_depot_get(id);
			if (i % 97 == 0) {
				assert_non_null(s);
				assert_int_equal(s->count, 1 + i % 20);
				assert_memory_equal(s->pc, pc, s->count * sizeof *pc);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_a_model),
		cmocka_unit_test(refuses_odd_addresses),
		cmocka_unit_test(a_moving_block_is_not_found),
		cmocka_unit_test(from_four_threads),
		cmocka_unit_test(stacks_have_one_id_each),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
