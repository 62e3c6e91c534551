/* SPDX-License-Identifier: MIT */
/* Which scan a block's kind comes from, and what the report says where it has none. */
#include "reporter_helpers.h"

#include <unistd.h>

#define CONTEXT 2u /* of the recordings made here */

/* A recording with one context at the root. */
static struct mr *start(void)
{
	struct mr *mr = mr_new();

	assert_int_equal(mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST), CONTEXT);
	return mr;
}

/* A block born now, of a size that names it. */
static void born(struct mr *mr, uint32_t epoch, uint64_t address, uint64_t size)
{
	mr_header(mr)->epoch = epoch;
	mr_block(mr, address, size, CONTEXT);
}

static void is_kind(struct lr_model *m, uint64_t bytes, enum ls_kind kind)
{
	struct lr_leak *leak = find_leak(m, "/", bytes);

	assert_non_null(leak);
	assert_int_equal(leak->kind, kind);
}

static size_t notes_with(const struct lr_model *m, const char *text)
{
	size_t i, n = 0;

	for (i = 0; i < m->note_count; i++)
		n += strstr(m->notes[i].text, text) != NULL;
	return n;
}

static void verdicts_give_kinds(void **state)
{
	static const uint32_t kinds[] = {LS_KIND_DEFINITE, LS_KIND_REACHABLE, 77, LS_KIND_DEVICE};
	struct mr *mr = start();
	uint32_t scan, i;
	struct lr_model *m;

	(void)state;
	for (i = 0; i < 5; i++)
		born(mr, 0, 0x1000 * (i + 1), 1u << i);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	for (i = 0; i < 4; i++)
		mr_verdict(mr, scan, 0x1000 * (i + 1), kinds[i]);
	m = build_model(mr);
	is_kind(m, 1, LS_KIND_DEFINITE);
	is_kind(m, 2, LS_KIND_REACHABLE);
	/* verdicts that are none, and none at all */
	is_kind(m, 4 + 8 + 16, LS_KIND_UNCLASSIFIED);
	assert_int_equal(notes_with(m, "3 blocks are unclassified: the leak scan says nothing"), 1);
	lr_model_free(m);
}

/* A set of many: each one is found, and nothing between them. */
static void every_verdict_is_found(void **state)
{
	struct mr *mr = start();
	uint32_t scan, i;
	struct lr_model *m;

	(void)state;
	for (i = 0; i < 1000; i++)
		born(mr, 0, 0x1000 + 0x20 * i, 1 + i % 3);
	born(mr, 0, 0x100, 5000); /* below all */
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	for (i = 0; i < 1000; i++)
		mr_verdict(mr, scan, 0x1000 + 0x20 * i, LS_KIND_DEFINITE + i % 3);
	m = build_model(mr);
	is_kind(m, 334 * 1, LS_KIND_DEFINITE);
	is_kind(m, 333 * 2, LS_KIND_INDIRECT);
	is_kind(m, 333 * 3, LS_KIND_POSSIBLE);
	is_kind(m, 5000, LS_KIND_UNCLASSIFIED);
	lr_model_free(m);
}

/* The first scan of the end that a block was there for decides, a later one about the rest. */
static void the_first_scan_of_the_end_decides(void **state)
{
	struct mr *mr = start();
	uint32_t first, second;
	struct lr_model *m;

	(void)state;
	born(mr, 1, 0x1000, 1);
	born(mr, 2, 0x2000, 2);
	born(mr, 3, 0x3000, 4);
	first = mr_scan(mr, LS_SCAN_AT_EXIT, 2);
	mr_verdict(mr, first, 0x1000, LS_KIND_DEFINITE);
	mr_verdict(mr, first, 0x2000, LS_KIND_DEFINITE); /* of a block that was there before */
	second = mr_scan(mr, LS_SCAN_AT_EXIT, 3);
	mr_verdict(mr, second, 0x1000, LS_KIND_REACHABLE);
	mr_verdict(mr, second, 0x2000, LS_KIND_REACHABLE);
	mr_verdict(mr, second, 0x3000, LS_KIND_REACHABLE);
	m = build_model(mr);
	is_kind(m, 1, LS_KIND_DEFINITE);
	is_kind(m, 2, LS_KIND_REACHABLE);
	is_kind(m, 4, LS_KIND_UNCLASSIFIED);
	assert_int_equal(notes_with(m, "1 block is unclassified: they came after"), 1);
	lr_model_free(m);
}

/* Numbers order scans, not records; what is not done or was taken over says nothing. */
static void only_scans_that_hold(void **state)
{
	struct mr *mr = start();
	uint32_t scan;
	struct lr_model *m;

	(void)state;
	born(mr, 0, 0x1000, 1);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_INDIRECT);
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, scan))->number = 7;
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_POSSIBLE);
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, scan))->number = 6;
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_DEFINITE);
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, scan))->number = 1;
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, scan))->state = LS_SCAN_BUSY;
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1); /* taken over: no verdicts */
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, scan))->number = 2;
	m = build_model(mr);
	is_kind(m, 1, LS_KIND_POSSIBLE);
	assert_int_equal(m->overhead.scans, 3);
	lr_model_free(m);
}

