/* SPDX-License-Identifier: MIT */
/* The table of output formats, see out.h. */
#include "out.h"

#include <string.h>

#include "out_formats.h"

static const struct lr_format formats[] = {
	{"text", "for people, the default", lr_out_text},
	{"json", "the whole report, schema leakscope/report/1", lr_out_json},
	{"folded", "one line per stack, for flame graphs", lr_out_folded},
	{"github", "workflow annotations", lr_out_github},
	{"markdown", "a table for a pull request", lr_out_markdown},
	{NULL, NULL, NULL},
};

const struct lr_format *lr_format_find(const char *name)
{
	const struct lr_format *format;

	for (format = formats; format->name; format++) {
		if (strcmp(format->name, name) == 0)
			return format;
	}
	return NULL;
}

const struct lr_format *lr_format_all(void)
{
	return formats;
}
