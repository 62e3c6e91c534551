/* SPDX-License-Identifier: MIT */
/*
 * The gate's verdict and its three forms of output, on hand-made models.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "out_github.h"

#define A "0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210"

static struct lr_frame frames_a[] = {
	{.function = "g_malloc", .module = "/usr/lib/libglib.so"},
	{.function = "load|it<int>",
	 .file = "/src/a,b:c.c",
	 .line = 42,
	 .module = "/usr/bin/app",
	 .user = true},
	{.function = "main",
	 .file = "/src/main.c",
	 .line = 9,
	 .module = "/usr/bin/app",
	 .user = true},
};
static struct lr_frame frames_b[] = {{.module = "/usr/bin/app", .offset = 0x1234, .user = true}};

struct fixture {
	struct lr_model model;
	struct lr_leak leaks[2], *list[2];
	struct lr_view view;
};

static void make(struct fixture *f)
{
	*f = (struct fixture){.leaks = {{.fingerprint = A,
					 .scope = "/epoch",
					 .bytes = 1000,
					 .blocks = 10,
					 .outlived = true,
					 .frames = frames_a,
					 .frame_count = 3},
					{.fingerprint = B,
					 .scope = "/",
					 .bytes = 5,
					 .blocks = 1,
					 .kind = LS_KIND_DEFINITE,
					 .frames = frames_b,
					 .frame_count = 1}}};
	f->list[0] = &f->leaks[0];
	f->list[1] = &f->leaks[1];
	f->model.state = "exited";
	f->model.recording = "app.rec";
	f->model.exe = "/usr/bin/app";
	f->model.totals[LS_MEM_HOST] =
		(struct lr_total){.allocations = 100, .allocated_bytes = 5000, .peak_bytes = 2048};
	f->view = (struct lr_view){.model = &f->model, .leaks = f->list, .leak_count = 2};
	f->view.summary.leaked_bytes = 1005;
	f->view.summary.leaked_blocks = 11;
}

static const struct lr_gate_limits defaults = {0, LR_NO_LIMIT, LR_NO_LIMIT, -1};

/* Judge F once, or TIMES times as if it were as many recordings, against BASELINE's text (NULL: none). */
static bool judged(struct lr_gate *gate, struct fixture *f, int times,
		   const struct lr_gate_limits *limits, const char *baseline,
		   struct lr_baseline **b)
{
	struct lr_error err = {""};

	*b = NULL;
	if (baseline && lr_baseline_parse("b.txt", baseline, strlen(baseline), b, &err) != 0)
		fail_msg("%s", err.text);
	lr_gate_start(gate, limits);
	for (int i = 0; i < times; i++)
		lr_gate_add(gate, &f->view);
	lr_gate_judge(gate, *b, baseline ? "b.txt" : NULL);
	return gate->pass;
}

static bool passes(struct fixture *f, int times, const struct lr_gate_limits *limits,
		   const char *baseline)
{
	struct lr_baseline *b;
	struct lr_gate gate;
	bool pass = judged(&gate, f, times, limits, baseline, &b);

	assert_int_equal(pass, gate.reason_count == 0);
	lr_gate_free(&gate);
	lr_baseline_free(b);
	return pass;
}

static void test_limits(void **state)
{
	struct lr_gate_limits limits = defaults;
	struct fixture f;

	(void)state;
	make(&f);
	assert_false(passes(&f, 1, &limits, NULL));
	limits.leaked_bytes = 1004;
	assert_false(passes(&f, 1, &limits, NULL));
	limits.leaked_bytes = 1005;
	assert_true(passes(&f, 1, &limits, NULL));
	assert_false(passes(&f, 2, &limits, NULL)); /* all recordings together */
	limits.leaked_bytes = LR_NO_LIMIT;
	limits.leaked_blocks = 10;
	assert_false(passes(&f, 1, &limits, NULL));
	limits.leaked_blocks = 11;
	assert_true(passes(&f, 1, &limits, NULL));
	limits.peak_bytes = 2047;
	assert_false(passes(&f, 1, &limits, NULL));
	limits.peak_bytes = 2048;
	assert_true(passes(&f, 1, &limits, NULL));
	f.view.leak_count = 0;
	assert_true(passes(&f, 1, &defaults, NULL));
}

static void test_exec_has_no_leaks(void **state)
{
	struct fixture f;

	(void)state;
	make(&f);
	f.model.state = "exec";
	assert_true(passes(&f, 1, &defaults, NULL));
}

static void test_baseline(void **state)
{
	struct fixture f;

	(void)state;
	make(&f);
#define HEAD "leakscope-baseline 1\n"
	assert_true(passes(&f, 1, &defaults, HEAD "leak " A " blocks=10\nleak " B " blocks=1\n"));
	assert_true(passes(&f, 1, &defaults, HEAD "leak " A " blocks=11\nleak " B " max=any\n"));
	assert_false(passes(&f, 1, &defaults, HEAD "leak " A " blocks=10\n"));
	assert_false(passes(&f, 1, &defaults, HEAD "leak " A " blocks=9\nleak " B " blocks=1\n"));
	assert_false(passes(&f, 2, &defaults, HEAD "leak " A " blocks=10\nleak " B " blocks=1\n"));
	assert_true(
		passes(&f, 1, &defaults, HEAD "leak " A " blocks=9 max=10\nleak " B " blocks=1\n"));
}

