/* SPDX-License-Identifier: MIT */
/*
 * The gate's verdict as Markdown, for a job summary.
 */
#include <errno.h>

#include "gate.h"
#include "gpu.h"
#include "names.h"
#include "out_github.h"
#include "units.h"

enum { SHOWN = 200 };

static void put_row(FILE *out, const struct lr_gate_leak *leak)
{
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE], limit[LR_UNIT_SIZE];
	bool handle = leak->memory == LS_MEM_HANDLE;

	fprintf(out, "| %s | %s | %s%s | %s", lr_gate_state_name(leak->state),
		leak->memory == LS_MEM_HOST ? lr_kind_name(leak->kind)
					    : lr_memory_name(leak->memory),
		leak->estimated ? "about " : "", handle ? "" : lr_size(size, leak->bytes),
		lr_count(count, leak->blocks));
	if (handle)
		fprintf(out, " %s", lr_gpu_noun(leak->memory, leak->call, leak->blocks));
	if (leak->state == LR_LEAK_GROWN)
		fprintf(out, " (accepted: %s)", lr_count(limit, leak->accepted));
	fputs(" | ", out);
	lr_markdown_code(out, leak->scope);
	fputs(leak->outlived ? " outlived | " : " | ", out);
	lr_markdown_code(out, leak->function);
	if (*leak->where) {
		fputc(' ', out);
		lr_markdown_put(out, leak->where);
	}
	fprintf(out, " | <code>%s</code> |\n", leak->fingerprint);
}

int lr_gate_markdown(FILE *out, const struct lr_gate *gate)
{
	size_t shown = gate->leak_count < SHOWN ? gate->leak_count : SHOWN;
	char amount[LR_AMOUNT_SIZE], count[LR_UNIT_SIZE];

	fprintf(out, "### leakscope gate: %s\n\n", gate->pass ? "PASS" : "FAIL");
	lr_markdown_put(out, gate->headline);
	fputs("\n\n", out);
	for (size_t i = 0; i < gate->reason_count; i++) {
		fputs("- ", out);
		lr_markdown_put(out, gate->reasons[i]);
		fputc('\n', out);
	}
	if (gate->reason_count)
		fputc('\n', out);
	if (shown) {
		fputs("| state | kind | size | blocks | scope | where | fingerprint |\n"
		      "|:--|:--|--:|--:|:--|:--|:--|\n",
		      out);
		for (size_t i = 0; i < shown; i++)
			put_row(out, &gate->leaks[i]);
		fputc('\n', out);
	}
	if (gate->leak_count > shown)
		fprintf(out, "and %s more\n\n", lr_count(count, gate->leak_count - shown));
	if (gate->suppressed.blocks)
		fprintf(out, "Suppressed: %s\n\n",
			lr_amount_text(amount, gate->suppressed.bytes, gate->suppressed.blocks,
				       gate->suppressed_handles));
	for (size_t i = 0; i < gate->note_count; i++) {
		fputs("Note: ", out);
		lr_markdown_put(out, gate->notes[i]);
		fputs("\n\n", out);
	}
	if (gate->new_count || gate->grown_count) {
		fputs("To accept these leaks: <code>leakscope gate --baseline ", out);
		lr_markdown_put(out, gate->baseline_path ? gate->baseline_path : "FILE");
		fputs(" --update-baseline RECORDING...</code>\n", out);
	}
	return ferror(out) ? -EIO : 0;
}
