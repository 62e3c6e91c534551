/* SPDX-License-Identifier: MIT */
/* What a scan tells of who holds blocks and what they keep alive, up to the report's words. */
#include "reporter_helpers.h"

#include "names.h"
#include "term.h"

static const uint64_t code[] = {0x1010, 0x2020};

/* The model of the scanned recording, with referrers. */
static struct lr_model *scanned(void)
{
	struct lr_build_options options = {.referrers = true};
	struct lr_recording *recording;
	struct lr_model *m = NULL;
	struct lr_error err;

	recording =
		parse_recording(mr_scanned_recording("/home/user/train", code, 2, 0x4000), &err);
	assert_non_null(recording);
	assert_int_equal(lr_model_build(recording, "test.rec", &options, &m, &err), 0);
	lr_recording_close(recording);
	return m;
}

static struct lr_leak *of_kind(struct lr_model *m, const char *scope, enum ls_kind kind)
{
	size_t i;

	for (i = 0; i < m->leak_count; i++) {
		if (m->leaks[i].kind == kind && strcmp(m->leaks[i].scope, scope) == 0)
			return &m->leaks[i];
	}
	return NULL;
}

static const struct lr_referrer *referrer(const struct lr_leak *leak, const char *where)
{
	size_t i;

	for (i = 0; i < leak->referrer_count; i++) {
		if (strcmp(leak->referrers[i].where, where) == 0)
			return &leak->referrers[i];
	}
	return NULL;
}

static void holders_have_names(void **state)
{
	static const char *const places[] = {"train+0x4008",
					     "a block of 256 bytes at offset 16, allocated at "
					     "train+0x100f"};
	struct lr_model *m = scanned();
	struct lr_leak *leak = of_kind(m, "/", LS_KIND_REACHABLE);
	const struct lr_referrer *r;
	size_t i;

	(void)state;
	assert_non_null(leak);
	assert_int_equal(leak->blocks, 9);
	assert_int_equal(leak->referrer_count, 5);
	assert_int_equal(leak->unnamed_referrers, 4);
	for (i = 0; i < 2; i++)
		assert_non_null(referrer(leak, places[i]));
	r = referrer(leak, places[1]);
	assert_int_equal(r->type, LS_HOLDER_BLOCK);
	assert_int_equal(r->chain_count, 1);
	assert_string_equal(r->chain[0].where, "train+0x4008");
	assert_string_equal(r->chain[0].module, "train");
	leak = of_kind(m, "/", LS_KIND_POSSIBLE);
	assert_int_equal(leak->referrer_count, 1);
	assert_string_equal(leak->referrers[0].where, "the stack of thread 1 main");
	leak = of_kind(m, "/", LS_KIND_INDIRECT);
	assert_int_equal(leak->blocks, 2);
	assert_int_equal(leak->referrer_count, 1);
	assert_int_equal(leak->referrers[0].blocks, 2);
	assert_false(leak->referrers[0].offset_known && leak->referrers[0].offset != 8);
	assert_int_equal(of_kind(m, "/", LS_KIND_DEFINITE)->referrer_count, 0);
	lr_model_free(m);
}

