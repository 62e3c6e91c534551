/* SPDX-License-Identifier: MIT */
/* The work of a scan, on whatever process it runs in. */
#ifndef LS_SCAN_WORK_H
#define LS_SCAN_WORK_H

#include "scan_internal.h"

/* Do the work of J and publish what came of it.  False: it could not be done. */
bool ls_scan_work(struct ls_job *j);
/* The same in a duplicated process, which ends with it. */
__attribute__((noreturn)) void ls_scan_work_apart(struct ls_job *j);

#endif
