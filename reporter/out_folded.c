/* SPDX-License-Identifier: MIT */
/*
 * Folded stacks: `outermost;…;innermost BYTES`, one line per leak, for flame graph
 * tools.  The scope path leads, so that the graph splits by scope first.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fingerprint.h"
#include "out_formats.h"

/* Separators and control characters of the form can't be part of a name. */
static void put_name(FILE *out, const char *name)
{
	const unsigned char *p;

	for (p = (const unsigned char *)name; *p; p++) {
		if (*p == ';')
			fputc(':', out);
		else
			fputc(*p < 0x20 || *p == 0x7f ? '?' : *p, out);
	}
}

static void put_frame(FILE *out, const struct lr_frame *frame)
{
	if (frame->function) {
		put_name(out, frame->function);
		return;
	}
	put_name(out, frame->module ? lr_basename(frame->module) : "[unknown]");
	if (frame->offset)
		fprintf(out, "+0x%" PRIx64, frame->offset);
}

int lr_out_status(FILE *out)
{
	errno = 0;
	if (fflush(out) != 0)
		return errno ? -errno : -EIO;
	return ferror(out) ? -EIO : 0;
}

int lr_out_folded(FILE *out, const struct lr_view *view)
{
	size_t i, k;

	for (i = 0; i < view->leak_count; i++) {
		const struct lr_leak *leak = view->leaks[i];

		if (strcmp(leak->scope, "/") != 0) {
			fputs("scope ", out);
			put_name(out, leak->scope);
			fputc(';', out);
		}
		for (k = leak->frame_count; k-- > 0;) {
			put_frame(out, &leak->frames[k]);
			if (k)
				fputc(';', out);
		}
		if (!leak->frame_count && leak->thread_count)
			put_name(out, leak->threads[0]);
		else if (!leak->frame_count)
			fputs("[unknown]", out);
		fprintf(out, " %" PRIu64 "\n", leak->bytes);
	}
	return lr_out_status(out);
}