/* Of snapshots the latest counts, and the report of a process that is gone says so. */
static void a_snapshot_stands_in(void **state)
{
	struct mr *mr = start();
	uint32_t scan, snapshot;
	struct ls_scan *s;
	struct lr_model *m;

	(void)state;
	born(mr, 0, 0x1000, 1);
	scan = mr_scan(mr, 0, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_DEFINITE);
	snapshot = mr_snapshot(mr, "warm", 3000, 1);
	scan = mr_scan(mr, 0, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_REACHABLE);
	s = mr_at(mr, LS_SEC_SCANS, scan);
	s->snapshot = snapshot;
	s->tick = 3000;
	s->scan_ns = 250000000;
	s->pause_ns = 2000000;
	s->threads_unseen = 2;
	((struct ls_snapshot *)mr_at(mr, LS_SEC_SNAPSHOTS, snapshot))->scan = scan;
	((struct ls_snapshot *)mr_at(mr, LS_SEC_SNAPSHOTS, snapshot))->scan_number = s->number;
	((struct ls_snapshot *)mr_at(mr, LS_SEC_SNAPSHOTS, snapshot))->pause_ns = 2000000;
	born(mr, 1, 0x2000, 2);
	mr_header(mr)->state = LS_STATE_SIGNALLED;
	mr_header(mr)->signal = 9;
	m = build_model(mr);
	is_kind(m, 1, LS_KIND_REACHABLE);
	is_kind(m, 2, LS_KIND_UNCLASSIFIED);
	assert_int_equal(notes_with(m, "kinds are as of the snapshot warm at 3.0 s"), 1);
	assert_int_equal(notes_with(m, "unclassified"), 1);
	assert_true(m->snapshots[0].scanned);
	assert_true(m->snapshots[0].pause_s > 0.0019 && m->snapshots[0].pause_s < 0.0021);
	assert_true(m->overhead.scan_s > 0.24 && m->overhead.scan_s < 0.26);
	assert_int_equal(m->overhead.scan_threads_unseen, 2);
	lr_model_free(m);
}

/* Once the process has ended with a scan, no snapshot has a say. */
static void the_end_beats_a_snapshot(void **state)
{
	struct mr *mr = start();
	uint32_t scan;
	struct lr_model *m;

	(void)state;
	born(mr, 0, 0x1000, 1);
	scan = mr_scan(mr, 0, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_REACHABLE);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_DEFINITE);
	m = build_model(mr);
	is_kind(m, 1, LS_KIND_DEFINITE);
	assert_int_equal(notes_with(m, "as of"), 0);
	assert_int_equal(notes_with(m, "unclassified"), 0);
	lr_model_free(m);
}

static void huge_blocks_are_born_first(void **state)
{
	struct mr *mr = start();
	uint32_t scan;
	struct lr_model *m;

	(void)state;
	born(mr, 9, 0x1000, 5ull << 32);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 3);
	mr_verdict(mr, scan, 0x1000, LS_KIND_DEFINITE);
	m = build_model(mr);
	is_kind(m, 5ull << 32, LS_KIND_DEFINITE);
	lr_model_free(m);
}

/* Blocks that are for the scan only are nowhere. */
static void ignored_blocks_are_nowhere(void **state)
{
	struct mr *mr = start();
	uint32_t context = mr_context(mr, 0, 1, 0, 1, LS_MEM_IGNORED), site;
	struct ls_site *s;
	struct lr_model *m;

	(void)state;
	born(mr, 0, 0x1000, 1);
	mr_block(mr, 0x2000, 64, context);
	mr_block(mr, 0x3000, 64, context);
	site = mr_record(mr, LS_SEC_SITES);
	s = mr_at(mr, LS_SEC_SITES, site);
	s->path = 1;
	s->memory = LS_MEM_IGNORED;
	s->allocations = 100;
	m = build_model(mr);
	assert_int_equal(m->leak_count, 1);
	assert_int_equal(m->totals[LS_MEM_HOST].live_blocks, 1);
	assert_int_equal(m->totals[LS_MEM_IGNORED].allocations, 0);
	assert_int_equal(m->totals[LS_MEM_IGNORED].live_blocks, 0);
	assert_int_equal(m->totals[LS_MEM_IGNORED].peak_bytes, 0);
	assert_int_equal(find_scope(m, "/")->live_blocks, 1);
	assert_int_equal(find_scope(m, "/")->allocations, 1);
	assert_int_equal(m->overhead.contexts, 1);
	assert_false(has_note(m, "is not in the recording"));
	lr_model_free(m);
}

/* What the recording of one block without a verdict says. */
static void says(uint32_t with, const char *options, const char *text)
{
	struct mr *mr = start();
	struct lr_model *m;

	born(mr, 0, 0x1000, 1);
	mr_header(mr)->state = with;
	mr_header(mr)->signal = 9;
	mr_header(mr)->pid = 0x7ffffff0;
	mr_header(mr)->options = mr_string(mr, options);
	m = build_model(mr);
	if (notes_with(m, "unclassified") != 1 || notes_with(m, text) != 1)
		fail_msg("not said once: %s", text);
	lr_model_free(m);
}