/* Each way of being held in its own words: one block each, so one leak each. */
static void every_holder_has_words(void **state)
{
	static const struct {
		enum ls_holder type;
		const char *name, *where;
	} cases[] = {
		{LS_HOLDER_STACK, "", "the stack of thread 1 main"},
		{LS_HOLDER_TLS, "", "the thread-local storage of thread 1 main"},
		{LS_HOLDER_REGISTER, "", "a register of thread 1 main"},
		{LS_HOLDER_MAPPING, "", "an anonymous mapping at 0x7000000 of 1.0 MiB"},
		{LS_HOLDER_MAPPING, "a name of thirty-two characters!x",
		 "the mapping a name of thirty-two characters!"},
		{LS_HOLDER_KERNEL, "", "the kernel (epoll or timer)"},
		{LS_HOLDER_DECLARED, "", "memory that the program has declared a root"},
		{LS_HOLDER_UNTRACKED, "", "heap memory that is not recorded"},
		{LS_HOLDER_MODULE, "", "module data at 0x7000010"},
		{LS_HOLDER_BLOCK, "", "a block that is not there any more"},
	};
	struct lr_build_options options = {.referrers = true};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mr *mr = mr_new();
		uint32_t context = mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST), scan, root, verdict;
		struct lr_recording *recording;
		struct lr_model *m;
		struct lr_error err;

		mr_block(mr, 0x1000, 16, context);
		scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
		root = mr_root(mr, scan, cases[i].type, 0x7000000, 0x7100000, 1, cases[i].name);
		verdict = mr_verdict(mr, scan, 0x1000, LS_KIND_REACHABLE);
		mr_held(mr, verdict, cases[i].type, 0x7000010, root);
		recording = parse_recording(mr, &err);
		assert_int_equal(lr_model_build(recording, "test.rec", &options, &m, &err), 0);
		assert_int_equal(m->leaks[0].referrer_count, 1);
		assert_string_equal(m->leaks[0].referrers[0].where, cases[i].where);
		lr_model_free(m);
		lr_recording_close(recording);
	}
}

/* A thread that the scan knows by the system's id only is found by it. */
static void threads_are_found_by_id(void **state)
{
	static const struct {
		uint32_t tid;
		const char *where;
	} cases[] = {{4712, "the stack of thread 2 worker"},
		     {4713, "the stack of thread 3 other"},
		     {99, "the stack of the thread with id 99"},
		     {0, "the stack of a thread"}};
	struct lr_build_options options = {.referrers = true};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mr *mr = mr_new();
		uint32_t context = mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST), scan, root, verdict;
		struct lr_recording *recording;
		struct lr_model *m;
		struct lr_error err;

		mr_thread(mr, "worker");
		mr_thread(mr, "other");
		mr_block(mr, 0x1000, 16, context);
		scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
		root = mr_root(mr, scan, LS_HOLDER_STACK, 0x7000000, 0x7100000, 0, "");
		((struct ls_root *)mr_at(mr, LS_SEC_ROOTS, root))->tid = cases[i].tid;
		verdict = mr_verdict(mr, scan, 0x1000, LS_KIND_REACHABLE);
		mr_held(mr, verdict, LS_HOLDER_STACK, 0x7000010, root);
		recording = parse_recording(mr, &err);
		assert_int_equal(lr_model_build(recording, "test.rec", &options, &m, &err), 0);
		assert_string_equal(m->leaks[0].referrers[0].where, cases[i].where);
		lr_model_free(m);
		lr_recording_close(recording);
	}
}

/* Blocks that hold each other in a ring, and ones that claim to hold themselves. */
static void rings_end(void **state)
{
	struct lr_build_options options = {.referrers = true};
	struct mr *mr = mr_new();
	uint32_t context = mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST), scan, verdict, i;
	struct lr_recording *recording;
	struct lr_model *m;
	struct lr_error err;

	(void)state;
	scan = mr_scan(mr, LS_SCAN_AT_EXIT | LS_SCAN_DOMINATORS, 1);
	for (i = 0; i < 6; i++) {
		mr_block(mr, 0x1000 * (i + 1), 64, context);
		verdict = mr_verdict(mr, scan, 0x1000 * (i + 1), LS_KIND_REACHABLE);
		mr_held(mr, verdict, LS_HOLDER_BLOCK, 0x1000 * ((i + 1) % 3 + 1), 0);
		/* 1 -> 2 -> 3 -> 1, 4 below that ring, 5 its own, 6 of none that is there */
		((struct ls_verdict *)mr_at(mr, LS_SEC_VERDICTS, verdict))->dominator =
			i < 3    ? (i + 1) % 3 + 1
			: i == 3 ? 1
			: i == 4 ? 5
				 : 4000000000u;
	}
	recording = parse_recording(mr, &err);
	assert_int_equal(lr_model_build(recording, "test.rec", &options, &m, &err), 0);
	assert_int_equal(m->leak_count, 1);
	assert_int_equal(m->leaks[0].retained.blocks, 6);
	assert_int_equal(m->leaks[0].retained.bytes, 6 * 64);
	assert_int_equal(m->leaks[0].referrers[0].chain_count, 4);
	lr_model_free(m);
	lr_recording_close(recording);
}

