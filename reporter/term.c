/* SPDX-License-Identifier: MIT */
/* Terminal width, colour, and safe printing, see term.h. */
#include "term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int lr_term_width(FILE *stream)
{
	struct winsize size;
	int fd = fileno(stream);

	if (fd < 0 || !isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col < 40 ? 40 : size.ws_col;
}

bool lr_term_color(FILE *stream, enum lr_color mode)
{
	const char *term, *no_color;
	int fd;

	if (mode != LR_COLOR_AUTO)
		return mode == LR_COLOR_ALWAYS;
	fd = fileno(stream);
	term = getenv("TERM");
	no_color = getenv("NO_COLOR");
	return fd >= 0 && isatty(fd) && term && strcmp(term, "dumb") != 0 &&
	       !(no_color && *no_color);
}

/* Bytes of the well-formed UTF-8 character at P, 0 if it is not one. */
static size_t utf8(const unsigned char *p)
{
	size_t length, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] < 0xe0)
		length = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] < 0xf5)
		length = 4;
	else
		return 0;
	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* C1 control characters drive terminals too */
	if (p[0] == 0xc2 && p[1] < 0xa0)
		return 0;
	return length;
}

size_t lr_text_width(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t width = 0, step;

	for (; *p; p += step, width++) {
		step = utf8(p);
		if (!step)
			step = 1;
	}
	return width;
}

size_t lr_text_put(FILE *stream, const char *text, size_t width)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t written = 0, step;
	bool cut = width && lr_text_width(text) > width;

	for (; *p; p += step) {
		if (cut && written + 1 == width) {
			fputs("…", stream);
			return written + 1;
		}
		step = utf8(p);
		if (step == 0 || *p < 0x20 || *p == 0x7f) {
			fputc('?', stream);
			step = step ? step : 1;
		} else {
			fwrite(p, 1, step, stream);
		}
		written++;
	}
	return written;
}
