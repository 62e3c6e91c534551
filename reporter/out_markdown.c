/* SPDX-License-Identifier: MIT */
/*
 * A report as Markdown for a job summary: a verdict, a table of the leaks, and
 * their backtraces folded below it.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fingerprint.h"
#include "gate.h"
#include "gpu.h"
#include "names.h"
#include "out_github.h"
#include "units.h"

/* GitHub refuses a summary above 1 MiB. */
enum { SHOWN = 200, STACKS = 40 };

void lr_markdown_put(FILE *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			fputc('?', out);
		else if (strchr("&<>|`*_[]\\~#!@:", c))
			fprintf(out, "&#%u;", c);
		else
			fputc(c, out);
	}
}

void lr_markdown_code(FILE *out, const char *text)
{
	fputs("<code>", out);
	lr_markdown_put(out, text);
	fputs("</code>", out);
}

static void put_name(FILE *out, const struct lr_frame *frame)
{
	char text[64];

	if (frame->function) {
		lr_markdown_code(out, frame->function);
		return;
	}
	snprintf(text, sizeof(text), "+0x%" PRIx64, frame->offset);
	fputs("<code>", out);
	lr_markdown_put(out, lr_basename(frame->module));
	lr_markdown_put(out, text);
	fputs("</code>", out);
}

static void put_place(FILE *out, const struct lr_frame *frame)
{
	if (!frame->file)
		return;
	fputc(' ', out);
	lr_markdown_put(out, lr_in_workspace(frame->file));
	if (frame->line)
		fprintf(out, "&#58;%u", frame->line);
}

static void put_row(FILE *out, size_t number, const struct lr_leak *leak)
{
	const struct lr_frame *own = lr_own_frame(leak);
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE];
	bool handle = leak->memory == LS_MEM_HANDLE;

	fprintf(out, "| %zu | %s | %s%s | %s", number,
		leak->memory == LS_MEM_HOST ? lr_kind_name(leak->kind)
					    : lr_memory_name(leak->memory),
		leak->estimated ? "about " : "", handle ? "" : lr_size(size, leak->bytes),
		lr_count(count, leak->blocks));
	if (handle)
		fprintf(out, " %s",
			lr_gpu_noun(leak->memory, leak->gpu ? leak->gpu->call : LS_RES_NONE,
				    leak->blocks));
	fputs(" | ", out);
	lr_markdown_code(out, leak->scope);
	fputs(leak->outlived ? " outlived | " : " | ", out);
	if (own) {
		put_name(out, own);
		put_place(out, own);
	}
	fprintf(out, " | <code>%.12s</code> |\n", leak->fingerprint);
}

static void put_stack(FILE *out, size_t number, const struct lr_leak *leak)
{
	fprintf(out, "%zu. <code>%s</code><br>\n", number, leak->fingerprint);
	for (size_t i = 0; i < leak->frame_count; i++) {
		fputs("   ", out);
		put_name(out, &leak->frames[i]);
		put_place(out, &leak->frames[i]);
		fputs("<br>\n", out);
	}
}

int lr_out_markdown(FILE *out, const struct lr_view *view)
{
	const struct lr_model *model = view->model;
	char amount[LR_AMOUNT_SIZE], count[LR_UNIT_SIZE];
	size_t shown = view->leak_count < SHOWN ? view->leak_count : SHOWN, more;

	fputs("### leakscope: ", out);
	lr_markdown_code(out, lr_basename(model->exe));
	if (view->summary.leaked_blocks || view->summary.leaked_bytes)
		fprintf(out, " leaked %s\n\n",
			lr_amount_text(amount, view->summary.leaked_bytes,
				       view->summary.leaked_blocks, view->summary.leaked_handles));
	else
		fputs(" has no leaks\n\n", out);
	if (shown) {
		fputs("| # | kind | size | blocks | scope | where | fingerprint |\n"
		      "|--:|:--|--:|--:|:--|:--|:--|\n",
		      out);
		for (size_t i = 0; i < shown; i++)
			put_row(out, i + 1, view->leaks[i]);
		fputc('\n', out);
	}
	if (view->summary.by_kind[LS_KIND_REACHABLE].blocks)
		fprintf(out, "Still reachable: %s\n\n",
			lr_amount_text(amount, view->summary.by_kind[LS_KIND_REACHABLE].bytes,
				       view->summary.by_kind[LS_KIND_REACHABLE].blocks, 0));
	more = view->leak_count - shown + view->hidden_count;
	if (more)
		fprintf(out, "and %s more\n\n", lr_count(count, more));
	if (shown) {
		fputs("<details><summary>Backtraces</summary>\n\n", out);
		for (size_t i = 0; i < shown && i < STACKS; i++)
			put_stack(out, i + 1, view->leaks[i]);
		fputs("\n</details>\n\n", out);
	}
	if (view->summary.suppressed.blocks)
		fprintf(out, "Suppressed: %s\n",
			lr_amount_text(amount, view->summary.suppressed.bytes,
				       view->summary.suppressed.blocks,
				       view->summary.suppressed_handles));
	return ferror(out) ? -EIO : 0;
}
