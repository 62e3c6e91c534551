/* SPDX-License-Identifier: MIT */
/* Names of the contract and option values, see names.h. */
#include "names.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[LS_KIND_COUNT] = {
	[LS_KIND_UNCLASSIFIED] = "unclassified", [LS_KIND_DEFINITE] = "definite",
	[LS_KIND_INDIRECT] = "indirect",         [LS_KIND_POSSIBLE] = "possible",
	[LS_KIND_REACHABLE] = "reachable",       [LS_KIND_DEVICE] = "device",
};

static const char *const memories[LS_MEM_COUNT + 1] = {
	"host",    "device",     "pinned",  "managed", "vmm",    "pool",
	"array",   "registered", "ipc",     "graph",   "handle", "other11",
	"other12", "other13",    "other14", "other15", NULL,
};

const char *lr_kind_name(enum ls_kind kind)
{
	return (unsigned)kind < LS_KIND_COUNT ? kinds[kind] : "unclassified";
}

const char *lr_memory_name(enum ls_memory memory)
{
	return (unsigned)memory < LS_MEM_COUNT ? memories[memory] : "other";
}

const char *lr_scope_kind_name(uint32_t kind)
{
	switch (kind) {
	case LS_SCOPE_PROCESS: return "process";
	case LS_SCOPE_MANAGER: return "manager";
	case LS_SCOPE_NVTX: return "nvtx";
	default: return "user";
	}
}

int lr_parse_kinds(const char *option, const char *value, struct lr_selection *selection,
		   struct lr_error *err)
{
	const char *p = value;
	unsigned set = 0, kind;
	bool outlived = false;
	size_t length;

	for (;;) {
		length = strcspn(p, ",");
		if (length == 3 && strncmp(p, "all", 3) == 0) {
			set = (1u << LS_KIND_COUNT) - 1;
			outlived = true;
		} else if (length == 8 && strncmp(p, "outlived", 8) == 0) {
			outlived = true;
		} else {
			for (kind = 0; kind < LS_KIND_COUNT; kind++) {
				if (strlen(kinds[kind]) == length &&
				    strncmp(p, kinds[kind], length) == 0)
					break;
			}
			if (kind == LS_KIND_COUNT)
				return lr_fail(
					err,
					"%s: unknown kind '%.*s'; kinds are definite, indirect, "
					"possible, reachable, unclassified, device, outlived, all",
					option, (int)(length > 64 ? 64 : length), p);
			set |= 1u << kind;
		}
		if (!p[length])
			break;
		p += length + 1;
	}
	selection->kinds = set;
	selection->outlived = outlived;
	return 0;
}

int lr_parse_choice(const char *option, const char *value, const char *const *names, int *index,
		    struct lr_error *err)
{
	char list[400];
	size_t at = 0;
	int i;

	for (i = 0; names[i]; i++) {
		if (strcmp(names[i], value) == 0) {
			*index = i;
			return 0;
		}
	}
	list[0] = '\0';
	for (i = 0; names[i]; i++) {
		int n = snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", names[i]);

		if (n < 0 || (size_t)n >= sizeof list - at)
			break;
		at += (size_t)n;
	}
	return lr_fail(err, "%s: '%.64s' is none of %s", option, value, list);
}

int lr_parse_memory(const char *option, const char *value, int *memory, struct lr_error *err)
{
	static const char *const names[] = {"host", "device", "pinned", "managed",
					    "vmm",  "pool",   "array",  "registered",
					    "ipc",  "graph",  "handle", NULL};

	return lr_parse_choice(option, value, names, memory, err);
}

/* Decimal digits only: strtoull would take signs and white space. */
static const char *digits(const char *value, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return NULL;
	errno = 0;
	*number = strtoull(value, &end, 10);
	return errno ? NULL : end;
}

int lr_parse_number(const char *option, const char *value, uint64_t *number, struct lr_error *err)
{
	const char *end = digits(value, number);

	if (!end || *end)
		return lr_fail(err, "%s: '%.64s' is not a number (0, 1, 2, …)", option, value);
	return 0;
}

int lr_parse_size(const char *option, const char *value, uint64_t *size, struct lr_error *err)
{
	const char *end = digits(value, size);
	static const char letters[] = "KMGT";
	const char *letter;
	unsigned shift = 0;

	if (end && *end) {
		letter = strchr(letters, toupper((unsigned char)*end));
		if (letter) {
			shift = 10 * (unsigned)(letter - letters + 1);
			end++;
			if (*end == 'i')
				end++;
		}
		if (*end == 'B')
			end++;
	}
	if (!end || *end || (shift && *size >> (64 - shift)))
		return lr_fail(err, "%s: '%.64s' is not a size; write bytes or 10K, 1M, 2G", option,
			       value);
	*size <<= shift;
	return 0;
}
