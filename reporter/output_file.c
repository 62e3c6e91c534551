/* SPDX-License-Identifier: MIT */
/* The file of -o, see output_file.h. */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"

static int open_temporary(struct lr_output *output, mode_t mode)
{
	int fd;

	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0)
		lr_out_of_memory();
	fd = mkostemp(output->temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	fchmod(fd, mode);
	return fd;
}

int lr_output_open(struct lr_output *output, const char *path, struct lr_error *err)
{
	struct stat st;
	mode_t mask;
	int fd;

	memset(output, 0, sizeof *output);
	if (!path || strcmp(path, "-") == 0) {
		output->stream = stdout;
		return 0;
	}
	output->path = path;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fd = S_ISDIR(st.st_mode) ? (errno = EISDIR, -1)
					 : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	} else {
		mask = umask(0);
		umask(mask);
		fd = open_temporary(output, 0666 & ~mask);
	}
	if (fd >= 0)
		output->stream = fdopen(fd, "w");
	if (!output->stream) {
		lr_fail(err,
			"-o %s: cannot write: %s; name a file in a directory that can be written",
			path, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(output->temporary);
		return -1;
	}
	return 0;
}

int lr_output_close(struct lr_output *output, int status, struct lr_error *err)
{
	if (output->stream == stdout) {
		if (fflush(stdout) != 0 && !status)
			status = -errno;
	} else if (fclose(output->stream) != 0 && !status) {
		status = -errno;
	}
	if (output->temporary) {
		if (!status && rename(output->temporary, output->path) != 0)
			status = -errno;
		if (status)
			unlink(output->temporary);
		free(output->temporary);
	}
	if (!status)
		return 0;
	return lr_fail(err, "%s%s: cannot write: %s", output->path ? "-o " : "",
		       output->path ? output->path : "standard output", strerror(-status));
}
