/* SPDX-License-Identifier: MIT */
/* The one error function, see err.h. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

int lr_fail(struct lr_error *err, const char *format, ...)
{
	va_list args;
	char *p;

	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	for (p = err->text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	return -1;
}

void lr_error_print(const struct lr_error *err)
{
	fprintf(stderr, "leakscope: %s\n", err->text);
}
