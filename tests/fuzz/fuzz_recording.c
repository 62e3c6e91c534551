/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: recordings.  What is read must give a model whose figures agree
 * with each other, and every format must write it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "diff.h"
#include "fuzz.h"
#include "recording.h"
#include "select.h"

static void must(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_recording: %s\n", what);
	abort();
}

static void check_gpu(const struct lr_model *m, const struct lr_leak *leak)
{
	const struct lr_leak_gpu *gpu = leak->gpu;
	size_t i;

	must(leak->kind == LS_KIND_DEVICE, "a resource of another kind");
	must(leak->memory != LS_MEM_HOST, "a resource of the host");
	must(leak->memory != LS_MEM_HANDLE || !leak->bytes, "a handle with bytes");
	for (i = 0; i < gpu->device_count; i++)
		must(gpu->devices[i] < m->device_count &&
			     (!i || gpu->devices[i - 1] < gpu->devices[i]),
		     "devices");
	must(gpu->held + gpu->held_by_leak <= gpu->sought && gpu->sought <= leak->blocks,
	     "more found than looked for");
	must(gpu->reclaimed.blocks <= leak->blocks && gpu->reclaimed.bytes <= leak->bytes,
	     "more reclaimed than leaked");
	must(gpu->cuda_contexts <= leak->blocks && gpu->streams <= leak->blocks, "contexts");
}

static void check_model(const struct lr_model *m)
{
	uint64_t live = 0, blocks = 0, leaked = 0;
	size_t i;

	for (i = 0; i < LS_MEM_COUNT; i++)
		live += m->totals[i].live_blocks;
	for (i = 0; i < m->scope_count; i++) {
		blocks += m->scopes[i].live_blocks;
		must(m->scopes[i].path[0] == '/', "a path without a root");
		must(!m->scopes[i].parent == (i == 0), "a scope without a parent");
		must(m->scopes[i].open_instances <= m->scopes[i].instances,
		     "more open than opened");
	}
	must(m->estimated || live == blocks, "scopes and totals disagree about live blocks");
	for (i = 0; i < m->leak_count; i++) {
		leaked += m->leaks[i].blocks;
		must(m->leaks[i].blocks > 0, "a leak without blocks");
		must(m->leaks[i].smallest <= m->leaks[i].largest, "block sizes");
		must(strlen(m->leaks[i].fingerprint) == 32, "fingerprint");
		must(m->leaks[i].memory != LS_MEM_IGNORED, "an ignored block is told");
		must(m->estimated || m->leaks[i].retained.blocks >= m->leaks[i].blocks,
		     "less retained than there is");
		must(m->estimated || m->leaks[i].retained.blocks <= live,
		     "more retained than live");
		must(m->leaks[i].site < m->site_count, "a leak without a site");
		if (m->leaks[i].gpu)
			check_gpu(m, &m->leaks[i]);
	}
	for (i = 0; i < m->device_count; i++)
		must(m->devices[i].peak_bytes >= m->devices[i].live_bytes,
		     "a peak below what is live");
	for (i = 0; i < m->site_count; i++)
		must(m->estimated || m->sites[i].retained.blocks <= live,
		     "a site retains more than is live");
	must(m->estimated || leaked <= live, "more leaked than live");
	must(m->estimated || strcmp(m->state, "exec") == 0 || leaked == live,
	     "leaks and live blocks disagree");
}

/* With itself, as two recordings and as the span of one. */
static void write_diff(const struct lr_view *view, uint8_t salt)
{
	const struct lr_diff_options with = {.top = salt & 3};
	struct lr_diff diff = {
		.arena = lr_arena_new(),
		.before = {.view = view, .recording = "a"},
		.after = {.view = view, .recording = "b"},
		.span = salt & 4,
	};
	char *text;
	size_t size, i;
	FILE *out;

	lr_diff_make(&diff, &with);
	must(diff.span || !diff.site_count, "a recording differs from itself");
	for (i = 0; i < 2; i++) {
		out = open_memstream(&text, &size);
		must(out != NULL, "memstream");
		must((i ? lr_diff_json : lr_diff_text)(out, &diff) == 0, "diff");
		fclose(out);
		free(text);
	}
	lr_arena_free(diff.arena);
}

static void write_all(struct lr_model *m, uint8_t salt)
{
	struct lr_view_options with = {
		.top = salt & 7,
		.sort = (enum lr_sort)(salt % 3),
		.group = (enum lr_group)(salt % 7),
		.width = salt & 8 ? 40 : 0,
		.color = salt & 16,
		.verbose = salt & 32,
		.referrers = salt & 64,
	};
	struct lr_selection selection;
	const struct lr_format *format;
	struct lr_error err;
	struct lr_view view;
	char *text;
	size_t size;
	FILE *out;

	lr_selection_default(&selection);
	if (salt & 128)
		selection.kinds = LR_ALL_KINDS;
	if (with.group == LR_GROUP_RETAINED && !m->dominators)
		with.group = LR_GROUP_NONE;
	with.selection = &selection;
	must(lr_view_make(&view, m, &with, &err) == 0, "no view");
	for (format = lr_format_all(); format->name; format++) {
		out = open_memstream(&text, &size);
		must(out != NULL, "memstream");
		must(format->write(out, &view) == 0, format->name);
		fclose(out);
		free(text);
	}
	write_diff(&view, salt);
	lr_view_free(&view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lr_build_options options = {0};
	struct lr_recording *recording;
	struct lr_error err = {""};
	struct lr_model *model;

	if (lr_recording_parse("input.rec", data, size, &recording, &err)) {
		must(err.text[0] != '\0', "refused without a reason");
		return 0;
	}
	if (size > 200 && data[200] & 1)
		options.since = "warm";
	options.referrers = size > 200 && !(data[200] & 2);
	if (lr_model_build(recording, "input.rec", &options, &model, &err) == 0) {
		if (!options.since)
			check_model(model);
		write_all(model, data[size / 2]);
		lr_model_free(model);
	} else {
		must(err.text[0] != '\0', "no model without a reason");
	}
	lr_recording_close(recording);
	return 0;
}

/* Bytes at random seldom hit what means something: most mutations go to fields of records. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	if (size >= LS_HEADER_SIZE && seed % 8 && !memcmp(data, LS_MAGIC, 8))
		return fuzz_mutate_recording(data, size, seed);
	return LLVMFuzzerMutate(data, size, max_size);
}
