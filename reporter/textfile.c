/* SPDX-License-Identifier: MIT */
/*
 * Reading small text files.  Pipes are read too: a shell's <(...) is one.
 */
#include "textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int lr_textfile_read(const char *path, const char *what, char **text, size_t *length,
		     struct lr_error *err)
{
	size_t used = 0, capacity = 64u << 10;
	char *buffer = NULL, *larger;
	int fd, result = -1;
	ssize_t got;

	*text = NULL;
	*length = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return lr_fail(err,
			       "cannot read the %s '%s': %s; check the path and its permissions",
			       what, path, strerror(errno));
	for (;;) {
		if (!buffer || used + 1 >= capacity) {
			capacity *= 2;
			larger = realloc(buffer, capacity);
			if (!larger) {
				lr_fail(err, "not enough memory to read the %s '%s'", what, path);
				goto out;
			}
			buffer = larger;
		}
		got = read(fd, buffer + used, capacity - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			lr_fail(err, "cannot read the %s '%s': %s; check that it is a text file",
				what, path, strerror(errno));
			goto out;
		}
		if (got == 0)
			break;
		used += (size_t)got;
		if (used > LR_TEXTFILE_MAX) {
			lr_fail(err, "'%s' is larger than %u MiB and so no %s; check the path",
				path, LR_TEXTFILE_MAX >> 20, what);
			goto out;
		}
	}
	buffer[used] = '\0';
	*text = buffer;
	*length = used;
	buffer = NULL;
	result = 0;
out:
	free(buffer);
	close(fd);
	return result;
}

void lr_lines_start(struct lr_lines *lines, const char *text, size_t length)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";

	if (length >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
		text += 3;
		length -= 3;
	}
	lines->next = text;
	lines->end = text + length;
	lines->number = 0;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool lr_lines_next(struct lr_lines *lines, bool trim, const char **line, size_t *length)
{
	const char *begin = lines->next, *end;

	if (begin >= lines->end)
		return false;
	end = memchr(begin, '\n', (size_t)(lines->end - begin));
	if (!end)
		end = lines->end;
	lines->next = end < lines->end ? end + 1 : end;
	lines->number++;
	if (end > begin && end[-1] == '\r')
		end--;
	if (trim) {
		while (begin < end && is_white(*begin))
			begin++;
		while (end > begin && is_white(end[-1]))
			end--;
	}
	*line = begin;
	*length = (size_t)(end - begin);
	return true;
}
