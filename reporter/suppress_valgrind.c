/* SPDX-License-Identifier: MIT */
/*
 * Suppressions in Valgrind's form: blocks for Memcheck:Leak.  Blocks of other
 * tools and kinds are passed over, since real files hold them.
 *
 * A block matches if its lines match the innermost frames one by one; `...` is
 * any number of frames, `*` and `?` are wildcards.  Two things differ from what
 * Valgrind sees, and are evened out here:
 * - Its innermost frame is the allocation function (fun:malloc), ours the caller
 *   of it.  So a host stack is matched as if it had a frame in front that is
 *   whatever allocation function the first line asks for.  A stack whose first
 *   frame is operator new is complete as it is.
 * - It matches C++ functions by their mangled names, which we don't have.  A
 *   mangled name without wildcards is demangled; with wildcards it is compared as it
 *   stands with the demangled name, with and without arguments, and
 *   so finds only what is not mangled.  _Znw* and _Zna* are known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demangle.h"
#include "suppress_rule.h"
#include "wildcard.h"

#define MAX_PLACES 512u

static int fail_memory(const char *name, struct lr_error *err)
{
	return lr_fail(err, "not enough memory for the suppressions of '%s'", name);
}

/* The next line that is neither blank nor a comment. */
static bool next_line(struct lr_lines *lines, const char **line, size_t *length)
{
	while (lr_lines_next(lines, true, line, length)) {
		if (*length && **line != '#')
			return true;
	}
	return false;
}

static bool is_word(const char *line, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(line, word, length) == 0;
}

static bool has_prefix(const char *line, size_t length, const char *prefix)
{
	return length >= strlen(prefix) && memcmp(line, prefix, strlen(prefix)) == 0;
}

static int unclosed(const char *name, unsigned start, struct lr_error *err)
{
	return lr_fail(err, "%s:%u: the block is not closed; end it with '}' on a line of its own",
		       name, start);
}

/* LINE is "TOOL[,TOOL...]:KIND"; is it ours? */
static int parse_kind(const char *name, unsigned number, const char *line, size_t length,
		      bool *ours, struct lr_error *err)
{
	const char *colon = memchr(line, ':', length), *tool = line;

	if (!colon || colon == line || colon + 1 == line + length || *line == '{' || *line == '}')
		return lr_fail(
			err,
			"%s:%u: '%.*s' is no TOOL:KIND; the second line of a block is such as Memcheck:Leak",
			name, number, (int)(length < 60 ? length : 60), line);
	*ours = false;
	if (!is_word(colon + 1, (size_t)(line + length - colon - 1), "Leak"))
		return 0;
	while (tool < colon) {
		const char *comma = memchr(tool, ',', (size_t)(colon - tool));
		const char *end = comma ? comma : colon;

		*ours = *ours || is_word(tool, (size_t)(end - tool), "Memcheck");
		tool = end + 1;
	}
	return 0;
}

static int parse_leak_kinds(const char *name, unsigned number, const char *list, size_t length,
			    unsigned *kinds, struct lr_error *err)
{
	static const struct {
		const char *name;
		unsigned kinds;
	} known[] = {{"definite", 1u << LS_KIND_DEFINITE}, {"indirect", 1u << LS_KIND_INDIRECT},
		     {"possible", 1u << LS_KIND_POSSIBLE}, {"reachable", 1u << LS_KIND_REACHABLE},
		     {"all", LR_RULE_ALL_KINDS},           {"none", 0}};
	const size_t count = sizeof(known) / sizeof(known[0]);
	const char *end = list + length;

	*kinds = 0;
	while (list < end) {
		const char *comma = memchr(list, ',', (size_t)(end - list)),
			   *stop = comma ? comma : end;
		const char *last = stop;
		size_t i;

		while (list < last && *list == ' ')
			list++;
		while (last > list && last[-1] == ' ')
			last--;
		for (i = 0; i < count && !is_word(list, (size_t)(last - list), known[i].name); i++)
			;
		if (i == count)
			return lr_fail(
				err,
				"%s:%u: '%.*s' is no leak kind; known are definite, indirect, possible, "
				"reachable, all, none",
				name, number, (int)(last - list < 40 ? last - list : 40), list);
		*kinds |= known[i].kinds;
		list = stop + 1;
	}
	return 0;
}

