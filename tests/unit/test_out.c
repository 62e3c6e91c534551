/* SPDX-License-Identifier: MIT */
/* Text, folded and JSON output of recordings made by hand. */
#include "reporter_helpers.h"

#include <unistd.h>

#include "term.h"

static const uint64_t code[] = {0x1010, 0x2020, 0x3030};

static struct lr_model *sample(void)
{
	return build_model(mr_sample_recording("/home/user/train", code, 3));
}

static void has(const char *text, const char *part)
{
	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	assert_non_null(text);
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static void text_of_leaks(void **state)
{
	struct lr_model *m = sample();
	char *text = write_format(m, "text", NULL);

	(void)state;
	has(text, "   train --leak   pid 4711   12.4 s   exited 0\n");
	has(text, "\nLEAKED  480.1 KiB in 122 blocks, plus 8.0 MiB on the GPU in 2 buffers\n");
	has(text, "120 blocks of 4096 B   scope /trainer/epoch/batch   thread 1 main\n");
	has(text, "every one of 120 `batch` scopes left one block behind: +4.0 KiB per batch\n");
	has(text, "2 blocks of 24 B to 100 B   thread 2 worker\n");
	has(text, "      train+0x100f\n");
	has(text, "notes    a note of the shim (2 times)\n");
	has(text, "host     122 allocations, 480.1 KiB, peak 480.1 KiB");
	has_not(text, "\033");
	has_not(text, " \n");
	/* largest first */
	assert_true(strstr(text, "8.0 MiB   94 %") < strstr(text, "480.0 KiB   6 %"));
	free(text);
	lr_model_free(m);
}

static void text_fits_the_terminal(void **state)
{
	static const int widths[] = {40, 60, 80, 100};
	struct lr_model *m = sample();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof widths / sizeof *widths; i++) {
		struct lr_view_options with = {.width = widths[i]};
		char *text = write_format(m, "text", &with), *line, *save = NULL;

		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			if (lr_text_width(line) > (size_t)widths[i])
				fail_msg("%zu columns at width %d: %s", lr_text_width(line),
					 widths[i], line);
		}
		free(text);
	}
	lr_model_free(m);
}

static void text_colours_when_told(void **state)
{
	struct lr_view_options with = {.color = true};
	struct lr_model *m = sample();
	char *text = write_format(m, "text", &with);

	(void)state;
	has(text, "\033[1;31mLEAKED\033[0m");
	free(text);
	lr_model_free(m);
}

static void text_without_leaks(void **state)
{
	struct lr_model *m = build_model(mr_new());
	char *text = write_format(m, "text", NULL);

	(void)state;
	has(text, "\nno leaks\n");
	has_not(text, "LEAKED");
	free(text);
	lr_model_free(m);
}

static char *text_of_state(uint32_t with, uint32_t pid, uint64_t ticks)
{
	struct mr *mr = mr_sample_recording("/home/user/train", code, 3);
	struct lr_model *m;
	char *text;

	mr_header(mr)->state = with;
	mr_header(mr)->signal = 9;
	mr_header(mr)->pid = pid;
	mr_header(mr)->start_ticks = ticks;
	m = build_model(mr);
	text = write_format(m, "text", NULL);
	lr_model_free(m);
	return text;
}

static void text_of_other_ends(void **state)
{
	char *text = text_of_state(LS_STATE_EXEC, 4711, 0);

	(void)state;
	has(text, "became another program (exec)");
	has(text, "no leaks counted");
	has_not(text, "LEAKED");
	free(text);
	text = text_of_state(LS_STATE_SIGNALLED, 4711, 0);
	has(text, "ended by signal 9 SIGKILL");
	has(text, "LEAKED");
	free(text);
	text = text_of_state(LS_STATE_RUNNING, 0x7ffffff0, 0);
	has(text, "gone, nobody saw how");
	free(text);
	text = text_of_state(LS_STATE_RUNNING, (uint32_t)getpid(), own_start_ticks());
	has(text, "still running");
	has(text, "NOT FREED SO FAR  480.1 KiB");
	has_not(text, "LEAKED");
	free(text);
}

