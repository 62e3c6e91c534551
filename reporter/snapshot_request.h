/* SPDX-License-Identifier: MIT */
/*
 * Asking a running process for a snapshot, from outside and without its help: the
 * request goes into the header of its recording, and a signal to one of its threads
 * makes it look there (shim/FORMAT.md, "Asking for a snapshot").
 */
#ifndef LR_SNAPSHOT_REQUEST_H
#define LR_SNAPSHOT_REQUEST_H

#include <signal.h>
#include <stdint.h>

#include "err.h"
#include "format/ls_format.h"

struct snapshot_request {
	uint32_t pid; /* as this command sees it */
	const char *path;
	const char *label;
	unsigned timeout_ms;
	const volatile sig_atomic_t *interrupted; /* give up when it is set */
	uint32_t scan; /* out: record in LS_SEC_SCANS, 0 = none was made */
};

#define SNAPSHOT_LABEL_MAX (sizeof(((struct ls_request *)0)->label) - 1)

/* Ask and wait for the answer.  0, or -1 with ERR. */
int snapshot_request(struct snapshot_request *request, struct lr_error *err);

#endif
