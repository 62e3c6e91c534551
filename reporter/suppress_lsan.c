/* SPDX-License-Identifier: MIT */
/*
 * Suppressions in LeakSanitizer's form, one a line:
 *   leak:PATTERN   PATTERN is found in the function, the file or the module of any
 *                  frame; `*` is any run, `^` the start, `$` the end of the name
 *   scope:GLOB     the scope path (ours)
 *   module:GLOB    path or file name of any frame's module (ours)
 *   runtime:GLOB   the function of the CUDA driver, if the CUDA runtime or another
 *                  library of NVIDIA's has called it for itself (ours)
 * A C++ function is tried with and without its arguments, so that `leak:^f$` finds
 * f(int).
 */
#include <stdlib.h>
#include <string.h>

#include "gpu.h"
#include "suppress_rule.h"
#include "wildcard.h"

/*
 * Turn PATTERN into one that must match the whole name.  As with LeakSanitizer,
 * what follows a `$` has no meaning.
 */
static char *anchored(const char *pattern, size_t length)
{
	bool start = length > 0 && *pattern == '^', end;
	const char *dollar;
	char *result, *p;

	if (start) {
		pattern++;
		length--;
	}
	dollar = memchr(pattern, '$', length);
	end = dollar != NULL;
	if (end)
		length = (size_t)(dollar - pattern);
	result = malloc(length + 3);
	if (!result)
		return NULL;
	p = result;
	if (!start)
		*p++ = '*';
	memcpy(p, pattern, length);
	p += length;
	if (!end)
		*p++ = '*';
	*p = '\0';
	return result;
}

/*
 * Does PATTERN name nothing?  It would cover every leak, which is a slip of the pen
 * rather than a wish.  For LEAK rules, what follows a `$` has no meaning.
 */
static bool names_nothing(enum lr_rule_form form, const char *pattern, size_t length)
{
	for (size_t i = 0; i < length && (form != LR_RULE_LEAK || pattern[i] != '$'); i++) {
		if (!strchr("^ \t", pattern[i]))
			return false;
	}
	return true;
}

int lr_lsan_parse(struct lr_suppressions *s, const char *name, unsigned line_number,
		  const char *line, size_t length, struct lr_error *err)
{
	static const struct {
		const char *prefix;
		enum lr_rule_form form;
	} forms[] = {{"leak:", LR_RULE_LEAK},
		     {"scope:", LR_RULE_SCOPE},
		     {"module:", LR_RULE_MODULE},
		     {"runtime:", LR_RULE_RUNTIME}};
	const char *pattern = NULL;
	enum lr_rule_form form = LR_RULE_LEAK;
	struct lr_rule *rule;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t prefix = strlen(forms[i].prefix);

		if (length >= prefix && memcmp(line, forms[i].prefix, prefix) == 0) {
			form = forms[i].form;
			pattern = line + prefix;
			length -= prefix;
			break;
		}
	}
	if (!pattern)
		return lr_fail(
			err,
			"%s:%u: '%.*s' is no suppression; write leak:PATTERN, scope:GLOB, module:GLOB, "
			"runtime:GLOB, a Valgrind block, or start the line with '#'",
			name, line_number, (int)(length < 60 ? length : 60), line);
	while (length && (*pattern == ' ' || *pattern == '\t')) {
		pattern++;
		length--;
	}
	if (names_nothing(form, pattern, length))
		return lr_fail(
			err,
			"%s:%u: the pattern is empty and would hide every leak; name what it is for, or "
			"write '*' if that is meant",
			name, line_number);
	rule = lr_rule_add(s, form, line, (size_t)(pattern + length - line), name, line_number);
	if (rule)
		rule->pattern =
			form == LR_RULE_LEAK ? anchored(pattern, length) : strndup(pattern, length);
	if (!rule || !rule->pattern)
		return lr_fail(err, "not enough memory for the suppressions of '%s'", name);
	return 0;
}

