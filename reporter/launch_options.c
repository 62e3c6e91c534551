/* SPDX-License-Identifier: MIT */
/*
 * The list of options that the launcher hands to the shim.  See the header.
 * Relies on libc only.
 */
#include "launch_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum value_kind { ANY, SIZE, COUNT, SWITCH, CHILDREN, STATUS };

static const struct known {
	const char *key;
	enum value_kind kind;
	unsigned long low, high; /* COUNT */
} known[] = {
	{"dir", ANY, 0, 0},
	{"store", ANY, 0, 0},
	{"report", ANY, 0, 0},
	{"reporter", ANY, 0, 0},
	{"scope_report", ANY, 0, 0},
	{"sample", SIZE, 0, 0},
	{"depth", COUNT, 1, 1024},
	{"exitcode", STATUS, 0, 0},
	{"suppressions", ANY, 0, 0},
	{"children", CHILDREN, 0, 0},
	{"scan", SWITCH, 0, 0},
	{"inherit", SWITCH, 0, 0},
	{"verify_unwind", SWITCH, 0, 0},
	{"verbose", SWITCH, 0, 0},
	{"nvtx", SWITCH, 0, 0},
	{"timeline_ms", COUNT, 0, 86400000}, /* 0: none */
	{"tagged", SWITCH, 0, 0},
};
#define KNOWN_KEYS                                                                                 \
	"dir, store, report, reporter, scope_report, sample, depth, exitcode, suppressions, "      \
	"children, scan, inherit, verify_unwind, verbose, nvtx, timeline_ms, tagged"

static int is_one_of(const char *value, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(value, *words))
			return 1;
	return 0;
}

/* A decimal number from LOW to HIGH. */
static int is_number(const char *value, unsigned long low, unsigned long high)
{
	char *end;
	unsigned long n;

	if (*value < '0' || *value > '9')
		return 0;
	errno = 0;
	n = strtoul(value, &end, 10);
	return !errno && !*end && n >= low && n <= high;
}

/* A number of bytes, with K, M or G after it or not. */
static int parse_size(const char *value, uint64_t *size)
{
	char *end;
	unsigned shift = 0;

	if (*value < '0' || *value > '9')
		return 0;
	errno = 0;
	*size = strtoull(value, &end, 10);
	if (*end == 'k' || *end == 'K')
		shift = 10;
	else if (*end == 'm' || *end == 'M')
		shift = 20;
	else if (*end == 'g' || *end == 'G')
		shift = 30;
	if (errno || (*end && (!shift || end[1])) || *size > (UINT64_MAX / 2) >> shift)
		return 0;
	*size <<= shift;
	return 1;
}

const char *launch_options_check(const char *key, const char *value)
{
	static const char *const switches[] = {"0",   "1",    "yes",   "no", "on",
					       "off", "true", "false", NULL};
	static const char *const children[] = {"yes", "no", "all", NULL};
	static char range[64];
	uint64_t size;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const struct known *k = &known[i];

		if (strcmp(k->key, key))
			continue;
		switch (k->kind) {
		case ANY:
			return !*value ? "is empty"
			       : strlen(value) > LAUNCH_OPTION_MAX
				       ? "is too long (more than 511 bytes)"
				       : NULL;
		case SIZE:
			return parse_size(value, &size)
				       ? NULL
				       : "is not a number of bytes (like 0, 4096, 512K)";
		case COUNT:
			if (is_number(value, k->low, k->high))
				return NULL;
			snprintf(range, sizeof range, "is not a number from %lu to %lu", k->low,
				 k->high);
			return range;
		case STATUS:
			return is_number(value, 0, 255) ? NULL : "is not a status from 0 to 255";
		case SWITCH: return is_one_of(value, switches) ? NULL : "is neither 1 nor 0";
		case CHILDREN: return is_one_of(value, children) ? NULL : "is none of yes, no, all";
		}
	}
	return "unknown";
}

