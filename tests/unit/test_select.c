/* SPDX-License-Identifier: MIT */
/* What counts as a leak, in which order, merged how. */
#include "reporter_helpers.h"

#include "arena.h"
#include "names.h"
#include "suppress.h"

/*
 * A model by hand: five leaks.  Frames: main of the program under a function of its
 * own or a system library's.
 */
struct hand {
	struct lr_model *model;
	struct lr_leak *leaks;
};

static struct lr_frame own[3], library[2];

static struct hand by_hand(void)
{
	struct hand h;
	struct mr *mr = mr_new();
	size_t i;

	mr_snapshot(mr, "warm", 1000, 1);
	h.model = build_model(mr);
	h.leaks = lr_arena_array(h.model->arena, 5, sizeof *h.leaks);
	own[0] = (struct lr_frame){.function = "make",
				   .file = "a.c",
				   .line = 3,
				   .module = "/home/a",
				   .offset = 0x10,
				   .user = true};
	own[1] = (struct lr_frame){.function = "make",
				   .file = "a.c",
				   .line = 9,
				   .module = "/home/a",
				   .offset = 0x20,
				   .user = true};
	own[2] = (struct lr_frame){.function = "other",
				   .file = "b.c",
				   .line = 1,
				   .module = "/home/a",
				   .offset = 0x30,
				   .user = true};
	library[0] = (struct lr_frame){.function = "strdup", .module = "/usr/lib/libc.so.6"};
	library[1] = own[0];
	for (i = 0; i < 5; i++) {
		struct lr_leak *leak = &h.leaks[i];
		static const char *threads[] = {"1 main", "2 worker"};

		leak->scope = i < 3 ? "/a" : "/a/b";
		leak->bytes = 10 * (i + 1);
		leak->blocks = 10 - i;
		leak->smallest = leak->largest = 1;
		leak->last_s = i == 2 ? 9 : (double)i;
		leak->frames = i < 3 ? &own[i] : library;
		leak->frame_count = i < 3 ? 1 : 2;
		leak->threads = lr_arena_array(h.model->arena, 1, sizeof(char *));
		leak->threads[0] = threads[i == 4];
		leak->thread_count = 1;
		snprintf(leak->fingerprint, sizeof leak->fingerprint, "%032zx", i);
	}
	h.leaks[1].kind = LS_KIND_REACHABLE;
	h.leaks[1].outlived = true;
	h.leaks[2].kind = LS_KIND_REACHABLE;
	h.leaks[4].kind = LS_KIND_DEVICE;
	h.leaks[4].memory = LS_MEM_DEVICE;
	h.model->leaks = h.leaks;
	h.model->leak_count = 5;
	return h;
}

static void view_of(struct hand *h, struct lr_view_options *with, struct lr_view *view)
{
	static struct lr_selection selection;
	struct lr_error err;

	if (!with->selection) {
		lr_selection_default(&selection);
		with->selection = &selection;
	}
	assert_int_equal(lr_view_make(view, h->model, with, &err), 0);
}

static void sums_and_kinds(void **state)
{
	struct hand h = by_hand();
	struct lr_view_options with = {0};
	struct lr_view view;

	(void)state;
	view_of(&h, &with, &view);
	/* all but the reachable one that has not outlived its scope */
	assert_int_equal(view.leak_count, 4);
	assert_int_equal(view.summary.leaked_bytes, 10 + 20 + 40 + 50);
	assert_int_equal(view.summary.leaked_blocks, 10 + 9 + 7 + 6);
	assert_int_equal(view.summary.by_kind[LS_KIND_REACHABLE].bytes, 20 + 30);
	assert_int_equal(view.summary.by_kind[LS_KIND_UNCLASSIFIED].blocks, 10 + 7);
	assert_int_equal(view.summary.by_kind[LS_KIND_DEVICE].blocks, 6);
	assert_int_equal(view.summary.outlived.bytes, 20);
	assert_int_equal(view.leaks[0]->bytes, 50);
	assert_int_equal(view.leaks[3]->bytes, 10);
	lr_model_free(h.model);
}

static void orders(void **state)
{
	struct hand h = by_hand();
	struct lr_view_options with = {.sort = LR_SORT_BLOCKS};
	struct lr_selection all;
	struct lr_error err;
	struct lr_view view;

	(void)state;
	lr_selection_default(&all);
	assert_int_equal(lr_parse_kinds("--kinds", "all", &all, &err), 0);
	with.selection = &all;
	view_of(&h, &with, &view);
	assert_int_equal(view.leak_count, 5);
	assert_int_equal(view.leaks[0]->blocks, 10);
	assert_int_equal(view.leaks[4]->blocks, 6);
	with.sort = LR_SORT_RECENT;
	with.top = 2;
	view_of(&h, &with, &view);
	assert_int_equal(view.leaks[0]->bytes, 30);
	assert_int_equal(view.leaks[1]->bytes, 50);
	assert_int_equal(view.leak_count, 2);
	assert_int_equal(view.hidden_count, 3);
	assert_int_equal(view.hidden.bytes, 10 + 20 + 40);
	lr_model_free(h.model);
}

