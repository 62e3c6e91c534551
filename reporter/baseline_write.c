/* SPDX-License-Identifier: MIT */
/*
 * Writing a baseline: the new text is complete on disk under another name before
 * it takes the place of the old one.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "baseline_private.h"
#include "names.h"

static const char preface[] =
	"# Leaks that `leakscope gate` accepts, one a line, and the totals it measures growth\n"
	"# against.  More blocks than listed fail the gate; max=any lifts that limit.\n"
	"# `leakscope gate --update-baseline` brings this file up to date and keeps comments\n"
	"# and max=.\n";

static void write_totals(FILE *out, const struct lr_baseline_total totals[LS_MEM_COUNT])
{
	for (size_t i = 0; i < LS_MEM_COUNT; i++) {
		if (totals[i].set)
			fprintf(out,
				"total %s allocations=%" PRIu64 " allocated_bytes=%" PRIu64
				" peak_bytes=%" PRIu64 "\n",
				lr_memory_name((enum ls_memory)i), totals[i].allocations,
				totals[i].allocated_bytes, totals[i].peak_bytes);
	}
}

/* A '#' at the start of a word would read back as a comment. */
static void write_what(FILE *out, const char *what)
{
	for (const char *p = what; *p; p++) {
		if (*p == '#' && (p == what || p[-1] == ' '))
			fputs("%23", out);
		else
			fputc((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p, out);
	}
}

static void write_leak(FILE *out, const struct lr_found *found, const struct lr_accepted *old,
		       const char *comment, size_t comment_length)
{
	fprintf(out, "leak %s blocks=%" PRIu64 " bytes=%" PRIu64, found->fingerprint, found->blocks,
		found->bytes);
	if (old && old->has_max && (old->max == LR_BASELINE_ANY || old->max >= found->blocks)) {
		if (old->max == LR_BASELINE_ANY)
			fputs(" max=any", out);
		else
			fprintf(out, " max=%" PRIu64, old->max);
	}
	fputc(' ', out);
	write_what(out, found->what);
	if (comment)
		fprintf(out, "  %.*s", (int)comment_length, comment);
	fputc('\n', out);
}

/* An index of FOUND by fingerprint, and which of them have been written. */
struct pending {
	const struct lr_found *found;
	bool written;
	UT_hash_handle hh;
};

static void write_text(FILE *out, const struct lr_baseline *old, const struct lr_found *found,
		       size_t count, const struct lr_baseline_total totals[LS_MEM_COUNT])
{
	struct pending *pending = lr_alloc(count + 1, sizeof(*pending)), *index = NULL, *p;
	bool totals_written = false;

	for (size_t i = 0; i < count; i++) {
		pending[i].found = &found[i];
		HASH_ADD_KEYPTR(hh, index, found[i].fingerprint, 32, &pending[i]);
	}
	fputs("leakscope-baseline 1\n", out);
	if (!old)
		fputs(preface, out);
	if (!old || !old->line_count) {
		write_totals(out, totals);
		totals_written = true;
	}
	for (size_t i = 0; old && i < old->line_count; i++) {
		const struct lr_line *line = &old->lines[i];

		/* Totals go where they were, or in front of the first leak. */
		if (line->form != LR_LINE_OTHER && !totals_written) {
			write_totals(out, totals);
			totals_written = true;
		}
		if (line->form == LR_LINE_OTHER) {
			fprintf(out, "%.*s\n", (int)line->length, line->text);
		} else if (line->form == LR_LINE_LEAK) {
			const struct lr_accepted *leak = &old->leaks[line->leak];

			HASH_FIND(hh, index, leak->fingerprint, 32, p);
			if (p) {
				write_leak(out, p->found, leak, line->comment,
					   line->comment_length);
				p->written = true;
			} else if (leak->has_max) {
				fprintf(out, "%.*s\n", (int)line->length, line->text);
			}
		}
	}
	if (!totals_written)
		write_totals(out, totals);
	for (size_t i = 0; i < count; i++) {
		if (!pending[i].written)
			write_leak(out, &found[i], NULL, NULL, 0);
	}
	HASH_CLEAR(hh, index);
	free(pending);
}

static int fail_write(const char *path, int number, struct lr_error *err)
{
	return lr_fail(
		err,
		"cannot write the baseline '%s': %s; it is as it was, give it a writable place",
		path, strerror(number));
}

/* The mode of the file to be replaced, else that of a new file. */
static mode_t mode_for(const char *path)
{
	struct stat st;
	mode_t mask;

	if (stat(path, &st) == 0)
		return st.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

int lr_baseline_write(const char *path, const struct lr_baseline *old, const struct lr_found *found,
		      size_t count, const struct lr_baseline_total totals[LS_MEM_COUNT],
		      struct lr_error *err)
{
	char target[PATH_MAX], temporary[PATH_MAX + 16];
	FILE *out = NULL;
	int fd, saved, length;

	/* The file a symbolic link leads to is what is replaced, not the link. */
	if (!old || !realpath(path, target)) {
		if (strlen(path) >= sizeof(target))
			return fail_write(path, ENAMETOOLONG, err);
		strcpy(target, path);
	}
	length = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", target);
	if (length < 0 || (size_t)length >= sizeof(temporary))
		return fail_write(path, ENAMETOOLONG, err);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return fail_write(path, errno, err);
	out = fdopen(fd, "w");
	if (!out) {
		saved = errno;
		close(fd);
		goto fail;
	}
	write_text(out, old, found, count, totals);
	if (fflush(out) != 0 || ferror(out) || fchmod(fd, mode_for(target)) != 0 ||
	    fsync(fd) != 0) {
		saved = errno ? errno : EIO;
		fclose(out);
		goto fail;
	}
	if (fclose(out) != 0) {
		saved = errno;
		goto fail;
	}
	/* A file that came into being meanwhile is not ours to replace: link refuses it. */
	if (old ? rename(temporary, target) != 0 : link(temporary, target) != 0) {
		if (old || (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) ||
		    renameat2(AT_FDCWD, temporary, AT_FDCWD, target, RENAME_NOREPLACE) != 0) {
			saved = errno;
			goto fail;
		}
		return 0;
	}
	if (!old)
		unlink(temporary);
	return 0;
fail:
	unlink(temporary);
	return fail_write(path, saved, err);
}