const char *launch_options_get(const struct launch_options *o, const char *key)
{
	for (size_t i = 0; i < o->count; i++)
		if (!strcmp(o->list[i].key, key))
			return o->list[i].value;
	return NULL;
}

static void remove_key(struct launch_options *o, const char *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->count; i++) {
		if (!strcmp(o->list[i].key, key)) {
			free(o->list[i].key);
			free(o->list[i].value);
		} else {
			o->list[kept++] = o->list[i];
		}
	}
	o->count = kept;
}

int launch_options_set(struct launch_options *o, const char *key, const char *value)
{
	struct launch_option *list, new;
	char number[32];
	uint64_t size;

	if (!value) {
		remove_key(o, key);
		return 0;
	}
	/* The shim reads plain numbers only. */
	if (!strcmp(key, "sample") && parse_size(value, &size)) {
		snprintf(number, sizeof number, "%" PRIu64, size);
		value = number;
	}
	new.key = strdup(key);
	new.value = strdup(value);
	list = new.key &&new.value ? realloc(o->list, (o->count + 1) * sizeof *list) : NULL;
	if (!list) {
		free(new.key);
		free(new.value);
		return -ENOMEM;
	}
	o->list = list;
	remove_key(o, key);
	o->list[o->count++] = new;
	return 0;
}

/*
 * Take one entry off *TEXT into ENTRY (quotes removed), and step over the ':'
 * after it.  A quote opens anywhere in the entry, as in the sanitizers.
 */
static void next_entry(const char **text, char *entry)
{
	const char *p = *text;
	int quoted = 0;

	for (; *p && (quoted || *p != ':'); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			*entry++ = *p;
	}
	*entry = '\0';
	*text = *p ? p + 1 : p;
}

int launch_options_parse(struct launch_options *o, const char *text, launch_options_warn *warn,
			 void *context)
{
	char *entry, line[1024];
	int r = 0;

	if (!text)
		return 0;
	entry = malloc(strlen(text) + 1);
	if (!entry)
		return -ENOMEM;
	while (*text && !r) {
		const char *wrong = NULL;
		char *value;

		next_entry(&text, entry);
		if (!*entry)
			continue;
		value = strchr(entry, '=');
		if (value)
			*value++ = '\0';
		wrong = launch_options_check(entry, value ? value : "");
		if (!wrong) {
			r = launch_options_set(o, entry, value);
			continue;
		}
		if (!strcmp(wrong, "unknown"))
			snprintf(
				line, sizeof line,
				"LEAKSCOPE_OPTIONS: unknown key '%s' is ignored; known keys: " KNOWN_KEYS,
				entry);
		else
			snprintf(
				line, sizeof line,
				"LEAKSCOPE_OPTIONS: %s=%s is ignored: the value %s; known keys: " KNOWN_KEYS,
				entry, value ? value : "", wrong);
		warn(context, line);
	}
	free(entry);
	return r;
}

int launch_options_can_quote(const char *value)
{
	return !strpbrk(value, "\"\n");
}

char *launch_options_format(const struct launch_options *o, struct lr_error *err)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out) {
		lr_fail(err, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < o->count; i++) {
		const char *quote = strchr(o->list[i].value, ':') ? "\"" : "";

		if (!launch_options_can_quote(o->list[i].value)) {
			lr_fail(err,
				"%s=%s: a value can't hold a quote or a newline; choose "
				"another name",
				o->list[i].key, o->list[i].value);
			fclose(out);
			free(text);
			return NULL;
		}
		fprintf(out, "%s%s=%s%s%s", i ? ":" : "", o->list[i].key, quote, o->list[i].value,
			quote);
	}
	if (fclose(out)) {
		free(text);
		lr_fail(err, "out of memory");
		return NULL;
	}
	return text;
}

void launch_options_clear(struct launch_options *o)
{
	for (size_t i = 0; i < o->count; i++) {
		free(o->list[i].key);
		free(o->list[i].value);
	}
	free(o->list);
	o->list = NULL;
	o->count = 0;
}