static void selections(void **state)
{
	struct hand h = by_hand();
	struct lr_view_options with = {0};
	struct lr_selection s;
	struct lr_error err;
	struct lr_view view;

	(void)state;
	with.selection = &s;
	lr_selection_default(&s);
	s.scope_glob = "/a/*";
	view_of(&h, &with, &view);
	assert_int_equal(view.leak_count, 2);
	lr_selection_default(&s);
	s.memory = LS_MEM_DEVICE;
	view_of(&h, &with, &view);
	assert_int_equal(view.leak_count, 1);
	lr_selection_default(&s);
	s.min_bytes = 40;
	view_of(&h, &with, &view);
	assert_int_equal(view.leak_count, 2);
	lr_selection_default(&s);
	assert_int_equal(lr_parse_kinds("--kinds", "outlived", &s, &err), 0);
	view_of(&h, &with, &view);
	assert_int_equal(view.leak_count, 1);
	assert_int_equal(view.leaks[0]->bytes, 20);
	lr_selection_default(&s);
	s.since = "cold";
	assert_int_equal(lr_view_make(&view, h.model, &with, &err), -1);
	assert_non_null(strstr(err.text, "cold"));
	s.since = "warm";
	assert_int_equal(lr_view_make(&view, h.model, &with, &err), 0);
	lr_model_free(h.model);
}

static size_t grouped(struct hand *h, enum lr_group group, struct lr_view *view)
{
	struct lr_view_options with = {.group = group};

	view_of(h, &with, view);
	return view->leak_count;
}

static void groups(void **state)
{
	struct hand h = by_hand();
	struct lr_view view;

	(void)state;
	/* leaks 0, 1 (outlived), 3, 4 are selected: kinds and memories never mix */
	h.leaks[1].kind = LS_KIND_UNCLASSIFIED;
	assert_int_equal(grouped(&h, LR_GROUP_SITE, &view), 4);
	assert_int_equal(grouped(&h, LR_GROUP_FUNCTION, &view), 3);
	assert_int_equal(view.summary.leaked_bytes, 120);
	assert_int_equal(view.leaks[2]->bytes, 30);
	assert_int_equal(view.leaks[2]->blocks, 19);
	assert_int_equal(view.leaks[2]->frame_count, 1);
	assert_string_equal(view.leaks[2]->frames[0].function, "make");
	assert_int_equal(view.leaks[2]->frames[0].line, 0);
	assert_false(view.leaks[2]->outlived);
	assert_int_equal(grouped(&h, LR_GROUP_MODULE, &view), 2);
	assert_int_equal(view.leaks[0]->bytes, 70);
	assert_string_equal(view.leaks[0]->scope, "/");
	assert_int_equal(grouped(&h, LR_GROUP_SCOPE, &view), 3);
	assert_int_equal(grouped(&h, LR_GROUP_THREAD, &view), 2);
	/* the model itself is as it was */
	assert_int_equal(h.leaks[0].bytes, 10);
	assert_int_equal(grouped(&h, LR_GROUP_NONE, &view), 4);
	lr_model_free(h.model);
}

static void suppressions(void **state)
{
	static const char rules[] = "leak:strdup\n";
	struct hand h = by_hand();
	struct lr_suppressions *s = lr_suppressions_new();
	struct lr_view_options with = {.suppressions = s};
	struct lr_error err;
	struct lr_view view;

	(void)state;
	assert_int_equal(lr_suppressions_add_text(s, "rules", rules, strlen(rules), &err), 0);
	view_of(&h, &with, &view);
	assert_int_equal(view.leak_count, 2);
	assert_int_equal(view.summary.suppressed.bytes, 40 + 50);
	assert_int_equal(view.summary.suppressed.blocks, 7 + 6);
	assert_int_equal(view.summary.by_kind[LS_KIND_DEVICE].blocks, 0);
	assert_string_equal(h.leaks[3].suppressed_by, "leak:strdup");
	assert_null(h.leaks[0].suppressed_by);
	lr_suppressions_free(s);
	lr_model_free(h.model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_kinds), cmocka_unit_test(orders),
		cmocka_unit_test(selections),     cmocka_unit_test(groups),
		cmocka_unit_test(suppressions),
	};

	return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
