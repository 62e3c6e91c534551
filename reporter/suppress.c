/* SPDX-License-Identifier: MIT */
/*
 * The list of suppression rules: reading a file of either form (a line that
 * starts with `{` opens a Valgrind block, any other is one of LeakSanitizer's,
 * so that one file may hold both), matching, counting.
 */
#include "suppress.h"

#include <stdlib.h>
#include <string.h>

#include "suppress_rule.h"

struct lr_suppressions {
	struct lr_rule **rules;
	size_t count, capacity;
};

struct lr_suppressions *lr_suppressions_new(void)
{
	return calloc(1, sizeof(struct lr_suppressions));
}

static void rule_free(struct lr_rule *rule)
{
	for (size_t i = 0; i < rule->place_count; i++) {
		free(rule->places[i].pattern);
		free(rule->places[i].demangled);
	}
	free(rule->places);
	free(rule->text);
	free(rule->pattern);
	free(rule->origin);
	free(rule);
}

void lr_suppressions_free(struct lr_suppressions *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		rule_free(s->rules[i]);
	free(s->rules);
	free(s);
}

struct lr_rule *lr_rule_add(struct lr_suppressions *s, enum lr_rule_form form, const char *text,
			    size_t length, const char *name, unsigned line)
{
	struct lr_rule *rule, **larger;
	size_t capacity;

	if (s->count == s->capacity) {
		capacity = s->capacity ? s->capacity * 2 : 32;
		larger = reallocarray(s->rules, capacity, sizeof(*larger));
		if (!larger)
			return NULL;
		s->rules = larger;
		s->capacity = capacity;
	}
	rule = calloc(1, sizeof(*rule));
	if (!rule)
		return NULL;
	rule->form = form;
	rule->kinds = LR_RULE_ALL_KINDS;
	rule->text = strndup(text, length);
	if (line) {
		if (asprintf(&rule->origin, "%s:%u", name, line) < 0)
			rule->origin = NULL;
	} else {
		rule->origin = strdup(name);
	}
	if (!rule->text || !rule->origin) {
		rule_free(rule);
		return NULL;
	}
	s->rules[s->count++] = rule;
	return rule;
}

/* Drop the rules after the first COUNT: a file that is refused leaves nothing behind. */
static void truncate_rules(struct lr_suppressions *s, size_t count)
{
	while (s->count > count)
		rule_free(s->rules[--s->count]);
}

static bool is_text(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

int lr_suppressions_add_text(struct lr_suppressions *s, const char *name, const char *text,
			     size_t length, struct lr_error *err)
{
	size_t before = s->count, line_length;
	struct lr_lines lines, check;
	const char *line;
	int result = 0;

	lr_lines_start(&check, text, length);
	while (lr_lines_next(&check, true, &line, &line_length)) {
		if (!is_text(line, line_length))
			return lr_fail(
				err,
				"%s:%u: a control character: this is no suppression file; check the path",
				name, check.number);
	}
	lr_lines_start(&lines, text, length);
	while (result == 0 && lr_lines_next(&lines, true, &line, &line_length)) {
		if (line_length == 0 || *line == '#')
			continue;
		if (*line == '{')
			result = line_length == 1
					 ? lr_valgrind_parse(s, name, &lines, err)
					 : lr_fail(err, "%s:%u: '{' must stand alone on its line",
						   name, lines.number);
		else
			result = lr_lsan_parse(s, name, lines.number, line, line_length, err);
	}
	if (result != 0)
		truncate_rules(s, before);
	return result;
}

int lr_suppressions_add_file(struct lr_suppressions *s, const char *path, struct lr_error *err)
{
	size_t length;
	char *text;
	int result;

	if (lr_textfile_read(path, "suppression file", &text, &length, err) != 0)
		return -1;
	result = lr_suppressions_add_text(s, path, text, length, err);
	free(text);
	return result;
}

const char *lr_suppressions_match(struct lr_suppressions *s, const struct lr_leak *leak)
{
	for (size_t i = 0; i < s->count; i++) {
		struct lr_rule *rule = s->rules[i];

		if (!(rule->form == LR_RULE_VALGRIND ? lr_valgrind_match(rule, leak)
						     : lr_lsan_match(rule, leak)))
			continue;
		rule->leaks++;
		rule->blocks += leak->blocks;
		rule->bytes += leak->bytes;
		if (leak->memory == LS_MEM_HANDLE)
			rule->handles += leak->blocks;
		return rule->text;
	}
	return NULL;
}

size_t lr_suppressions_count(const struct lr_suppressions *s)
{
	return s->count;
}

struct lr_suppression_use lr_suppressions_use(const struct lr_suppressions *s, size_t index)
{
	const struct lr_rule *rule = s->rules[index];

	return (struct lr_suppression_use){.rule = rule->text,
					   .origin = rule->origin,
					   .why = rule->why,
					   .leaks = rule->leaks,
					   .blocks = rule->blocks,
					   .bytes = rule->bytes,
					   .handles = rule->handles};
}

static void write_block(FILE *out, const struct lr_rule *rule)
{
	static const char *const forms[] = {"fun:", "obj:", "src:", "..."};
	static const struct {
		unsigned kind;
		const char *name;
	} kinds[] = {{LS_KIND_DEFINITE, "definite"},
		     {LS_KIND_INDIRECT, "indirect"},
		     {LS_KIND_POSSIBLE, "possible"},
		     {LS_KIND_REACHABLE, "reachable"}};

	fprintf(out, "{\n   %s\n   Memcheck:Leak\n", rule->text);
	if (rule->kinds != LR_RULE_ALL_KINDS) {
		const char *separator = "   match-leak-kinds: ";

		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (rule->kinds & 1u << kinds[i].kind) {
				fprintf(out, "%s%s", separator, kinds[i].name);
				separator = ",";
			}
		}
		fputs(rule->kinds ? "\n" : "   match-leak-kinds: none\n", out);
	}
	for (size_t i = 0; i < rule->place_count; i++)
		fprintf(out, "   %s%s\n", forms[rule->places[i].form],
			rule->places[i].pattern ? rule->places[i].pattern : "");
	fputs("}\n", out);
}

void lr_suppressions_write(const struct lr_suppressions *s, FILE *out)
{
	const char *origin = "", *why = NULL;

	for (size_t i = 0; i < s->count; i++) {
		const struct lr_rule *rule = s->rules[i];

		if (rule->why && rule->why != why)
			fprintf(out, "# built-in: %s\n", rule->why);
		else if (!rule->why && strcmp(origin, rule->origin) != 0)
			fprintf(out, "# %s\n", rule->origin);
		origin = rule->origin;
		why = rule->why;
		if (rule->form == LR_RULE_VALGRIND)
			write_block(out, rule);
		else
			fprintf(out, "%s\n", rule->text);
	}
}

void lr_rule_set_why(struct lr_suppressions *s, size_t from, const char *why)
{
	for (size_t i = from; i < s->count; i++) {
		char *origin = strdup("built-in");

		s->rules[i]->why = why;
		if (origin) {
			free(s->rules[i]->origin);
			s->rules[i]->origin = origin;
		}
	}
}
