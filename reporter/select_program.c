/* SPDX-License-Identifier: MIT */
/*
 * The suppressions that a program brings itself, see select_program.h.  They are line by
 * line LeakSanitizer's form; nobody at the report can mend them, so a bad line costs only
 * itself.
 */
#include "select_program.h"

#include <string.h>

#include "arena.h"
#include "textfile.h"
#include "units.h"

#define ORIGIN "(program)"

/* The text comes from a recording, and every rule is tried on every frame. */
enum { MOST_RULES = 1000, LONGEST_RULE = 1024 };

static void add_note(struct lr_model *model, const char *text)
{
	struct lr_note *notes = lr_arena_array(model->arena, model->note_count + 1, sizeof *notes);

	if (model->note_count)
		memcpy(notes, model->notes, model->note_count * sizeof *notes);
	notes[model->note_count] = (struct lr_note){LS_NOTE_INFO, text};
	model->notes = notes;
	model->note_count++;
}

/* "…:1: what is wrong" without the name and number that a single line was read under. */
static const char *reason(const struct lr_error *err)
{
	const char *colon = strstr(err->text, ": ");

	return colon ? colon + 2 : err->text;
}

static int add_rule(struct lr_suppressions *rules, const char *line, size_t length,
		    struct lr_error *err)
{
	if (length > LONGEST_RULE)
		return lr_fail(err, "(program): a rule of %zu bytes, where %d are the most", length,
			       LONGEST_RULE);
	if (lr_suppressions_count(rules) == MOST_RULES)
		return lr_fail(err, "(program): more than %d rules", MOST_RULES);
	return lr_suppressions_add_text(rules, ORIGIN, line, length, err);
}

struct lr_suppressions *lr_program_rules(struct lr_model *model)
{
	const char *text = model->program_rules, *line;
	struct lr_error err, first = {""};
	struct lr_suppressions *rules;
	struct lr_lines lines;
	unsigned bad_line = 0;
	size_t length, bad = 0;

	if (!text || !*text)
		return NULL;
	rules = lr_suppressions_new();
	if (!rules)
		lr_out_of_memory();
	lr_lines_start(&lines, text, strlen(text));
	while (lr_lines_next(&lines, true, &line, &length)) {
		if (!add_rule(rules, line, length, &err) || bad++)
			continue;
		first = err;
		bad_line = lines.number;
	}
	if (bad && !model->program_rules_said) {
		model->program_rules_said = true;
		add_note(model,
			 lr_arena_printf(
				 model->arena,
				 "of the program's own suppressions %zu %s left out; line %u: %s",
				 bad, lr_plural(bad, "line is", "lines are"), bad_line,
				 reason(&first)));
	}
	return rules;
}