/* One site's blocks below each other are counted once; another site's below them too. */
static void retained_sums(void **state)
{
	const uint64_t pc[] = {0x555555555000}, other[] = {0x555555556000};
	static const uint32_t dominators[] = {0, 1, 2, 2, 0};
	struct mr *mr = mr_new();
	uint32_t a, b, scan, verdict, i;
	struct lr_view_options with = {.group = LR_GROUP_RETAINED};
	struct lr_selection all;
	struct lr_view view;
	struct lr_error err;
	struct lr_model *m;

	(void)state;
	a = mr_context(mr, mr_stack(mr, pc, 1), 1, 0, 1, LS_MEM_HOST);
	b = mr_context(mr, mr_stack(mr, other, 1), 1, 0, 1, LS_MEM_HOST);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT | LS_SCAN_DOMINATORS, 1);
	for (i = 0; i < 5; i++) {
		mr_block(mr, 0x1000 * (i + 1), 10u << i, i == 2 || i == 4 ? b : a);
		verdict = mr_verdict(mr, scan, 0x1000 * (i + 1),
				     i == 4 ? LS_KIND_DEFINITE : LS_KIND_REACHABLE);
		((struct ls_verdict *)mr_at(mr, LS_SEC_VERDICTS, verdict))->dominator =
			dominators[i];
	}
	m = build_model(mr);
	lr_selection_default(&all);
	assert_int_equal(lr_parse_kinds("--kinds", "all", &all, &err), 0);
	with.selection = &all;
	assert_int_equal(lr_view_make(&view, m, &with, &err), 0);
	assert_int_equal(view.leak_count, 2);
	/* b: its own 40 and 160; a: 10 + 20 + 80, and the 40 below the second */
	assert_int_equal(view.leaks[0]->retained.bytes, 200);
	assert_int_equal(view.leaks[0]->retained.blocks, 2);
	assert_int_equal(view.leaks[0]->kind, LS_KIND_DEFINITE);
	assert_int_equal(view.leaks[1]->retained.bytes, 150);
	assert_int_equal(view.leaks[1]->retained.blocks, 4);
	assert_int_equal(view.leaks[1]->bytes, 110);
	lr_view_free(&view);
	lr_model_free(m);
	m = build_model(mr_new());
	assert_int_equal(lr_view_make(&view, m, &with, &err), -1);
	assert_non_null(strstr(err.text, "--group retained"));
	lr_model_free(m);
}

/* Without dominators the words in which lost blocks were found must do. */
static void holders_stand_in_for_dominators(void **state)
{
	struct mr *mr = mr_scanned_recording("/home/user/train", code, 2, 0x4000);
	struct lr_model *m;

	(void)state;
	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, 1))->flags = LS_SCAN_AT_EXIT;
	m = build_model(mr);
	assert_false(m->dominators);
	assert_int_equal(of_kind(m, "/", LS_KIND_DEFINITE)->retained.blocks, 3);
	assert_int_equal(of_kind(m, "/", LS_KIND_DEFINITE)->retained.bytes, 40 + 32 + 32);
	lr_model_free(m);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void text_of_kinds(void **state)
{
	struct lr_view_options with = {.width = 200};
	struct lr_model *m = scanned();
	char *text = write_format(m, "text", &with);

	(void)state;
	/* lost: 40 + 32 + 32 + 80, and what outlived its scope: 3000 */
	has(text, "\nLEAKED  3.1 KiB in 5 blocks\n");
	has(text, "definite    40 B   1 %   1 block   thread 1 main\n"
		  "    plus 64 B in 2 blocks only it leads to\n");
	has(text, "    outlived its scope, and nothing points to it any more\n");
	has(text, "    outlived its scope; still held by a block of 256 bytes at offset 24, "
		  "allocated at train+0x100f\n");
	has(text, "15 blocks live (3.6 KiB): definite 2 (120 B), indirect 2 (64 B), possible 1 "
		  "(10 B; --kinds all), still reachable 10 (3.4 KiB; --kinds all)\n");
	has(text, "notes    scan 0.12 s, pause 3.1 ms\n");
	if (strstr(text, "unclassified"))
		fail_msg("unclassified in:\n%s", text);
	free(text);
	lr_model_free(m);
}

