/* SPDX-License-Identifier: MIT */
/*
 * Reading a baseline.  Strict: a line that is not understood is an error, since a
 * slip in this file would silently accept or refuse leaks.
 */
#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "baseline_private.h"
#include "names.h"
#include "textfile.h"

static const char *const total_keys[] = {"allocations", "allocated_bytes", "peak_bytes"};

/* Where the parser stands, for its messages. */
struct place {
	const char *name;
	unsigned line;
	struct lr_error *err;
};

static int number(const struct place *at, const char *key, const char *text, size_t length,
		  uint64_t *value)
{
	uint64_t result = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)(unsigned char)text[i] - '0';

		if (digit > 9 || result > (UINT64_MAX - digit) / 10)
			length = 0;
		else
			result = result * 10 + digit;
	}
	if (length == 0)
		return lr_fail(at->err,
			       "%s:%u: %s= takes a whole number; mend the line or take it out",
			       at->name, at->line, key);
	*value = result;
	return 0;
}

/* The next word of a line; false at its end. */
static bool word(const char **cursor, const char *end, const char **start, size_t *length)
{
	const char *p = *cursor;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*start = p;
	while (p < end && *p != ' ' && *p != '\t')
		p++;
	*cursor = p;
	*length = (size_t)(p - *start);
	return *length != 0;
}

static bool is(const char *text, size_t length, const char *word_)
{
	return length == strlen(word_) && memcmp(text, word_, length) == 0;
}

static bool key_is(const char *text, size_t length, const char *key, const char **value,
		   size_t *value_length)
{
	size_t n = strlen(key);

	if (length <= n || memcmp(text, key, n) != 0 || text[n] != '=')
		return false;
	*value = text + n + 1;
	*value_length = length - n - 1;
	return true;
}

static int unknown(const struct place *at, const char *text, size_t length, const char *known)
{
	return lr_fail(at->err, "%s:%u: '%.*s' is not understood; %s", at->name, at->line,
		       (int)(length < 60 ? length : 60), text, known);
}

static int parse_total(struct lr_baseline *b, const struct place *at, const char *cursor,
		       const char *end)
{
	const char *text, *value;
	size_t length, value_length, m;
	struct lr_baseline_total *total;

	if (!word(&cursor, end, &text, &length))
		return unknown(at, "total", 5, "write total MEMORY KEY=NUMBER");
	for (m = 0; m < LS_MEM_COUNT && !is(text, length, lr_memory_name((enum ls_memory)m)); m++)
		;
	if (m == LS_MEM_COUNT)
		return unknown(at, text, length,
			       "write total MEMORY KEY=NUMBER, where MEMORY is host, device, …");
	total = &b->totals[m];
	if (total->set)
		return unknown(at, text, length, "its total is given twice; take one out");
	total->set = true;
	while (word(&cursor, end, &text, &length)) {
		uint64_t *field = NULL;
		const char *key = NULL;

		for (size_t i = 0; i < 3; i++) {
			uint64_t *fields[] = {&total->allocations, &total->allocated_bytes,
					      &total->peak_bytes};

			if (key_is(text, length, total_keys[i], &value, &value_length)) {
				field = fields[i];
				key = total_keys[i];
			}
		}
		if (!field)
			return unknown(
				at, text, length,
				"a total has allocations=, allocated_bytes= and peak_bytes= only");
		if (number(at, key, value, value_length, field) != 0)
			return -1;
	}
	return 0;
}

static bool is_fingerprint(const char *text, size_t length)
{
	return length == 32 && strspn(text, "0123456789abcdef") >= 32;
}

/* The user's comment: from the first word that starts with '#' on. */
static const char *comment_of(const char *text, const char *end)
{
	for (const char *p = text; p < end; p++) {
		if (*p == '#' && (p == text || p[-1] == ' ' || p[-1] == '\t'))
			return p;
	}
	return NULL;
}

static int parse_leak(struct lr_baseline *b, const struct place *at, const char *cursor,
		      const char *end, struct lr_line *line)
{
	const char *text, *value, *rest = end;
	size_t length, value_length;
	struct lr_accepted *leak;
	bool has_blocks = false;

	if (!word(&cursor, end, &text, &length) || !is_fingerprint(text, length))
		return unknown(
			at, text, length,
			"write leak FINGERPRINT blocks=N, with the 32 hex digits of the report");
	leak = &b->leaks[b->count];
	*leak = (struct lr_accepted){.line = at->line};
	memcpy(leak->fingerprint, text, 32);
	while (word(&cursor, end, &text, &length)) {
		int result;

		if (*text == '#' || is(text, length, "in")) {
			rest = text;
			break;
		}
		if (key_is(text, length, "blocks", &value, &value_length)) {
			result = number(at, "blocks", value, value_length, &leak->blocks);
			has_blocks = true;
		} else if (key_is(text, length, "bytes", &value, &value_length)) {
			result = number(at, "bytes", value, value_length, &leak->bytes);
		} else if (key_is(text, length, "max", &value, &value_length)) {
			leak->has_max = true;
			leak->max = LR_BASELINE_ANY;
			result = is(value, value_length, "any")
					 ? 0
					 : number(at, "max", value, value_length, &leak->max);
		} else {
			result = unknown(at, text, length,
					 "a leak has blocks=N, bytes=N and max=any or max=N");
		}
		if (result != 0)
			return -1;
	}
	if (!has_blocks && !leak->has_max)
		return lr_fail(at->err,
			       "%s:%u: how much of the leak is accepted? Add blocks=N or max=any",
			       at->name, at->line);
	line->leak = b->count;
	line->comment = comment_of(rest, end);
	line->comment_length = line->comment ? (size_t)(end - line->comment) : 0;
	HASH_FIND_STR(b->by_fingerprint, leak->fingerprint, line->entry);
	if (line->entry)
		return lr_fail(at->err,
			       "%s:%u: this leak is already listed in line %u; merge the two",
			       at->name, at->line, b->leaks[line->entry->index].line);
	line->entry = &b->entries[b->count];
	line->entry->index = b->count++;
	HASH_ADD_KEYPTR(hh, b->by_fingerprint, leak->fingerprint, 32, line->entry);
	return 0;
}