/* True if TEXT[AT] .. is only what may follow an argument list. */
static bool is_qualifier_tail(const char *tail)
{
	static const char *const words[] = {" const", " volatile", " &&",      " &",
					    "&&",     "&",         " noexcept"};

	while (*tail) {
		size_t i, count = sizeof(words) / sizeof(words[0]);

		if (strncmp(tail, " [", 2) == 0 || strncmp(tail, " (.", 3) == 0)
			return true; /* a clone mark: [clone .cold] or (.cold) */
		for (i = 0; i < count && strncmp(tail, words[i], strlen(words[i])) != 0; i++)
			;
		if (i == count)
			return false;
		tail += strlen(words[i]);
	}
	return true;
}

/* Drop a clone mark such as " [clone .cold]" or " (.cold)" from the end. */
static size_t without_clone(const char *function, size_t length)
{
	for (;;) {
		const char *mark = NULL;

		for (size_t i = length; i-- > 0;) {
			if (strncmp(function + i, " [clone ", 8) == 0 ||
			    strncmp(function + i, " (.", 3) == 0) {
				mark = function + i;
				break;
			}
		}
		if (!mark)
			return length;
		length = (size_t)(mark - function);
	}
}

size_t lr_bare_length(const char *function)
{
	size_t length = without_clone(function, strlen(function)), close, open;
	int depth = 0;

	for (close = length; close > 0 && function[close - 1] != ')'; close--)
		;
	if (close == 0 || !is_qualifier_tail(function + close))
		return length;
	for (open = close; open > 0; open--) {
		if (function[open - 1] == ')')
			depth++;
		else if (function[open - 1] == '(' && --depth == 0)
			break;
	}
	if (open <= 1)
		return length;
	open--; /* index of the `(` */
	/* operator() alone: these brackets are its name. */
	if (close - open == 2 && open >= 8 && memcmp(function + open - 8, "operator", 8) == 0)
		return close;
	return open;
}

/* Every rule is tried on every frame: what can't match is told from its first letter. */
static bool found_in(const char *pattern, const char *name)
{
	if (!name || !*name || (*pattern != '*' && *pattern != *name))
		return false;
	return lr_match_star(pattern, name, strlen(name));
}

/* Where the end doesn't matter, a name without its arguments matches no better. */
static bool bare_match(const char *pattern, const char *function)
{
	if (!function || (*pattern != '*' && *pattern != *function) || !strchr(function, '(') ||
	    pattern[strlen(pattern) - 1] == '*')
		return false;
	return lr_match_star(pattern, function, lr_bare_length(function));
}

/*
 * The driver's function by its name only: who writes leak:libcuda means what the driver
 * allocates for itself, and not all that a program asks of it.
 */
static bool leak_match(const struct lr_rule *rule, const struct lr_frame *frame)
{
	if (frame->call)
		return found_in(rule->pattern, frame->function);
	return found_in(rule->pattern, frame->function) || found_in(rule->pattern, frame->file) ||
	       found_in(rule->pattern, frame->module) || bare_match(rule->pattern, frame->function);
}

static bool module_match(const struct lr_rule *rule, const char *module)
{
	const char *base;

	if (!module)
		return false;
	base = strrchr(module, '/');
	base = base ? base + 1 : module;
	return lr_match_glob(rule->pattern, module, strlen(module)) ||
	       lr_match_glob(rule->pattern, base, strlen(base));
}

/* Only handles: memory that the runtime asks for is the program's. */
static bool runtime_match(const struct lr_rule *rule, const struct lr_leak *leak)
{
	const char *call;

	if (leak->memory != LS_MEM_HANDLE || !leak->frame_count || !leak->frames[0].call)
		return false;
	call = leak->frames[0].function;
	return call && lr_match_glob(rule->pattern, call, strlen(call)) &&
	       lr_gpu_is_theirs(leak->frames, leak->frame_count);
}

bool lr_lsan_match(const struct lr_rule *rule, const struct lr_leak *leak)
{
	if (rule->form == LR_RULE_RUNTIME)
		return runtime_match(rule, leak);
	if (rule->form == LR_RULE_SCOPE)
		return lr_match_glob(rule->pattern, leak->scope, strlen(leak->scope));
	for (size_t i = 0; i < leak->frame_count; i++) {
		const struct lr_frame *frame = &leak->frames[i];

		if (rule->form == LR_RULE_MODULE ? module_match(rule, frame->module)
						 : leak_match(rule, frame))
			return true;
	}
	return false;
}
