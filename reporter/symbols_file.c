/* SPDX-License-Identifier: MIT */
/*
 * Opening and naming files that an untrusted recording or ELF file speaks of:
 * only regular files, never blocking on a FIFO or a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols_internal.h"

int lr_open_regular(const char *path, off_t limit, struct stat *st)
{
	/* Looked at first, because opening alone can act on some devices (tapes, watchdogs). */
	if (stat(path, st) != 0)
		return -1;
	if (!S_ISREG(st->st_mode)) {
		errno = ENOTSUP;
		return -1;
	}

	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -1;

	int error = 0;

	if (fstat(fd, st) != 0)
		error = errno;
	else if (!S_ISREG(st->st_mode))
		error = ENOTSUP;
	else if (limit > 0 && st->st_size > limit)
		error = EFBIG;
	if (error) {
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

char *lr_read_regular(const char *path, off_t limit, size_t *length)
{
	struct stat st;
	int fd = lr_open_regular(path, limit, &st);

	if (fd < 0)
		return NULL;

	size_t size = (size_t)st.st_size, have = 0;
	char *text = malloc(size + 1);

	while (text && have < size) {
		ssize_t n = read(fd, text + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int error = errno;

			free(text);
			close(fd);
			errno = error;
			return NULL;
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	close(fd);
	if (text) {
		text[have] = '\0';
		*length = have;
	}
	return text;
}

/* Append the components of PART to OUT; returns the new length or SIZE_MAX. */
static size_t append_components(char *out, size_t size, size_t length, const char *part)
{
	const bool absolute = out[0] == '/';

	while (*part) {
		size_t n = strcspn(part, "/");

		if (n == 2 && part[0] == '.' && part[1] == '.') {
			size_t last = length; /* where the last component starts */
			bool stays;

			while (last > 0 && out[last - 1] != '/')
				last--;
			stays = length == 0 || strcmp(out + last, "..") == 0;

			if (absolute && length <= 1) {
				; /* above the root is the root */
			} else if (!stays) {
				length = last > 1 ? last - 1 : last;
				out[length] = '\0';
				n = 0;
			}
			if (absolute)
				n = 0;
		} else if (n == 1 && part[0] == '.') {
			n = 0;
			part++;
		}
		if (n > 0) {
			bool slash = length > 0 && out[length - 1] != '/';

			if (length + slash + n + 1 > size)
				return SIZE_MAX;
			if (slash)
				out[length++] = '/';
			memcpy(out + length, part, n);
			length += n;
			out[length] = '\0';
		}
		part += strcspn(part, "/");
		part += strspn(part, "/");
	}
	return length;
}

bool lr_path_join(char *out, size_t size, const char *directory, const char *name)
{
	size_t length = 0;

	if (size < 2)
		return false;
	out[0] = '\0';
	if (name[0] == '/' || !directory)
		directory = "";
	if (name[0] == '/' || directory[0] == '/') {
		out[length++] = '/';
		out[length] = '\0';
	}
	length = append_components(out, size, length, directory + strspn(directory, "/"));
	if (length != SIZE_MAX)
		length = append_components(out, size, length, name + strspn(name, "/"));
	return length != SIZE_MAX && length > 0;
}

void lr_plain_text(char *out, size_t size, const char *text)
{
	size_t i = 0;

	for (; text[i] && i + 1 < size; i++) {
		unsigned char c = (unsigned char)text[i];

		out[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	out[i] = '\0';
}