static void test_grown_fails_whatever_the_limit(void **state)
{
	struct lr_gate_limits limits = {1u << 20, LR_NO_LIMIT, LR_NO_LIMIT, -1};
	struct lr_baseline *b;
	struct lr_gate gate;
	struct fixture f;

	(void)state;
	make(&f);
	assert_false(judged(&gate, &f, 1, &limits,
			    HEAD "leak " A " blocks=9\nleak " B " blocks=1\n"
				 "leak 00000000000000000000000000000009 blocks=1\n",
			    &b));
	assert_int_equal(gate.grown_count, 1);
	assert_int_equal(gate.accepted_count, 1);
	assert_int_equal(gate.gone_count, 1);
	assert_int_equal(gate.fresh.blocks, 1);
	assert_int_equal(gate.fresh.bytes, 100);
	assert_int_equal(gate.accepted.blocks, 10);
	assert_int_equal(gate.accepted.bytes, 905);
	lr_gate_free(&gate);
	lr_baseline_free(b);
}

static void test_growth(void **state)
{
	static const char base[] =
		HEAD "total host allocations=100 allocated_bytes=5000 peak_bytes=2000\n"
		     "leak " A " max=any\nleak " B " max=any\n";
	struct lr_gate_limits limits = {0, LR_NO_LIMIT, LR_NO_LIMIT, 2.4};
	struct fixture f;

	(void)state;
	make(&f);
	assert_true(passes(&f, 1, &limits, base)); /* 2048 is 2.4 % above 2000 */
	limits.growth_percent = 2.3;
	assert_false(passes(&f, 1, &limits, base));
	limits.growth_percent = 3;
	f.model.totals[LS_MEM_HOST].allocations = 104;
	assert_false(passes(&f, 1, &limits, base));
	f.model.totals[LS_MEM_HOST].allocations = 50;
	assert_true(passes(&f, 1, &limits, base));
	f.model.totals[LS_MEM_DEVICE].peak_bytes = 1; /* from nothing */
	assert_false(passes(&f, 1, &limits, base));
}

static char *text_of(struct fixture *f, int (*write)(FILE *, const struct lr_gate *),
		     const char *baseline)
{
	struct lr_baseline *b;
	struct lr_gate gate;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	judged(&gate, f, 1, &defaults, baseline, &b);
	assert_int_equal(write ? write(out, &gate) : lr_gate_text(out, &gate, false), 0);
	fclose(out);
	lr_gate_free(&gate);
	lr_baseline_free(b);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' lacks '%s'", text, part);
}

static void test_text(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	make(&f);
	text = text_of(&f, NULL, NULL);
	has(text,
	    "FAIL  leaked 1005 B in 11 blocks\n      --max-leaked-bytes: the limit is 0 B, found 1005 B\n");
	has(text, "new     1000 B in 10 blocks, unclassified, scope /epoch (outlived it)\n"
		  "        load|it<int>    /src/a,b:c.c:42\n        fingerprint " A "\n");
	has(text, "new     5 B in 1 block, definite, scope /\n        app+0x1234\n");
	has(text, "--update-baseline");
	free(text);
	text = text_of(&f, NULL, HEAD "leak " A " max=any\nleak " B " max=any\n");
	has(text, "PASS  no new leaks\naccepted    1005 B in 11 blocks, 2 leaks of b.txt\n");
	free(text);
	f.model.overhead.lost_events = 1234;
	text = text_of(&f, NULL, NULL);
	has(text, "note        app.rec: 1 234 allocations could not be recorded");
	free(text);
}

static void test_github(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	make(&f);
	f.leaks[0].scope = "/100%\nx";
	text = text_of(&f, lr_gate_github, NULL);
	has(text,
	    "::error file=/src/a%2Cb%3Ac.c,line=42,title=leakscope%3A new memory leak::1000 B in 10 blocks, "
	    "unclassified, scope /100%25?x (outlived it), in load|it<int>, fingerprint " A "\n");
	has(text,
	    "\n::error title=leakscope gate::--max-leaked-bytes: the limit is 0 B, found 1005 B\n");
	has(text, "\nleakscope gate: FAIL  leaked 1005 B in 11 blocks\n");
	free(text);
	setenv("GITHUB_WORKSPACE", "/src/", 1);
	text = text_of(&f, lr_gate_github, NULL);
	has(text, "::error file=a%2Cb%3Ac.c,line=42,");
	free(text);
	unsetenv("GITHUB_WORKSPACE");
}

static void test_markdown(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	make(&f);
	text = text_of(&f, lr_gate_markdown, HEAD "leak " B " blocks=1\n");
	has(text, "### leakscope gate: FAIL\n");
	has(text, "| new | unclassified | 1000 B | 10 | <code>/epoch</code> outlived | "
		  "<code>load&#124;it&#60;int&#62;</code> /src/a,b&#58;c.c&#58;42 | <code>" A
		  "</code> |\n");
	has(text, "| accepted | definite | 5 B | 1 |");
	free(text);
}

static void test_report_formats(void **state)
{
	int (*const writers[])(FILE *, const struct lr_view *) = {lr_out_github, lr_out_markdown};
	static const char *const wanted[][2] = {
		{"::error file=/src/a%2Cb%3Ac.c,line=42,title=leakscope%3A memory leak::1000 B in 10 blocks, unclassified, "
		 "scope /epoch (outlived it), fingerprint " A
		 "%0A  g_malloc%0A  load|it<int>  /src/a,b:c.c:42%0A  main",
		 "\nleakscope: app leaked 1005 B in 11 blocks\n"},
		{"| 1 | unclassified | 1000 B | 10 | <code>/epoch</code> outlived | <code>load&#124;it&#60;int&#62;</code>",
		 "### leakscope: <code>app</code> leaked 1005 B in 11 blocks\n"}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		struct fixture f;

		make(&f);
		assert_int_equal(writers[i](out, &f.view), 0);
		fclose(out);
		has(text, wanted[i][0]);
		has(text, wanted[i][1]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_exec_has_no_leaks),
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_grown_fails_whatever_the_limit),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_github),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_report_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