static int parse_header(const struct place *at, const char *line, size_t length)
{
	static const char magic[] = "leakscope-baseline ";
	const size_t magic_length = sizeof(magic) - 1;

	if (length <= magic_length || memcmp(line, magic, magic_length) != 0)
		return lr_fail(
			at->err,
			"'%s' is no leakscope baseline (its first line is not 'leakscope-baseline 1'); name "
			"another file, or make a new one with --update-baseline",
			at->name);
	line += magic_length;
	length -= magic_length;
	if (!is(line, length, "1"))
		return lr_fail(
			at->err,
			"'%s' is a baseline of version %.*s, this leakscope reads version 1; update "
			"leakscope",
			at->name, (int)(length < 20 ? length : 20), line);
	return 0;
}

static int parse_line(struct lr_baseline *b, const struct place *at, const char *text,
		      size_t length, struct lr_line *line)
{
	const char *cursor = text, *end = text + length, *first;
	size_t first_length;

	*line = (struct lr_line){.form = LR_LINE_OTHER, .text = text, .length = length};
	for (size_t i = 0; i < length; i++) {
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
			return lr_fail(
				at->err,
				"%s:%u: a control character; restore the baseline or make a new one",
				at->name, at->line);
	}
	if (!word(&cursor, end, &first, &first_length) || *first == '#')
		return 0;
	if (is(first, first_length, "total")) {
		line->form = LR_LINE_TOTAL;
		return parse_total(b, at, cursor, end);
	}
	if (is(first, first_length, "leak")) {
		line->form = LR_LINE_LEAK;
		return parse_leak(b, at, cursor, end, line);
	}
	return unknown(at, first, first_length, "a line starts with leak, total or '#'");
}

int lr_baseline_parse(const char *name, const char *text, size_t length,
		      struct lr_baseline **baseline, struct lr_error *err)
{
	struct place at = {.name = name, .err = err};
	struct lr_baseline *b = lr_alloc(1, sizeof(*b));
	struct lr_lines lines;
	const char *line;
	size_t line_length, count = 0;

	*baseline = NULL;
	b->text = lr_alloc(length + 1, 1);
	memcpy(b->text, text, length);
	lr_lines_start(&lines, b->text, length);
	while (lr_lines_next(&lines, false, &line, &line_length))
		count++;
	/* Hash entries and leaks are referred to by address: no growing later. */
	b->lines = lr_alloc(count + 1, sizeof(*b->lines));
	b->leaks = lr_alloc(count + 1, sizeof(*b->leaks));
	b->entries = lr_alloc(count + 1, sizeof(*b->entries));
	lr_lines_start(&lines, b->text, length);
	if (!lr_lines_next(&lines, false, &line, &line_length)) {
		line = "";
		line_length = 0;
	}
	at.line = 1;
	if (parse_header(&at, line, line_length) != 0)
		goto fail;
	while (lr_lines_next(&lines, false, &line, &line_length)) {
		at.line = lines.number;
		if (parse_line(b, &at, line, line_length, &b->lines[b->line_count++]) != 0)
			goto fail;
	}
	*baseline = b;
	return 0;
fail:
	lr_baseline_free(b);
	return -1;
}

int lr_baseline_read(const char *path, struct lr_baseline **baseline, struct lr_error *err)
{
	size_t length;
	char *text;
	int result;

	*baseline = NULL;
	if (lr_textfile_read(path, "baseline", &text, &length, err) != 0)
		return -1;
	result = lr_baseline_parse(path, text, length, baseline, err);
	free(text);
	return result;
}

void lr_baseline_free(struct lr_baseline *baseline)
{
	if (!baseline)
		return;
	HASH_CLEAR(hh, baseline->by_fingerprint);
	free(baseline->lines);
	free(baseline->leaks);
	free(baseline->entries);
	free(baseline->text);
	free(baseline);
}

const struct lr_accepted *lr_baseline_find(const struct lr_baseline *baseline,
					   const char *fingerprint)
{
	struct lr_entry *entry;

	HASH_FIND(hh, baseline->by_fingerprint, fingerprint, 32, entry);
	return entry ? &baseline->leaks[entry->index] : NULL;
}

uint64_t lr_accepted_blocks(const struct lr_accepted *accepted)
{
	return accepted->has_max ? accepted->max : accepted->blocks;
}

size_t lr_baseline_count(const struct lr_baseline *baseline)
{
	return baseline->count;
}

const struct lr_accepted *lr_baseline_get(const struct lr_baseline *baseline, size_t index)
{
	return &baseline->leaks[index];
}

const struct lr_baseline_total *lr_baseline_totals(const struct lr_baseline *baseline)
{
	return baseline->totals;
}
