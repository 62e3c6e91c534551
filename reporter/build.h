/* SPDX-License-Identifier: MIT */
/*
 * From a recording to the report model, symbols resolved.  lr_input_open is
 * what commands call; lr_model_build is the same without files, for tests.
 */
#ifndef LR_BUILD_H
#define LR_BUILD_H

#include "err.h"
#include "model.h"
#include "recording.h"
#include "symbols.h"

struct lr_build_options {
	struct lr_symbols *symbols; /* NULL: no function names */
	const char *since;          /* only blocks born after the snapshot of this label; or NULL */
	const char *until; /* only blocks born before the snapshot of this label; or NULL */
	bool referrers;    /* find out what holds blocks, for every leak */
};

/* 0, or -1 with ERR.  NAME is the recording's name in messages. */
int lr_model_build(const struct lr_recording *recording, const char *name,
		   const struct lr_build_options *options, struct lr_model **model,
		   struct lr_error *err);
void lr_model_free(struct lr_model *model);

/* Whether OPTIONS (key=value:key=value, as a recording has them) hold scan=0. */
bool lr_scan_is_off(const char *options);

/* One recording, opened for a report. */
struct lr_input {
	struct lr_model *model;
	struct lr_symbols *symbols; /* owns the names in the model: close them together */
};

/*
 * Read the recording PATH.  SYMBOLS may be NULL (defaults); its perf_map, if
 * NULL, is found beside the recording (PATH.perfmap) or as /tmp/perf-PID.map.
 * OPTIONS may be NULL too; its symbols are not looked at.  0, or -1 with ERR; INPUT is then empty.
 */
int lr_input_open(struct lr_input *input, const char *path,
		  const struct lr_symbols_options *symbols, const struct lr_build_options *options,
		  struct lr_error *err);
void lr_input_close(struct lr_input *input);

#endif
