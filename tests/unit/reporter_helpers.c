/* SPDX-License-Identifier: MIT */
#include "reporter_helpers.h"

struct lr_recording *parse_recording(struct mr *mr, struct lr_error *err)
{
	struct lr_recording *recording = NULL;
	size_t size;
	uint8_t *data = mr_finish(mr, &size);

	if (lr_recording_parse("test.rec", data, size, &recording, err))
		recording = NULL;
	free(data);
	mr_free(mr);
	return recording;
}

struct lr_model *build_model(struct mr *mr)
{
	struct lr_build_options options = {0};
	struct lr_error err = {""};
	struct lr_recording *recording = parse_recording(mr, &err);
	struct lr_model *model = NULL;

	if (!recording)
		fail_msg("not parsed: %s", err.text);
	if (lr_model_build(recording, "test.rec", &options, &model, &err))
		fail_msg("no model: %s", err.text);
	lr_recording_close(recording);
	return model;
}

struct lr_leak *find_leak(struct lr_model *model, const char *scope, uint64_t bytes)
{
	size_t i;

	for (i = 0; i < model->leak_count; i++) {
		if (strcmp(model->leaks[i].scope, scope) == 0 && model->leaks[i].bytes == bytes)
			return &model->leaks[i];
	}
	return NULL;
}

struct lr_scope *find_scope(struct lr_model *model, const char *path)
{
	size_t i;

	for (i = 0; i < model->scope_count; i++) {
		if (strcmp(model->scopes[i].path, path) == 0)
			return &model->scopes[i];
	}
	return NULL;
}

bool has_note(const struct lr_model *model, const char *text)
{
	size_t i;

	for (i = 0; i < model->note_count; i++) {
		if (strstr(model->notes[i].text, text))
			return true;
	}
	return false;
}

char *write_format(struct lr_model *model, const char *format,
		   const struct lr_view_options *options)
{
	struct lr_selection selection;
	struct lr_view_options with = {.selection = &selection};
	struct lr_error err;
	struct lr_view view;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	lr_selection_default(&selection);
	if (options) {
		with = *options;
		if (!with.selection)
			with.selection = &selection;
	}
	assert_int_equal(lr_view_make(&view, model, &with, &err), 0);
	assert_int_equal(lr_format_find(format)->write(out, &view), 0);
	fclose(out);
	lr_view_free(&view);
	return text;
}

uint64_t own_start_ticks(void)
{
	char text[1024] = "", *p;
	FILE *f = fopen("/proc/self/stat", "r");
	int field;

	assert_non_null(fgets(text, sizeof text, f));
	fclose(f);
	p = strrchr(text, ')') + 2;
	for (field = 3; field < 22; field++)
		p = strchr(p, ' ') + 1;
	return strtoull(p, NULL, 10);
}