static void text_of_referrers(void **state)
{
	struct lr_view_options with = {.referrers = true};
	struct lr_selection all;
	struct lr_model *m = scanned();
	struct lr_error err;
	char *text;

	(void)state;
	lr_selection_default(&all);
	assert_int_equal(lr_parse_kinds("--kinds", "all", &all, &err), 0);
	with.selection = &all;
	with.width = 200;
	text = write_format(m, "text", &with);
	has(text, "; 454 B in 9 blocks still reachable");
	has(text, "    held 1 by train+0x4008\n");
	has(text,
	    "         1 by a block of 256 bytes at offset 16, allocated at train+0x100f, held by "
	    "train+0x4008\n");
	has(text, "         4 at other places\n");
	free(text);
	text = write_format(m, "json", &with);
	has(text, "{\"type\": \"module\", \"where\": \"train+0x4008\", \"blocks\": 1, \"module\": "
		  "\"train\", \"symbol\": null, \"offset\": 16392, \"chain\": []}");
	free(text);
	lr_model_free(m);
}

static void text_fits_the_terminal(void **state)
{
	static const int widths[] = {40, 60, 80, 100};
	struct lr_model *m = scanned();
	struct lr_selection all;
	struct lr_error err;
	size_t i;

	(void)state;
	lr_selection_default(&all);
	assert_int_equal(lr_parse_kinds("--kinds", "all", &all, &err), 0);
	for (i = 0; i < 2 * sizeof widths / sizeof *widths; i++) {
		struct lr_view_options with = {
			.selection = &all,
			.width = widths[i / 2],
			.referrers = true,
			.group = i % 2 ? LR_GROUP_RETAINED : LR_GROUP_NONE,
		};
		char *text = write_format(m, "text", &with), *line, *save = NULL;

		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			if (lr_text_width(line) > (size_t)with.width)
				fail_msg("%zu columns at width %d: %s", lr_text_width(line),
					 with.width, line);
		}
		free(text);
	}
	lr_model_free(m);
}

/* Nothing but held blocks is no cause for alarm. */
static void only_reachable_reads_clean(void **state)
{
	struct lr_view_options with = {0};
	struct lr_selection all;
	struct mr *mr = mr_new();
	uint32_t context = mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST), scan;
	struct lr_model *m;
	struct lr_error err;
	char *text;

	(void)state;
	mr_block(mr, 0x1000, 16, context);
	mr_block(mr, 0x2000, 16, context);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_REACHABLE);
	mr_verdict(mr, scan, 0x2000, LS_KIND_REACHABLE);
	m = build_model(mr);
	text = write_format(m, "text", NULL);
	has(text, "\nno leaks; 2 blocks still reachable\n");
	free(text);
	lr_selection_default(&all);
	assert_int_equal(lr_parse_kinds("--kinds", "all", &all, &err), 0);
	with.selection = &all;
	text = write_format(m, "text", &with);
	has(text, "\nno leaks; 2 blocks still reachable\n");
	has(text, " 1  reachable");
	free(text);
	text = write_format(m, "github", &with);
	has(text, "::notice title=leakscope%3A memory still reachable::");
	free(text);
	lr_model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holders_have_names),
		cmocka_unit_test(every_holder_has_words),
		cmocka_unit_test(threads_are_found_by_id),
		cmocka_unit_test(rings_end),
		cmocka_unit_test(retained_sums),
		cmocka_unit_test(holders_stand_in_for_dominators),
		cmocka_unit_test(text_of_kinds),
		cmocka_unit_test(text_of_referrers),
		cmocka_unit_test(text_fits_the_terminal),
		cmocka_unit_test(only_reachable_reads_clean),
	};

	return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
