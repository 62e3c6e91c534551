/* SPDX-License-Identifier: MIT */
/*
 * The gate's verdict as plain text: PASS or FAIL and why, what is new, what is
 * accepted, how to accept the rest.
 */
#include <errno.h>
#include <string.h>

#include "gate.h"
#include "names.h"
#include "term.h"
#include "units.h"

/* New leaks that are written out; the rest is counted. */
enum { SHOWN = 50 };

static void paint(FILE *out, bool color, const char *code, const char *text)
{
	if (color)
		fprintf(out, "\033[%sm%s\033[0m", code, text);
	else
		fputs(text, out);
}

static void put_leak(FILE *out, const struct lr_gate_leak *leak, bool color)
{
	char amount[LR_AMOUNT_SIZE], count[LR_UNIT_SIZE];

	fputc('\n', out);
	paint(out, color, "1;31", lr_gate_state_name(leak->state));
	fprintf(out, "%*s%s%s, %s", (int)(8 - strlen(lr_gate_state_name(leak->state))), "",
		leak->estimated ? "about " : "",
		lr_leak_text(amount, leak->bytes, leak->blocks, leak->memory, leak->call),
		leak->memory == LS_MEM_HOST ? lr_kind_name(leak->kind)
					    : lr_memory_name(leak->memory));
	if (leak->state == LR_LEAK_GROWN)
		fprintf(out, ", accepted up to %s", lr_count(count, leak->accepted));
	fputs(", scope ", out);
	lr_text_put(out, leak->scope, 0);
	fputs(leak->outlived ? " (outlived it)\n        " : "\n        ", out);
	lr_text_put(out, leak->function, 0);
	if (*leak->where) {
		fputs("    ", out);
		lr_text_put(out, leak->where, 0);
	}
	fprintf(out, "\n        fingerprint %s\n", leak->fingerprint);
}

static void put_accepted(FILE *out, const struct lr_gate *gate)
{
	char amount[LR_AMOUNT_SIZE], count[LR_UNIT_SIZE];

	if (gate->accepted.blocks || gate->accepted_count) {
		fprintf(out, "accepted    %s, %s %s of ",
			lr_amount_text(amount, gate->accepted.bytes, gate->accepted.blocks,
				       gate->accepted_handles),
			lr_count(count, gate->accepted_count + gate->grown_count),
			lr_plural(gate->accepted_count + gate->grown_count, "leak", "leaks"));
		lr_text_put(out, gate->baseline_path, 0);
		fputc('\n', out);
	}
	if (gate->gone_count)
		fprintf(out, "gone        %s accepted %s no longer there%s\n",
			lr_count(count, gate->gone_count),
			lr_plural(gate->gone_count, "leak is", "leaks are"),
			gate->updated ? "" : "; --update-baseline takes them out");
	if (gate->suppressed.blocks)
		fprintf(out, "suppressed  %s\n",
			lr_amount_text(amount, gate->suppressed.bytes, gate->suppressed.blocks,
				       gate->suppressed_handles));
}

int lr_gate_text(FILE *out, const struct lr_gate *gate, bool color)
{
	size_t shown = 0, more = 0;
	char count[LR_UNIT_SIZE];

	paint(out, color, gate->pass ? "1;32" : "1;31", gate->pass ? "PASS" : "FAIL");
	fprintf(out, "  %s\n", gate->headline);
	for (size_t i = 0; i < gate->reason_count; i++) {
		fputs("      ", out);
		lr_text_put(out, gate->reasons[i], 0);
		fputc('\n', out);
	}
	for (size_t i = 0; i < gate->leak_count && gate->leaks[i].state != LR_LEAK_ACCEPTED; i++) {
		if (shown < SHOWN) {
			put_leak(out, &gate->leaks[i], color);
			shown++;
		} else {
			more++;
		}
	}
	if (more)
		fprintf(out, "\nand %s more; `leakscope report` shows them all\n",
			lr_count(count, more));
	if (shown)
		fputc('\n', out);
	put_accepted(out, gate);
	if (gate->updated) {
		fprintf(out, "baseline    ");
		lr_text_put(out, gate->baseline_path, 0);
		fprintf(out, " now accepts %s %s\n",
			lr_count(count, lr_baseline_count(gate->baseline)),
			lr_plural(lr_baseline_count(gate->baseline), "leak", "leaks"));
	}
	if (gate->running)
		fprintf(out, "note        %s %s: judged as it stands\n",
			lr_count(count, gate->running),
			lr_plural(gate->running, "process is still running",
				  "processes are still running"));
	for (size_t i = 0; i < gate->note_count; i++) {
		fputs("note        ", out);
		lr_text_put(out, gate->notes[i], 0);
		fputc('\n', out);
	}
	if (shown) {
		fputs("To accept these leaks: leakscope gate --baseline ", out);
		lr_text_put(out, gate->baseline_path ? gate->baseline_path : "FILE", 0);
		fputs(" --update-baseline RECORDING...\n", out);
	}
	return ferror(out) ? -EIO : 0;
}