/* Valgrind's rule files hold the mangled name: what our frames show of it, or NULL. */
static char *demangle(const char *pattern)
{
	char name[4096];

	if (strncmp(pattern, "_Z", 2) != 0 && strncmp(pattern, "_R", 2) != 0)
		return NULL;
	if (strncmp(pattern, "_Znw", 4) == 0 && strchr(pattern, '*'))
		return strdup("operator new(*");
	if (strncmp(pattern, "_Zna", 4) == 0 && strchr(pattern, '*'))
		return strdup("operator new[](*");
	if (strpbrk(pattern, "*?") || !lr_demangle(pattern, name, sizeof(name)))
		return NULL;
	return strdup(name);
}

static int add_place(struct lr_rule *rule, enum lr_place_form form, const char *pattern,
		     size_t length)
{
	struct lr_place *larger, *place;

	if ((rule->place_count & (rule->place_count - 1)) == 0) {
		larger = reallocarray(rule->places, rule->place_count ? rule->place_count * 2 : 1,
				      sizeof(*larger));
		if (!larger)
			return -1;
		rule->places = larger;
	}
	place = &rule->places[rule->place_count];
	*place = (struct lr_place){.form = form};
	if (form != LR_PLACE_ANY) {
		place->pattern = strndup(pattern, length);
		if (!place->pattern)
			return -1;
		if (form == LR_PLACE_FUNCTION)
			place->demangled = demangle(place->pattern);
	}
	rule->place_count++;
	return 0;
}

static int parse_place(struct lr_rule *rule, const char *name, unsigned number, const char *line,
		       size_t length, struct lr_error *err)
{
	static const struct {
		const char *prefix;
		enum lr_place_form form;
	} forms[] = {
		{"fun:", LR_PLACE_FUNCTION}, {"obj:", LR_PLACE_OBJECT}, {"src:", LR_PLACE_SOURCE}};

	if (rule->place_count == MAX_PLACES)
		return lr_fail(err, "%s:%u: more than %u frames in one block; use '...'", name,
			       number, MAX_PLACES);
	if (is_word(line, length, "..."))
		return add_place(rule, LR_PLACE_ANY, NULL, 0) == 0 ? 0 : fail_memory(name, err);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (length > 4 && has_prefix(line, length, forms[i].prefix))
			return add_place(rule, forms[i].form, line + 4, length - 4) == 0
				       ? 0
				       : fail_memory(name, err);
	}
	return lr_fail(
		err,
		"%s:%u: '%.*s' is no frame; write fun:NAME, obj:PATH, src:FILE[:LINE] or '...'",
		name, number, (int)(length < 60 ? length : 60), line);
}

int lr_valgrind_parse(struct lr_suppressions *s, const char *name, struct lr_lines *lines,
		      struct lr_error *err)
{
	unsigned start = lines->number;
	struct lr_rule *rule = NULL;
	bool ours = false, named = false;
	const char *line, *title;
	size_t length, title_length;

	if (!next_line(lines, &title, &title_length))
		return unclosed(name, start, err);
	if (is_word(title, title_length, "}") || is_word(title, title_length, "{"))
		return lr_fail(
			err,
			"%s:%u: the block has no name; its first line is a name of your choice",
			name, lines->number);
	if (!next_line(lines, &line, &length))
		return unclosed(name, start, err);
	if (parse_kind(name, lines->number, line, length, &ours, err) != 0)
		return -1;
	if (ours) {
		rule = lr_rule_add(s, LR_RULE_VALGRIND, title, title_length, name, start);
		if (!rule)
			return fail_memory(name, err);
	}
	for (bool first = true; next_line(lines, &line, &length); first = false) {
		if (is_word(line, length, "}")) {
			if (ours && !named)
				return lr_fail(
					err,
					"%s:%u: the block names no frame and would hide every leak; add fun: or "
					"obj: lines",
					name, start);
			return 0;
		}
		if (is_word(line, length, "{"))
			break;
		if (!ours)
			continue;
		if (first && has_prefix(line, length, "match-leak-kinds:")) {
			if (parse_leak_kinds(name, lines->number, line + 17, length - 17,
					     &rule->kinds, err) != 0)
				return -1;
			continue;
		}
		if (parse_place(rule, name, lines->number, line, length, err) != 0)
			return -1;
		named = named || rule->places[rule->place_count - 1].form != LR_PLACE_ANY;
	}
	return unclosed(name, start, err);
}