static void text_cuts_at_top(void **state)
{
	struct lr_view_options with = {.top = 1};
	struct lr_model *m = sample();
	char *text = write_format(m, "text", &with);

	(void)state;
	has(text, "LEAKED  480.1 KiB in 122 blocks, plus 8.0 MiB");
	has(text, "… and 2 smaller leaks: 480.1 KiB in 122 blocks");
	free(text);
	lr_model_free(m);
}

/* Names in a recording may be anything: nothing of it drives the terminal or breaks a line. */
static void text_is_safe(void **state)
{
	static const char *const arguments[] = {"a\033[2Jb", "two\nlines", "\xff\xfe", NULL};
	struct mr *mr = mr_sample_recording("/home/user/train", code, 3);
	struct lr_model *m;
	char *text;

	(void)state;
	mr_cmdline(mr, arguments);
	mr_note(mr, LS_NOTE_ERROR, "bell \a and \x1b]0;title", 1);
	mr_path(mr, 1, "na\tme\x7f");
	m = build_model(mr);
	text = write_format(m, "text", NULL);
	has(text, "a?[2Jb two?lines ??");
	has(text, "bell ? and ?]0;title");
	has(text, "/na?me?");
	has_not(text, "\033");
	free(text);
	lr_model_free(m);
}

static void folded(void **state)
{
	struct lr_model *m = sample();
	char *text = write_format(m, "folded", NULL);

	(void)state;
	has(text, "scope /trainer/epoch/batch;train+0x302f;train+0x201f;train+0x100f 491520\n");
	has(text, "train+0x201f 124\n");
	free(text);
	lr_model_free(m);
}

static void json_escapes(void **state)
{
	static const char *const arguments[] = {"q\"uote\\", "\x01\n\t", "\xff", "</script>é",
						NULL};
	struct mr *mr = mr_new();
	struct lr_model *m;
	char *text;

	(void)state;
	mr_cmdline(mr, arguments);
	mr_header(mr)->options = mr_string(mr, "dir=\"/a:b\":depth=8:depth=9:flag:x=:=y");
	m = build_model(mr);
	text = write_format(m, "json", NULL);
	has(text,
	    "\"cmdline\": [\"q\\\"uote\\\\\", \"\\u0001\\n\\t\", \"\xef\xbf\xbd\", \"</script>é\"]");
	has(text,
	    "\"options\": {\"dir\": \"/a:b\", \"depth\": \"8\", \"flag\": \"\", \"x\": \"\"}");
	has(text, "\"leaks\": [],");
	has(text, "\"path\": \"/\",");
	free(text);
	lr_model_free(m);
}

static void json_of_a_signal(void **state)
{
	struct mr *mr = mr_new();
	struct lr_model *m;
	char *text;

	(void)state;
	mr_header(mr)->state = LS_STATE_SIGNALLED;
	mr_header(mr)->signal = 11;
	m = build_model(mr);
	text = write_format(m, "json", NULL);
	has(text, "\"state\": \"signalled\"");
	has(text, "\"exit_code\": null");
	has(text, "\"signal\": 11");
	free(text);
	lr_model_free(m);
}

static void a_full_disk_is_an_error(void **state)
{
	static const char *const formats[] = {"text", "json", "folded"};
	struct lr_selection selection;
	struct lr_view_options with = {.selection = &selection};
	struct lr_model *m = sample();
	struct lr_error err;
	struct lr_view view;
	size_t i;

	(void)state;
	lr_selection_default(&selection);
	assert_int_equal(lr_view_make(&view, m, &with, &err), 0);
	for (i = 0; i < sizeof formats / sizeof *formats; i++) {
		FILE *full = fopen("/dev/full", "w");

		assert_true(lr_format_find(formats[i])->write(full, &view) < 0);
		fclose(full);
	}
	lr_model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_leaks),
		cmocka_unit_test(text_fits_the_terminal),
		cmocka_unit_test(text_colours_when_told),
		cmocka_unit_test(text_without_leaks),
		cmocka_unit_test(text_of_other_ends),
		cmocka_unit_test(text_cuts_at_top),
		cmocka_unit_test(text_is_safe),
		cmocka_unit_test(folded),
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(json_of_a_signal),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
