/* SPDX-License-Identifier: MIT */
/*
 * The --report option of `run`.
 */
#ifndef LR_LAUNCH_REPORT_H
#define LR_LAUNCH_REPORT_H

#include <stdbool.h>

#include "err.h"
#include "launch_watch.h"
#include "out.h"

struct launch_report {
	const struct lr_format *format;
	const char *file; /* as given, "-" = stdout; NULL: text to stderr, others beside
			   * the recording */
};

/* Read "FORMAT[:FILE]" and look whether FILE can be written.  0, or -1 with ERR. */
int launch_report_parse(struct launch_report *report, const char *value, struct lr_error *err);

/* Whether REPORT takes the place of the summary of a process. */
bool launch_report_is_stderr(const struct launch_report *report);

/*
 * Write VIEW, of the process of RECORDING; IS_ROOT: it is the launched program,
 * whose report gets the plain name.  0, or -1 with ERR.
 */
int launch_report_write(const struct launch_report *report, const struct lr_view *view,
			const struct launch_recording *recording, bool is_root,
			struct lr_error *err);

#endif