static bool function_match(const struct lr_place *place, const char *function)
{
	const char *pattern = place->demangled ? place->demangled : place->pattern;
	size_t length = strlen(function);

	if (!strchr("*?", *pattern) && *pattern != *function)
		return false;
	/* Debug information may give the name without arguments: then that is compared. */
	if (place->demangled)
		return lr_match_star(pattern, function, length) ||
		       (lr_bare_length(pattern) == length &&
			memcmp(pattern, function, length) == 0);
	return lr_match_wild(pattern, function, length) ||
	       (strchr(function, '(') &&
		lr_match_wild(pattern, function, lr_bare_length(function)));
}

static bool source_match(const char *pattern, const struct lr_frame *frame)
{
	const char *base = strrchr(frame->file, '/');
	char with_line[4200];
	int length;

	base = base ? base + 1 : frame->file;
	if (lr_match_wild(pattern, frame->file, strlen(frame->file)) ||
	    lr_match_wild(pattern, base, strlen(base)))
		return true;
	length = snprintf(with_line, sizeof(with_line), "%s:%u", frame->file, frame->line);
	if (length < 0 || (size_t)length >= sizeof(with_line))
		return false;
	return lr_match_wild(pattern, with_line, (size_t)length) ||
	       lr_match_wild(pattern, with_line + (base - frame->file),
			     (size_t)(length - (base - frame->file)));
}

static bool place_match(const struct lr_place *place, const struct lr_frame *frame)
{
	switch (place->form) {
	case LR_PLACE_FUNCTION:
		return function_match(place, frame->function ? frame->function : "???");
	case LR_PLACE_OBJECT:
		return lr_match_wild(place->pattern, frame->module ? frame->module : "???",
				     frame->module ? strlen(frame->module) : 3);
	case LR_PLACE_SOURCE: return frame->file && source_match(place->pattern, frame);
	case LR_PLACE_ANY: break;
	}
	return false;
}

/* Does PLACE stand for the frame of an allocation function, which our stacks leave out? */
static bool allocator_match(const struct lr_place *place)
{
	static const char *const functions[] = {"malloc",       "calloc",         "realloc",
						"memalign",     "posix_memalign", "aligned_alloc",
						"reallocarray", "valloc",         "pvalloc"};
	static const char object[] = "/usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so";

	if (place->form == LR_PLACE_OBJECT)
		return lr_match_wild(place->pattern, object, sizeof(object) - 1);
	if (place->form != LR_PLACE_FUNCTION)
		return false;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (lr_match_wild(place->pattern, functions[i], strlen(functions[i])))
			return true;
	}
	return false;
}

/* Is the allocation function kept as the first frame of LEAK? */
static bool starts_with_allocator(const struct lr_leak *leak)
{
	const char *first = leak->frame_count ? leak->frames[0].function : NULL;

	return leak->memory != LS_MEM_HOST || (first && strncmp(first, "operator new", 12) == 0);
}

bool lr_valgrind_match(const struct lr_rule *rule, const struct lr_leak *leak)
{
	size_t in_front =
		starts_with_allocator(leak) ? 0 : 1; /* a frame that only stands for malloc */
	size_t frames = leak->frame_count + in_front;
	size_t place = 0, frame = 0, star = SIZE_MAX, star_frame = 0;

	if (leak->kind == LS_KIND_DEVICE || leak->memory != LS_MEM_HOST) {
		if (rule->kinds != LR_RULE_ALL_KINDS)
			return false;
	} else if (leak->kind == LS_KIND_UNCLASSIFIED ? rule->kinds == 0
						      : !(rule->kinds & 1u << leak->kind)) {
		return false; /* an unclassified block may be of any kind */
	}
	/* As with `*` in a text: only the latest `...` need be taken back. */
	while (place < rule->place_count) {
		const struct lr_place *p = &rule->places[place];

		if (p->form == LR_PLACE_ANY) {
			star = ++place;
			star_frame = frame;
		} else if (frame < frames &&
			   (frame < in_front ? allocator_match(p)
					     : place_match(p, &leak->frames[frame - in_front]))) {
			place++;
			frame++;
		} else if (star != SIZE_MAX && star_frame < frames) {
			place = star;
			frame = ++star_frame;
		} else {
			return false;
		}
	}
	return true;
}