static void unclassified_blocks_are_explained(void **state)
{
	(void)state;
	says(LS_STATE_EXITED, "scan=0:depth=64", "the leak scan was switched off (scan=0)");
	says(LS_STATE_EXITED, "depth=64:scan=no", "the leak scan was switched off (scan=0)");
	says(LS_STATE_EXITED, "noscan=0:scan=1", "the process ended without a leak scan");
	says(LS_STATE_SIGNALLED, "", "signal 9 SIGKILL ended the process before a leak scan");
	says(LS_STATE_RUNNING, "", "the process was gone before a leak scan");
}

static void a_running_process_is_told_of_snapshot(void **state)
{
	struct mr *mr = start();
	char text[80];
	struct lr_model *m;

	(void)state;
	born(mr, 0, 0x1000, 1);
	mr_header(mr)->state = LS_STATE_RUNNING;
	mr_header(mr)->pid = (uint32_t)getpid();
	mr_header(mr)->start_ticks = own_start_ticks();
	m = build_model(mr);
	snprintf(text, sizeof text, "`leakscope snapshot %d` finds out which are lost", getpid());
	assert_int_equal(notes_with(m, text), 1);
	lr_model_free(m);
}

/* The shim says itself why a scan failed; an exec'd image needs no words. */
static void nothing_is_said_twice(void **state)
{
	struct mr *mr = start();
	uint32_t scan;
	struct lr_model *m;

	(void)state;
	born(mr, 0, 0x1000, 1);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, scan))->state = LS_SCAN_FAILED;
	mr_note(mr, LS_NOTE_WARNING, "the leak scan could not start: clone failed", 1);
	m = build_model(mr);
	is_kind(m, 1, LS_KIND_UNCLASSIFIED);
	assert_int_equal(notes_with(m, "unclassified"), 0);
	assert_int_equal(m->note_count, 1);
	lr_model_free(m);
	mr = start();
	born(mr, 0, 0x1000, 1);
	mr_note(mr, LS_NOTE_INFO, "all is unclassified here", 1);
	m = build_model(mr);
	assert_int_equal(m->note_count, 1);
	lr_model_free(m);
	mr = start();
	born(mr, 0, 0x1000, 1);
	mr_header(mr)->state = LS_STATE_EXEC;
	m = build_model(mr);
	assert_int_equal(m->note_count, 0);
	lr_model_free(m);
}

static void a_scan_cut_short_is_told(void **state)
{
	struct mr *mr = start();
	uint32_t scan;
	struct lr_model *m;

	(void)state;
	born(mr, 0, 0x1000, 1);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, scan))->state = LS_SCAN_BUSY;
	m = build_model(mr);
	assert_int_equal(notes_with(m, "the process ended in the middle of its leak scan"), 1);
	lr_model_free(m);
}

/* Sets that lie anywhere, overlap or are out of order give no wrong reads. */
static void hostile_sets(void **state)
{
	struct mr *mr = start();
	struct lr_model *m;
	uint32_t i;

	(void)state;
	for (i = 0; i < 50; i++)
		born(mr, 0, 0x1000 * (i + 1), 1);
	i = mr_scan(mr, LS_SCAN_AT_EXIT | LS_SCAN_DOMINATORS, 5);
	for (uint32_t k = 50; k > 0; k--)
		mr_verdict(mr, i, 0x1000 * k, LS_KIND_DEFINITE);
	for (uint32_t k = 0; k < 300; k++) {
		struct ls_scan *scan;

		i = mr_scan(mr, LS_SCAN_AT_EXIT | LS_SCAN_DOMINATORS, k);
		scan = mr_at(mr, LS_SEC_SCANS, i);
		scan->first = k % 3 ? 1 : UINT32_MAX - k;
		scan->count = k % 2 ? UINT32_MAX : 50;
		scan->roots_first = k;
		scan->roots_count = UINT32_MAX;
	}
	m = build_model(mr);
	assert_int_equal(m->totals[LS_MEM_HOST].live_blocks, 50);
	lr_model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_give_kinds),
		cmocka_unit_test(every_verdict_is_found),
		cmocka_unit_test(the_first_scan_of_the_end_decides),
		cmocka_unit_test(only_scans_that_hold),
		cmocka_unit_test(a_snapshot_stands_in),
		cmocka_unit_test(the_end_beats_a_snapshot),
		cmocka_unit_test(huge_blocks_are_born_first),
		cmocka_unit_test(ignored_blocks_are_nowhere),
		cmocka_unit_test(unclassified_blocks_are_explained),
		cmocka_unit_test(a_running_process_is_told_of_snapshot),
		cmocka_unit_test(nothing_is_said_twice),
		cmocka_unit_test(a_scan_cut_short_is_told),
		cmocka_unit_test(hostile_sets),
	};

	return cmocka_run_group_tests_name("scans", tests, NULL, NULL);
}
