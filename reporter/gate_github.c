/* SPDX-License-Identifier: MIT */
/*
 * The gate's verdict as GitHub workflow commands: an error for each leak that is
 * not accepted, at its line, one for each limit passed, and a summary line.
 */
#include <errno.h>

#include "gate.h"
#include "names.h"
#include "out_github.h"
#include "units.h"

/* The runner shows ten of a kind per step; the log takes more. */
enum { SHOWN = 100 };

int lr_gate_github(FILE *out, const struct lr_gate *gate)
{
	char amount[LR_AMOUNT_SIZE];
	struct lr_arena *arena = lr_arena_new();

	for (size_t i = 0; i < gate->leak_count && i < SHOWN; i++) {
		const struct lr_gate_leak *leak = &gate->leaks[i];
		const char *limit = "";

		if (leak->state == LR_LEAK_ACCEPTED)
			break;
		if (leak->state == LR_LEAK_GROWN) {
			char count[LR_UNIT_SIZE];

			limit = lr_arena_printf(arena, ", accepted up to %s",
						lr_count(count, leak->accepted));
		}
		/* Leaks within the limits don't fail the job, and so are no errors. */
		lr_github_command(
			out, gate->pass ? "warning" : "error", leak->file, leak->line,
			lr_arena_printf(arena, "leakscope: %s %s leak",
					lr_gate_state_name(leak->state),
					leak->memory == LS_MEM_HANDLE ? "GPU handle" : "memory"),
			lr_arena_printf(arena, "%s%s%s, %s, scope %s%s, in %s, fingerprint %s",
					leak->estimated ? "about " : "",
					lr_leak_text(amount, leak->bytes, leak->blocks,
						     leak->memory, leak->call),
					limit,
					leak->memory == LS_MEM_HOST ? lr_kind_name(leak->kind)
								    : lr_memory_name(leak->memory),
					leak->scope, leak->outlived ? " (outlived it)" : "",
					leak->function, leak->fingerprint));
	}
	for (size_t i = 0; i < gate->reason_count; i++)
		lr_github_command(out, "error", NULL, 0, "leakscope gate", gate->reasons[i]);
	for (size_t i = 0; i < gate->note_count; i++)
		lr_github_command(out, "warning", NULL, 0, "leakscope", gate->notes[i]);
	fprintf(out, "leakscope gate: %s  %s\n", gate->pass ? "PASS" : "FAIL", gate->headline);
	if (gate->new_count || gate->grown_count)
		fprintf(out,
			"To accept these leaks: leakscope gate --baseline %s --update-baseline RECORDING...\n",
			gate->baseline_path ? gate->baseline_path : "FILE");
	lr_arena_free(arena);
	return ferror(out) ? -EIO : 0;
}
