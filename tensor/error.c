/* SPDX-License-Identifier: MIT */
/* The last failure of each thread, see nd.h.  Any thread; allocates nothing. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_error[512];

const char *nd_last_error(void)
{
	return last_error;
}

void ndi_say(const char *format, ...)
{
	/* Apart from last_error: a caller may hand that in again. */
	char text[sizeof last_error];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	memcpy(last_error, text, sizeof text);
}

const char *nd_status_name(nd_status status)
{
	static const char *const names[] = {
		[ND_OK] = "no error",
		[ND_ERR_MEMORY] = "out of memory",
		[ND_ERR_ARGUMENT] = "bad argument",
		[ND_ERR_SHAPE] = "shapes do not fit",
		[ND_ERR_TYPE] = "types do not fit",
		[ND_ERR_CLOSED] = "closed",
		[ND_ERR_CAPPED] = "the manager is capped",
		[ND_ERR_INDEX] = "index out of range",
		[ND_ERR_DEVICE] = "device not available",
		[ND_ERR_IO] = "reading or writing failed",
		[ND_ERR_FORMAT] = "bad format",
		[ND_ERR_UNSUPPORTED] = "not supported",
	};

	if ((unsigned)status >= sizeof names / sizeof *names)
		return "unknown status";
	return names[status];
}

const char *ndi_shape_text(int ndim, const int64_t *shape, char buffer[NDI_SHAPE_TEXT])
{
	size_t at = 0;
	int i;

	buffer[at++] = '(';
	for (i = 0; i < ndim; i++)
		at += (size_t)snprintf(buffer + at, NDI_SHAPE_TEXT - at, i ? ",%lld" : "%lld",
				       (long long)shape[i]);
	buffer[at++] = ')';
	buffer[at] = '\0';
	return buffer;
}
