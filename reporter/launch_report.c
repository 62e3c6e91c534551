/* SPDX-License-Identifier: MIT */
/*
 * The --report option of `run`: reading it, and naming the files of a process
 * tree.  FILE is the report of the launched program, FILE.<pid> that of another
 * process of its tree.
 */
#include "launch_report.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output_file.h"

/* The formats' usual file name extensions, where the name isn't one. */
static const char *extension(const char *format)
{
	static const struct {
		const char *format, *extension;
	} table[] = {
		{"text", "txt"},        {"markdown", "md"},       {"valgrind-xml", "valgrind.xml"},
		{"junit", "junit.xml"}, {"github", "github.txt"},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].format, format))
			return table[i].extension;
	return format;
}

static int bad_format(const char *value, struct lr_error *err)
{
	char known[256] = "";
	size_t length = 0;

	for (const struct lr_format *f = lr_format_all(); f->name; f++)
		length += (size_t)snprintf(known + length,
					   length < sizeof known ? sizeof known - length : 0,
					   "%s%s", length ? ", " : "", f->name);
	return lr_fail(err, "--report %s: unknown format; known: %s", value, known);
}

int launch_report_parse(struct launch_report *report, const char *value, struct lr_error *err)
{
	size_t n = strcspn(value, ":");
	char name[64], *copy;
	struct stat st;
	int r = 0;

	if (n >= sizeof name)
		return bad_format(value, err);
	memcpy(name, value, n);
	name[n] = '\0';
	report->format = lr_format_find(name);
	report->file = value[n] ? value + n + 1 : NULL;
	if (!report->format)
		return bad_format(value, err);
	if (!report->file || !strcmp(report->file, "-"))
		return 0;
	if (!*report->file)
		return lr_fail(err, "--report %s: no file after the colon; write --report %s:FILE",
			       value, name);
	if (!stat(report->file, &st)) {
		if (S_ISDIR(st.st_mode))
			return lr_fail(err, "--report %s: is a directory; name a file in it",
				       value);
		if (access(report->file, W_OK))
			return lr_fail(err, "--report %s: %s; name a file that can be written",
				       value, strerror(errno));
		return 0;
	}
	copy = strdup(report->file);
	if (!copy)
		return lr_fail(err, "out of memory");
	if (access(dirname(copy), W_OK | X_OK))
		r = lr_fail(err, "--report %s: %s: %s; name a file that can be written", value,
			    copy, strerror(errno));
	free(copy);
	return r;
}

/* The name of REPORT for the process of RECORDING, malloc'd; NULL: no memory. */
static char *file_name(const struct launch_report *report, const struct launch_recording *recording,
		       bool is_root)
{
	char *name = NULL;
	int n;

	if (report->file && is_root)
		return strdup(report->file);
	if (report->file) {
		n = asprintf(&name, "%s.%u", report->file, recording->pid);
	} else {
		size_t length = strlen(recording->path);

		if (length > 4 && !strcmp(recording->path + length - 4, ".rec"))
			length -= 4;
		n = asprintf(&name, "%.*s.%s", (int)length, recording->path,
			     extension(report->format->name));
	}
	return n < 0 ? NULL : name;
}

int launch_report_write(const struct launch_report *report, const struct lr_view *view,
			const struct launch_recording *recording, bool is_root,
			struct lr_error *err)
{
	bool standard = report->file && !strcmp(report->file, "-");
	struct lr_output output;
	char *name;
	int r;

	if (launch_report_is_stderr(report)) {
		r = report->format->write(stderr, view);
		return r ? lr_fail(err, "--report text: %s", strerror(-r)) : 0;
	}
	name = standard ? strdup("-") : file_name(report, recording, is_root);
	if (!name)
		return lr_fail(err, "out of memory");
	r = lr_output_open(&output, name, err);
	if (!r)
		r = lr_output_close(&output, report->format->write(output.stream, view), err);
	free(name);
	return r;
}

bool launch_report_is_stderr(const struct launch_report *report)
{
	return !report->file && !strcmp(report->format->name, "text");
}
